// Brings files before the module loader as `require` does, up to where they would be compiled: what is measured is all that the
// recorder does to a module before V8 has it, and what Node would do there without it. Arguments: a file that names CommonJS files,
// one a line, and `read` where nobody records, who would read them.
// Prints the processor time of the program's thread in nanoseconds.
const { readFileSync } = require("node:fs");
const Module = require("node:module");
const { dirname } = require("node:path");
const { threadClock } = require("./clock.cjs");

const files = readFileSync(process.argv[2], "utf8").trim().split("\n");
const clock = threadClock();
const before = clock();
for (const file of files) {
  if (process.argv[3] === "read") readFileSync(file, "utf8");
  const module = new Module(file, null);
  module.filename = file;
  module.paths = Module._nodeModulePaths(dirname(file));
  // Node's handler of `.js` asks for this, and calls what it gets with the text.
  if (typeof module._compile !== "function") throw new Error(`${file} cannot be compiled`);
}
process.stdout.write(`${clock() - before}\n`);
