// Functions, methods of every binding, lambdas, class bodies, nested functions.
"use strict";

function add(a, b) {
  return a + b;
}

class Box {
  static size = add(1, 1);
  #secret = 0;

  constructor(width) {
    this.width = width;
  }

  static of(width) {
    return new this(width);
  }

  static free(x) {
    return -x;
  }

  area() {
    return this.width * Box.size;
  }

  get half() {
    return this.width / 2;
  }

  set half(value) {
    this.width = value * 2;
  }

  #hide(value) {
    this.#secret = value;
    return this.#secret;
  }

  hide(value) {
    return this.#hide(value);
  }

  static Inner = class {
    hello() {
      return "hello";
    }
  };
}

function outer(n) {
  function inner(m) {
    return n + m;
  }
  return inner;
}

const object = {
  named() {
    return this.arrow();
  },
  arrow: () => 3,
  ["com" + "puted"]: function () {
    return 4;
  },
};

console.log(add(1, 2), Box.of(3).area(), Box.free(4), new Box.Inner().hello());
console.log(outer(10)(5), ((x) => x * 2)(21));
const box = new Box(4);
box.half = 3;
console.log(box.half, box.hide(7), object.named(), object.computed());
console.log(add.toString().split("\n")[1], add.length, add.name, Object.keys(globalThis).length > 0);
