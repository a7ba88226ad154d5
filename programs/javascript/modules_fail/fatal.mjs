// Ends the program.
throw new TypeError("fatal"); // probe: fatal
