// Says hello, as an ES module: a start that is measured.
console.log("hello");
