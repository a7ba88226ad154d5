// A program that ends itself in the middle of a call: exit handlers run in their order, and the exit code is its own.

function leave(code) {
  process.exit(code);
}

process.on("exit", () => console.log("first", process.listenerCount("exit")));
process.once("exit", last);

function last(code) {
  console.log("last", code);
}

leave(7);
