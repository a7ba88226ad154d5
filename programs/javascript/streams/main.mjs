// Streams: the functions that a stream is made of hang under the call that made it, and so do its listeners.
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

function make(value) {
  return value * 2;
}

function numbers() {
  let next = 0;
  return new Readable({
    objectMode: true,
    read() {
      next++;
      this.push(next < 4 ? next : null);
    },
  });
}

function doubling() {
  return new Transform({
    objectMode: true,
    transform(value, _, done) {
      setImmediate(() => done(null, make(value)));
    },
  });
}

async function sum(stream) {
  let total = 0;
  for await (const value of stream) total += make(value);
  return total;
}

function listen(stream) {
  return new Promise((resolve) => {
    const seen = [];
    stream.on("data", (value) => seen.push(value));
    stream.on("end", () => resolve(seen));
  });
}

async function piped() {
  let total = 0;
  await pipeline(numbers(), doubling(), async (values) => {
    for await (const value of values) total += value;
  });
  return total;
}

async function* generated() {
  for await (const value of numbers()) yield make(value);
}

async function main() {
  return [await sum(numbers()), await listen(numbers()), await piped(), await sum(Readable.from(generated()))];
}

console.log(JSON.stringify(await main()));
