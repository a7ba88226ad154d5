exports.uri = decodeURIComponent("%%"); // probe: common
