// What recorded code calls that is not recorded: native functions, modules of Node, methods, classes, with counts.
const fs = require("node:fs");
const path = require("node:path");

class Plain {}

function calls() {
  const numbers = [];
  for (let n = 0; n < 3; n++) numbers.push("x".repeat(n).length);
  const counted = new Map([["a", 1]]);
  const joined = path.join("a", "b");
  const there = fs.existsSync("/");
  new Plain();
  eval("1 + 1");
  new Function("return 1")();
  return [numbers.map(own), counted.get("a"), joined, there];
}

function own(n) {
  return Number.parseInt(String(n), 10);
}

console.log(calls());
