// Worker threads: each runs calls of its own, also with an environment and options of its own.
const { Worker } = require("node:worker_threads");

function start(options) {
  return new Promise((resolve) => new Worker("./worker.js", options).once("message", resolve));
}

async function main() {
  const first = await start({ workerData: 1 });
  const second = await start({ workerData: 2, env: {}, execArgv: [] });
  return [first, second];
}

main().then(console.log);
