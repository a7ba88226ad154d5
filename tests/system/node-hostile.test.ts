// Objects that run code when they are looked at, and a program that has replaced the built-in functions: nothing of it runs, and
// no secret gets to the disk. In a process of its own, since what it breaks stays broken.
import { readFileSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { programs } from "../../agents/node/tests/runtime/program.ts";

const built = programs();
afterAll(() => {
  built[Symbol.dispose]();
});

function run(program: string): { output: string; lines: string[] } {
  const { child, lines } = built.run(program);
  return { output: child.stdout + child.stderr, lines };
}

const argument = (lines: readonly string[]) =>
  lines.filter((line) => line.startsWith("C\t")).map((line) => line.split("\t")[6]);

test("getters, traps, conversions and iterators are not run", () => {
  const { output, lines } = run(`
    const vm = require("vm");
    let ran = 0;
    const run = () => { ran++; throw new Error("ran"); };
    const traps = {};
    for (const name of Object.getOwnPropertyNames(Reflect)) traps[name] = run;
    const proxy = new Proxy({}, traps);
    const hostile = [
      { get a() { return run(); }, set a(v) { run(); } },
      { toJSON: run, toString: run, valueOf: run, [Symbol.toPrimitive]: run, [Symbol.iterator]: run, get [Symbol.toStringTag]() { return run(); } },
      proxy, [proxy], { proxy }, new (class { constructor() { this.p = proxy; } })(), Object.create(proxy), new Map([[proxy, proxy]]),
      Object.setPrototypeOf([1], proxy), Object.setPrototypeOf(new Map([[1, 2]]), proxy), Object.setPrototypeOf(new Error("x"), proxy),
      Object.defineProperty([1, 2, 3], 1, { get: run }), Object.setPrototypeOf([1, , 3], { get 1() { return run(); } }),
      Object.freeze(Object.defineProperty([1, 2], 0, { get: run })), Object.seal(Object.defineProperty([1, 2], 1, { get: run })),
      Object.defineProperty([1, , 3], 5, { get: run, set: run, configurable: true }), Object.setPrototypeOf([1, , 3], Object.defineProperty([], 1, { get: run })),
      Object.setPrototypeOf([, 2], Object.create(proxy)), new (class extends Array { get 1() { return run(); } })(3), Object.freeze([1, { get a() { return run(); } }]),
      vm.runInNewContext("Object.defineProperty([1, 2], 0, { get: run })", { run }), vm.runInNewContext("Object.defineProperty(Array.prototype, 1, { get: run }); [1, , 3]", { run }),
      Object.setPrototypeOf(vm.runInNewContext("Object.defineProperty([1, 2], 0, { get: run })", { run }), Array.prototype),
      (() => { const a = [1, 2]; Object.defineProperty(new Proxy(a, {}), 1, { get: run }); return a; })(), (() => { const a = [1]; a.__defineGetter__(0, run); return a; })(),
      (() => { const a = [1, 2, 3]; h.r(h.e1(f, 0, a), a); Object.defineProperty(a, 1, { get: run }); return a; })(), Object.defineProperty([1, 2], "more", { get: run, enumerable: true }),
      Object.defineProperty(new Error(), "message", { get: run }), Object.defineProperty(new Error(), "stack", { get: run }),
      Object.create({ get constructor() { return run(); } }), new (class { static get name() { return run(); } })(),
      Object.defineProperty(/a/, "flags", { get: run }), Object.defineProperty(/a/g, "global", { get: run }), Object.defineProperty(/a/, "source", { get: run }),
      Object.defineProperty(new Map([[1, 2]]), "size", { get: run }), Object.defineProperty(new Date(0), "toISOString", { get: run }),
      Object.defineProperty(() => {}, "name", { get: run }), Object.defineProperty(new Uint8Array(3), "length", { get: run }),
      new (class extends Promise { then() { run(); } })(() => {}), { then: run, password: proxy },
    ];
    for (const value of hostile) { const s = h.e1(f, 0, value); h.r(s, value); }
    for (const value of hostile) { const s = h.e1(f, 0, 1); h.t(s, 1, value); h.c(s, 2, value); h.x(s, value); }
    for (const owner of [Array.prototype, Object.prototype]) {
      Object.defineProperty(owner, 1, { get: run, set: run, configurable: true });
      for (const value of [[1, , 3], new Array(3), ["a", , {}], [0.5, , 1], (() => { const a = [1, 2]; delete a[1]; return a; })()]) h.r(h.e1(f, 0, value), value);
      delete owner[1];
    }
    runtime.flush();
    console.log(ran);`);
  expect(output).toBe("0\n");
  expect(argument(lines)).toHaveLength(91);
  expect(lines.filter((line) => line.includes("unreadable") || line.startsWith("corrupt"))).toEqual([]);
});

test("what is thrown is not asked anything either: proxies, accessors, thenables, errors without a prototype", () => {
  const { output, lines } = run(`
    let ran = 0;
    const run = () => { ran++; throw new Error("ran"); };
    const traps = {};
    for (const name of Object.getOwnPropertyNames(Reflect)) traps[name] = run;
    const { proxy: revoked, revoke } = Proxy.revocable(function () {}, traps);
    revoke();
    const accessors = (target) => {
      for (const name of ["stack", "message", "name", "cause", "errors", "code", "constructor", "then", Symbol.toStringTag]) {
        Object.defineProperty(target, name, { get: run, set: run, configurable: true });
      }
      return target;
    };
    class Own extends Error { get message() { return run(); } get name() { return run(); } get code() { return run(); } static [Symbol.hasInstance]() { return run(); } }
    class Named extends Error { static get name() { return run(); } }
    const thrown = [
      new Proxy({}, traps), new Proxy(new Error("x"), traps), new Proxy(run, traps), revoked, Object.create(revoked), Object.create(new Proxy({}, traps)),
      accessors(new Error("x")), accessors({}), accessors(Object.create(null)), Object.freeze(accessors(new TypeError("x"))), new Own("x"), new Named("x"),
      Object.freeze(new Error("frozen")), Object.assign(Object.create(null), { message: "bare" }), Object.setPrototypeOf(new Error("none"), null),
      new Error("x", { cause: revoked }), new Error("x", { cause: accessors({}) }), new AggregateError([revoked, accessors({})], "many"), Object.assign(new Error("own"), { cause: new Proxy({}, traps) }),
      { then: run }, accessors(() => {}), Symbol("s"), 1n, undefined, null, NaN, "", Object(1), new Date(NaN), document(),
    ];
    function document() { return Object.defineProperty(Object.create({ __proto__: null }), Symbol.toPrimitive, { get: run }); }
    Error.prepareStackTrace = run;
    const inner = runtime.define({ file: "/p/b.js", module: "b", functions: [{ name: "g", kind: "function", line: 1, column: 0, parameters: [], captures: ["this", "v"], locals: [{ name: "password", line: 1 }, { name: "w", line: 9 }] }], sites: [] }).functions;
    for (const value of thrown) {
      const outer = h.e1(f, 0, value), s = h.e2(inner, 0, value, value);
      h.t(s, 1, value); h.c(s, 2, value, 1); h.x(s, value, 1, value, value, value, value); h.x(outer, value, 0, value);
      const generator = h.e1(f, 0, 1);
      h.x(generator, value);
    }
    runtime.flush();
    console.log(ran);`);
  expect(output).toBe("0\n");
  expect(lines.filter((line) => line.includes("unreadable") || line.startsWith("corrupt"))).toEqual([]);
  const locals = lines
    .filter((line) => line.startsWith("L\t"))
    .map((line) => (JSON.parse(line.split("\t")[6] ?? "") as { locals: object }).locals);
  // Of each place 25 times.
  expect(locals).toHaveLength(3 * 25);
  expect(new Set(locals.map((each) => Object.keys(each).join(" ")))).toEqual(
    new Set(["this v password w", "this v password", "v", ""]),
  );
});

test("built-in functions that were replaced are not called", () => {
  const { output, lines } = run(`
    let ran = [];
    const owners = { Object, Array, String, Number, Boolean, Symbol, Map, Set, WeakMap, WeakSet, RegExp, Date, Promise, Error, Function, BigInt, Reflect, JSON, Math,
      "Object.prototype": Object.prototype, "Array.prototype": Array.prototype, "String.prototype": String.prototype, "Map.prototype": Map.prototype,
      "Set.prototype": Set.prototype, "WeakMap.prototype": WeakMap.prototype, "RegExp.prototype": RegExp.prototype, "Date.prototype": Date.prototype,
      "Function.prototype": Function.prototype, "Symbol.prototype": Symbol.prototype, "BigInt.prototype": BigInt.prototype, "Buffer.prototype": Buffer.prototype,
      "TypedArray": Object.getPrototypeOf(Uint8Array.prototype), "ArrayIterator": Object.getPrototypeOf([].values()), "MapIterator": Object.getPrototypeOf(new Map().entries()),
      "TextEncoder.prototype": TextEncoder.prototype, "DataView.prototype": DataView.prototype, "Uint8Array": Uint8Array.prototype, fs: require("fs"), hrtime: process.hrtime };
    const { defineProperty, getOwnPropertyDescriptor } = Object, { apply, construct, ownKeys } = Reflect, { writeSync } = require("fs");
    const values = [{ a: 1, b: "password=hunter2", $c: [1, 2.5, null] }, new Map([["k", new Set([1])]]), new Date(0), /a/g, 2n ** 300n, Symbol("s"), () => {},
      class K {}, new (class P { x = 1 })(), Buffer.from("abc"), new Float64Array(2), new Error("bad token=abc12345678"), "x".repeat(600), "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefghijk", "\\ud800"];
    for (const [name, owner] of Object.entries(owners)) {
      for (const key of ownKeys(owner)) {
        const descriptor = getOwnPropertyDescriptor(owner, key);
        if (!descriptor.configurable || key === "constructor" || key === "prototype") continue;
        const label = name + "." + String(key);
        if (typeof descriptor.value === "function") {
          const original = descriptor.value;
          defineProperty(owner, key, { ...descriptor, value: function (...given) { ran[ran.length] = label; return new.target ? construct(original, given) : apply(original, this, given); } });
        }
      }
    }
    ran = [];
    let recorded = 0;
    for (let i = 0; i < 15; i++) { const s = h.e1(f, 0, values[i]); recorded++; h.r(s, values[i]); }
    const s = h.e1(f, 0, 1); h.t(s, 1, values[11]); h.x(s, values[11]);
    runtime.flush();
    const seen = ran;
    ran = [];
    const shown = {};
    for (let i = 0; i < seen.length; i++) shown[seen[i]] = true;
    let names = "";
    for (const name in shown) names += " " + name;
    writeSync(1, "ran:" + names + "\\n");`);
  expect(output).toBe("ran:\n");
  expect(argument(lines)).toHaveLength(16);
  expect(lines.join("\n")).not.toContain("hunter2");
  expect(lines.join("\n")).not.toContain("eyJhbGci");
  expect(lines.filter((line) => line.includes("unreadable") || line.startsWith("corrupt"))).toEqual([]);
});

test("nothing of a secret is on the disk, wherever it stands", () => {
  const corpus = new URL("../../spec/vectors/redaction/secrets.json", import.meta.url);
  const { texts } = JSON.parse(readFileSync(corpus, "utf8")) as {
    texts: { id: string; before: string; secret: string[]; after: string }[];
  };
  const { lines } = run(`
    const { texts } = JSON.parse(require("fs").readFileSync(${JSON.stringify(corpus.pathname)}, "utf8"));
    for (const { before, secret, after } of texts) {
      const text = before + secret.join("") + after;
      for (const value of [text, [text], { [text]: text }, { note: text }, new Map([[text, text]]), Buffer.from(text), "x".repeat(250) + " " + text, "é" + text]) {
        const s = h.e1(f, 0, value); h.r(s, value);
      }
      const s = h.e1(f, 0, 1); h.x(s, new Error(text));
    }`);
  const written = lines.join("\n");
  expect(argument(lines).length).toBeGreaterThan(500);
  const found = texts.filter(({ secret }) => written.includes(secret.join(""))).map(({ id }) => id);
  expect(found).toEqual([]);
});

test("innocent texts stay as they are", () => {
  const corpus = new URL("../../spec/vectors/redaction/innocents.json", import.meta.url);
  const { texts } = JSON.parse(readFileSync(corpus, "utf8")) as { texts: { text: string }[] };
  const { lines } = run(`
    const { texts } = JSON.parse(require("fs").readFileSync(${JSON.stringify(corpus.pathname)}, "utf8"));
    for (const { text } of texts) h.r(h.e1(f, 0, text), null);`);
  const short = texts.map(({ text }) => text).filter((text) => text.length <= 256);
  const shown = argument(lines).map((payload) => (JSON.parse(payload ?? "") as { v: unknown }).v);
  expect(shown.filter((value) => typeof value === "string")).toEqual(short);
});
