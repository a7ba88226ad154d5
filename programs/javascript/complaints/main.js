// What V8 refuses to compile or to link is shown as it was written.
const { spawnSync } = require("node:child_process");
const { join } = require("node:path");

function complaint(name) {
  const { stderr } = spawnSync(process.execPath, [join(__dirname, "refused", name)], { encoding: "utf8" });
  return stderr.split("\n").slice(1, 3);
}

for (const name of ["twice.cjs", "twice.mjs", "pattern.cjs", "pattern.mjs", "missing.mjs", "label.cjs", "brace.cjs"]) {
  const [text, mark] = complaint(name);
  console.log(name);
  console.log(text);
  console.log(mark);
}
