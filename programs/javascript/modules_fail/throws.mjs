export function inner() {
  throw new RangeError("inner"); // probe: inner
}

inner();
