// A Node that starts Nodes: with its own environment, an empty one, and through a shell.
const { execFileSync, execSync, fork } = require("node:child_process");

function ask(n) {
  return String(execFileSync(process.execPath, ["child.js", n])).trim();
}

function askBare(n) {
  return String(execFileSync(process.execPath, ["child.js", n], { env: {} })).trim();
}

function askShell(n) {
  return String(execSync(`"${process.execPath}" child.js ${n}`)).trim();
}

console.log(ask(4), askBare(5), askShell(6));
const child = fork("child.js", ["7"], { stdio: ["inherit", "inherit", "inherit", "ipc"] });
child.on("exit", (code) => console.log("exit", code, process.env.NODE_OPTIONS, Object.keys(process.env).includes("SPOOR_RUN")));
