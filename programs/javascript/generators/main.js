// Generators: calls that suspend with values, are resumed by others, get values and delegate.

function* numbers(n) {
  for (let i = 0; i < n; i++) yield i;
  return "done";
}

function* both() {
  const result = yield* numbers(2);
  const got = yield result;
  return got;
}

function sum(iterable) {
  let total = 0;
  for (const n of iterable) total += n;
  return total;
}

function step(generator, value) {
  return generator.next(value);
}

console.log(sum(numbers(3)), [...numbers(1)]);
const generator = both();
console.log(step(generator), step(generator), step(generator), step(generator, "x"));
