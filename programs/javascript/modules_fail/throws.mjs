// A function of its own throws.
export function inner() {
  throw new RangeError("inner"); // probe: inner
}

inner();
