// Tasks: what is begun and not awaited keeps who began it, each step of it, whichever turn of the loop it runs in.
import { setImmediate as turn } from "node:timers/promises";

async function work(name, turns) {
  for (let left = turns; left > 0; left--) await turn();
  return step(name);
}

function step(name) {
  return name.toUpperCase();
}

function spawn() {
  return work("by another", 1);
}

async function main() {
  const both = await Promise.all([work("one", 2), work("two", 1)]);
  const task = work("three", 1);
  const other = spawn();
  return [...both, await task, await other];
}

console.log(await main());
