// Functions that are made while others run, and are called after these have ended.

function counter(start) {
  let n = start;
  return {
    next: () => ++n,
    reset(to = start) {
      n = to;
    },
  };
}

const one = counter(1);
const other = counter(10);
one.next();
other.next();
one.reset();
console.log(one.next(), other.next());
console.log([3, 1, 2].filter((n) => n > 1).map((n) => n * 2));
