// Coroutines: one call each, however often they wait, and their parents are who called them.
import { setTimeout as sleep } from "node:timers/promises";

async function leaf(n) {
  await sleep(1);
  return n * 2;
}

async function sequence() {
  const one = await leaf(1);
  return one + (await leaf(2));
}

async function together() {
  const all = await Promise.all([leaf(3), leaf(4)]);
  return all;
}

const fails = async () => {
  await null;
  throw new Error("late"); // probe: late
};

async function main() {
  const first = await sequence();
  const second = await together();
  try {
    await fails();
  } catch (error) {
    return [first, second, error.message];
  }
}

console.log(await main());
