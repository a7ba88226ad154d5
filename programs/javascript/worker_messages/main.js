// Messages between threads: listeners on both sides hang under what made them.
const { Worker } = require("node:worker_threads");

function ask(worker, n) {
  worker.postMessage(n);
}

function main() {
  const worker = new Worker("./worker.js");
  const answers = [];
  worker.on("message", (answer) => {
    answers.push(answer);
    ask(worker, answers.length < 3 ? answers.length + 1 : null);
  });
  worker.once("exit", () => console.log(answers));
  ask(worker, 1);
}

main();
