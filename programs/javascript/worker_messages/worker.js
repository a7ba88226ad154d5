const { parentPort } = require("node:worker_threads");

function listen() {
  parentPort.on("message", (n) => {
    if (n === null) parentPort.close();
    else parentPort.postMessage(double(n));
  });
}

function double(n) {
  return n * 2;
}

listen();
