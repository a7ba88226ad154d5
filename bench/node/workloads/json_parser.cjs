// A recursive-descent JSON parser: small methods on one object, texts, numbers, arrays and objects. Full of calls. The same as
// its twin in ../../python/workloads.
class Parser {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  parse() {
    const value = this.value();
    this.blank();
    if (this.at !== this.text.length) throw new SyntaxError(`text behind the end at ${this.at}`);
    return value;
  }

  value() {
    this.blank();
    const char = this.text[this.at];
    if (char === "{") return this.object();
    if (char === "[") return this.array();
    if (char === '"') return this.string();
    if ("-0123456789".includes(char)) return this.number();
    return this.word();
  }

  blank() {
    const { text } = this;
    while (this.at < text.length && " \n\t\r".includes(text[this.at])) this.at++;
  }

  expect(char) {
    this.blank();
    if (this.text[this.at] !== char) throw new SyntaxError(`expected ${char} at ${this.at}`);
    this.at++;
  }

  nextIs(char) {
    this.blank();
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  object() {
    this.expect("{");
    const members = {};
    if (this.nextIs("}")) return members;
    for (;;) {
      this.blank();
      const key = this.string();
      this.expect(":");
      members[key] = this.value();
      if (this.nextIs("}")) return members;
      this.expect(",");
    }
  }

  array() {
    this.expect("[");
    const items = [];
    if (this.nextIs("]")) return items;
    for (;;) {
      items.push(this.value());
      if (this.nextIs("]")) return items;
      this.expect(",");
    }
  }

  string() {
    this.expect('"');
    const end = this.text.indexOf('"', this.at);
    const found = this.text.slice(this.at, end);
    this.at = end + 1;
    return found;
  }

  number() {
    const start = this.at;
    while (this.at < this.text.length && "+-.eE0123456789".includes(this.text[this.at])) this.at++;
    return Number(this.text.slice(start, this.at));
  }

  word() {
    for (const [word, value] of words) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    throw new SyntaxError(`unexpected ${this.text[this.at]} at ${this.at}`);
  }
}

const words = [
  ["true", true],
  ["false", false],
  ["null", null],
];

const things = Array.from({ length: 8 }, (_, i) => ({
  id: i,
  name: `thing ${i}`,
  tags: ["red", "green"],
  price: i * 1.5,
  stock: i % 3 === 0,
  note: null,
}));
const text = JSON.stringify(things, null, 1);

exports.run = function run() {
  return new Parser(text).parse().length;
};

exports.verify = function verify() {
  const found = JSON.stringify(new Parser(text).parse());
  if (found !== JSON.stringify(things)) throw new Error(`the parser found ${found}`);
};
