// The cluster module: processes that run the same program again.
const cluster = require("node:cluster");

function work(n) {
  return n * n;
}

if (cluster.isPrimary) {
  const worker = cluster.fork({ N: "3" });
  worker.on("message", (answer) => console.log("answer", answer));
  worker.on("exit", (code) => console.log("exit", code));
} else {
  process.send(work(Number(process.env.N)), () => process.disconnect());
}
