throw new TypeError("fatal"); // probe: fatal
