// A generator that raises, one that is thrown into and catches, one that is thrown into and does not.

function* raises() {
  yield 1;
  throw new RangeError("from within"); // probe: within
}

function* catches() {
  try {
    yield 1;
  } catch (error) {
    yield error.message; // probe: caught
  }
}

function drain(generator) {
  const seen = [];
  for (const value of generator) seen.push(value);
  return seen;
}

try {
  drain(raises());
} catch (error) {
  console.log(error.message);
}
const generator = catches();
generator.next();
console.log(generator.throw(new Error("thrown in")).value);
const other = raises();
other.next();
try {
  other.throw(new TypeError("unhandled"));
} catch (error) {
  console.log(error.message);
}
