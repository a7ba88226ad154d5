// Functions that wrap functions: the call of the wrapper is the parent of the call of what it wraps.
"use strict";

function logged(wrapped) {
  return function wrapper(...given) {
    return wrapped.apply(this, given);
  };
}

const add = logged(function add(a, b) {
  return a + b;
});

class Counter {
  count = 0;
  increment = logged(function increment() {
    return ++this.count;
  });
}

console.log(add(1, 2), new Counter().increment());
