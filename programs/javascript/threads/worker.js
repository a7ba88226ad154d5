const { parentPort, workerData } = require("node:worker_threads");

function double(n) {
  return n * 2;
}

parentPort.postMessage(double(workerData));
