// `assert(every.one((each) => each > 0))`: from Node 26 on, `node:assert` takes the line that V8 compiled apart where an assertion
// fails, and throws another error than the program expects if a semicolon stands between its parentheses. Hooks of a function
// have some, so functions on the line where such a call begins have none.
import type { Call, Node } from "./syntax.ts";
import { bare } from "./syntax.ts";
import type { Walk } from "./walk.ts";

const modules = /^(?:node:)?assert(?:\/strict)?$/;
/** Those that show no source. */
const others = /^(?:throws|rejects|doesNotThrow|doesNotReject|ifError|fail)$/;

/** Whether it is such a call: with a value, and without a message. */
export function showsSource(walk: Walk, { type, callee, arguments: args }: Call): boolean {
  if (type !== "CallExpression" || args.length !== 1) return false;
  const called = bare(callee);
  if (called.type === "Identifier") return isAssert(walk, called) && !others.test(called.name);
  if (called.type !== "MemberExpression") return false;
  const last = nameOf(called);
  if (last !== "ok" && last !== "strict" && last !== "default") return false;
  return isAssert(walk, called) || nameOf(bare(called.object)) === "assert";
}

function isAssert(walk: Walk, callee: Node): boolean {
  return modules.test(walk.bindings.moduleOf(callee) ?? "");
}

function nameOf(node: Node): string | null {
  const last = node.type === "MemberExpression" ? node.property : node;
  if (last.type === "Identifier") return last.name;
  return last.type === "Literal" ? String(last.value) : null;
}
