// A method of an instance of a class with three fields.
class Counter {
  constructor(name) {
    this.name = name;
    this.total = 0;
    this.last = 0;
  }

  add(amount) {
    this.last = amount;
    this.total = (this.total + amount) % 1_000_003;
    return this.total;
  }
}

const counter = new Counter("visits");

exports.run = function run() {
  for (let i = 0; i < 1000; i++) counter.add(i);
  return counter.total;
};
