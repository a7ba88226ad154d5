// An exception that nobody catches: what the program prints and its exit code are as without a recording.

function deep(n) {
  if (n === 0) throw Object.assign(new RangeError("nobody"), { code: "E_NONE" }); // probe: raised
  return deep(n - 1);
}

process.on("exit", (code) => console.log("exit", code));
deep(1);
