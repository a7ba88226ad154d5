// The variables and the line that a call tells when an exception leaves it: what each variable was then, and nothing that another
// variable of the same name was.
import { expect, test } from "vitest";
import { compileFunction } from "node:vm";
import type { Hooks } from "../../src/hooks.ts";
import { splice } from "../../src/transform/splice.ts";
import { instrumentation } from "./world.ts";

/** `f:3 a=1 b=2` of every call that the exception leaves, the innermost first. */
function told(source: string): string[] {
  const made = instrumentation(source);
  const lines: string[] = [];
  const calls: number[] = [];
  const enter = (fn: number): number => calls.push(fn);
  const same = (_: number, value: unknown): unknown => value;
  const hooks = {
    e0: enter, e1: enter, e2: enter, e3: enter, e4: enter, en: enter,
    r: same, p: same, w: same, y: same, u: same, l: same, s: same, g: same,
    q() {}, f() {}, d() {}, c() {}, m: () => 0, n: () => [],
    t: (_: number, __: number, error: unknown) => error,
    x(call: number, _: unknown, below = 0, ...values: unknown[]) {
      const { name, line, captures, locals } = made.functions[calls[call - 1] ?? 0] ?? fail();
      const names = [...captures, ...locals.map((local) => local.name)];
      expect(values.length).toBe(names.length);
      lines.push([`${name}:${line + below}`, ...names.map((each, place) => `${each}=${JSON.stringify(values[place])}`)].join(" "));
    },
  } satisfies Record<string, unknown> as unknown as Hooks; // prettier-ignore
  Object.defineProperty(globalThis, made.hooks, { value: hooks, configurable: true });
  try {
    (compileFunction(splice(source, made, { functions: 0, sites: 0 })) as () => void)();
  } catch {
    // What leaves the program.
  }
  return lines;
}

function fail(): never {
  throw new Error("no such function");
}

test.each([
  ["parameters as they are now", "f(1, { b: 2 }, 3); function f(a, { b }, ...c) { a++; null.x }", "f:1 a=2 b=2 c=[3]"],
  [
    "var, let and const",
    "f(); function f() { var a = 1; let b = 2, c; const d = [3]; null.x }",
    "f:1 a=1 b=2 c=undefined d=[3]",
  ],
  [
    "what comes later has no value",
    "f();\nfunction f() {\n const a = 1;\n null.x;\n const b = 2; }",
    "f:4 a=1 b=undefined",
  ],
  [
    "assignments of every kind",
    "f(); function f() { let a = 1, b = 2, c = 3, d = 0; a += 5; [b, c] = [c, b]; d = -(c++ + ++a); null.x }",
    "f:1 a=7 b=3 c=3 d=-9",
  ],
  ["loops", "f(); function f() { for (let i = 0; ; i++) { const b = i * 2; if (i === 3) null.x } }", "f:1 i=3 b=6"],
  [
    "for of, with patterns",
    "f(); function f() { for (const [a, { b }] of [[1, { b: 2 }], [3, { b: 4 }]]) if (a > 2) null.x }",
    "f:1 a=3 b=4",
  ],
  ["blocks beside one another", "f(); function f() { { const a = 1; } { const a = 2; null.x } }", "f:1 a=2"],
  ["a name that hides another", "f(); function f() { let a = 1; { let a = 2; } null.x }", "f:1"],
  ["a name that hides a parameter", "f(1); function f(a) { { let a = 2; } null.x }", "f:1 a=1"],
  [
    "assigned by a closure",
    "f(); function f() { let a = 1, b = 1; (() => { a = 2; let b; b = 2 })(); null.x }",
    "f:1 b=1",
  ],
  ["assigned by the head of a loop", "f(); function f() { let a = 1; for (a of [2]); null.x }", "f:1"],
  [
    "assigned by code that is not there yet",
    "f(); function f() { let a = 1; const b = 2; eval('a = 2'); null.x }",
    "f:1 b=2",
  ],
  ["of the function around it", "f(); function f() { let a = 1; (function g() { a = 2; null.x })() }", "f.g:1|f:1"],
  ["the line of a statement on its own", "f();\nfunction f() {\n if (1)\n  null.x }", "f:4"],
  [
    "the line of a head after its body",
    "f();\nfunction f() {\n const g = (function* () { yield 1; null.x })();\n for (const a of g) {\n  a;\n a.b }}",
    "f.<anonymous>:3|f:4 g={} a=1",
  ],
  [
    "the line of each call",
    "const h = (a) =>\n a.b.c\nf(1);\nfunction f(a) {\n g(a,\n 2)\n}\nfunction g(a) {\n\n return h(a) }",
    "h:2 a=1|g:10 a=1|f:5 a=1",
  ],
])("%s", (_, source, expected) => {
  expect(told(source)).toEqual(expected.split("|"));
});
