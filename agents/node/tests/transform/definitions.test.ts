// What is told about a file besides its inserts: functions, call sites, and files that are left as they are.
import { expect, test } from "vitest";
import { instrument } from "../../src/transform/instrument.ts";
import type { SourceForm } from "../../src/transform/parse.ts";
import { complaint } from "./packages.ts";
import { instrumentation, instrumentedText } from "./world.ts";

function functions(source: string, as: SourceForm = "commonjs"): string[] {
  return instrumentation(source, as)
    .functions.slice(1)
    .map(
      ({ kind, name, line, column, parameters, captures }) =>
        `${line}:${column} ${kind} ${name}(${parameters.join(", ")})${captures.join() === parameters.join() ? "" : ` [${captures.join(", ")}]`}`,
    );
}

function sites(source: string, as: SourceForm = "commonjs"): string[] {
  const { functions: all, sites: found } = instrumentation(source, as);
  return found.map(
    ({ caller, line, callee, from }) => `${all[caller]?.name}:${line} ${callee}${from === null ? "" : ` from ${from}`}`,
  );
}

test("names, kinds and places of functions", () => {
  const source = `function makeAdder(n) { return (m) => n + m }
const add = (a, b = 1) => a + b, anonymous = function () {}, named = function own() {}
class Cart { #total() {} get size() { return 1 } set size(v) {} static create() {} static async *all() {} async ['x' + 1]() {} handler = () => {}; static { } constructor() {} }
exports.handle = async function () {}; module.exports.other = () => {}; module.exports = function () {}
Cart.prototype.late = function* ({ a, b: [c] }, ...d) {}
const api = { get() {}, nested: { put: () => {} }, 'quoted key'() {}, 1() {}, [Symbol.iterator]() {} }
list.map(function () {}); (class { m() {} }); this.field = () => {}
if (1) { function inBlock() {} } let later; later = () => {}`;
  expect(functions(source)).toMatchInlineSnapshot(`
    [
      "1:0 function makeAdder(n)",
      "1:31 lambda makeAdder.<anonymous>(m)",
      "2:12 function add(a, b)",
      "2:45 function anonymous()",
      "2:69 function own()",
      "3:13 method Cart.#total() [this]",
      "3:25 method Cart.get size() [this]",
      "3:49 method Cart.set size(v) [this, v]",
      "3:64 method Cart.static create() [this]",
      "3:83 async_generator Cart.static all() [this]",
      "3:106 coroutine Cart.['x' + 1]() [this]",
      "3:137 function Cart.handler()",
      "3:147 class Cart()",
      "3:158 method Cart.constructor() [this]",
      "4:17 coroutine handle()",
      "4:62 function other()",
      "4:89 function module.exports()",
      "5:22 generator Cart.prototype.late(a, c, ...d) [a, c, d]",
      "6:14 method api.get() [this]",
      "6:39 function api.nested.put()",
      "6:51 method api.quoted key() [this]",
      "6:70 method api.1() [this]",
      "6:78 method api.[Symbol.iterator]() [this]",
      "7:9 lambda <anonymous>()",
      "7:27 method <class>.constructor() [this]",
      "7:35 method <class>.m() [this]",
      "7:59 function field()",
      "8:9 function inBlock()",
      "8:52 function later()",
    ]
  `);
});

test("captures: this where it is used, the bound names, and no more than say something", () => {
  const many = Array.from({ length: 30 }, (_, place) => `p${place}`).join(", ");
  const source = `function uses() { this.x } function arrows() { return () => this } function none() {} const arrow = () => this
    class A extends B { constructor(a) { super(a) } m() {} static s() {} f = () => this }
    function fields() { return () => class { f = this; static [this.k] = 1 } } function nofields() { return () => class { f = this } }
    function same(a, a) {} function taken(a, b) { function a() {} } function many(${many}) {}`;
  expect(functions(source)).toMatchInlineSnapshot(`
    [
      "1:0 function uses() [this]",
      "1:27 function arrows() [this]",
      "1:54 lambda arrows.<anonymous>()",
      "1:67 function none()",
      "1:100 function arrow()",
      "2:24 method A.constructor(a)",
      "2:52 method A.m() [this]",
      "2:59 method A.static s() [this]",
      "2:77 function A.f()",
      "3:4 function fields() [this]",
      "3:31 lambda fields.<anonymous>()",
      "3:37 method fields.<anonymous>.<class>.constructor() [this]",
      "3:79 function nofields()",
      "3:108 lambda nofields.<anonymous>()",
      "3:114 method nofields.<anonymous>.<class>.constructor() [this]",
      "4:4 function same(a, a) [a]",
      "4:27 function taken(a, b) [b]",
      "4:50 function taken.a()",
      "4:68 function many(p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15, p16, p17, p18, p19, p20, p21, p22, p23, p24, p25, p26, p27, p28, p29) [p0, p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11, p12, p13, p14, p15]",
    ]
  `);
});

test("what compilers put into a file is not told, and what they made of async functions is told as those", () => {
  const source = `var __awaiter = (this && this.__awaiter) || function (thisArg, _arguments, P, generator) {
    return new (P || (P = Promise))(function (resolve) { generator.apply(thisArg).next(); });
};
var __publicField = (obj, key, value) => Object.defineProperty(obj, key, { value });
function pay(cart, n) { return __awaiter(this, void 0, void 0, function* () { yield save(cart); return n }) }
const add = (_a, ...rest_1) => __awaiter(void 0, [_a, ...rest_1], void 0, function* ({ a, b = 2 }, ...rest) { const cart = 1; yield a });
const pages = function () { return __asyncGenerator(this, arguments, function* pages_1() { yield yield __await(1) }) }
class Cart { constructor() { __publicField(this, "late", () => 1) } static pay() { return (0, tslib_1.__awaiter)(this, void 0, void 0, function* () {}) } }
const own = (x) => run(this, void 0, void 0, function* () { yield x });
const shadows = (x) => __awaiter(void 0, void 0, void 0, function* () { let x = 1 });
class Old {
  pay(amount) { var _this = this; return _asyncToGenerator(function* () { yield amount })() }
  refund(amount) { return _async_to_generator(function* () { yield amount }).call(this) }
}
const sum = function () { var _ref = _asyncToGenerator(function* (n) { yield n }); return function (_x) { return _ref.apply(this, arguments) } }();`;
  const made = instrumentation(source);
  const entered = new Set(
    [...made.inserts.number].filter((each) => each >= 0 && each % 2 === 0).map((each) => each / 2),
  );
  const told = made.functions.filter((_, place) => entered.has(place) && place > 0);
  expect(told.map(({ kind, name, line, captures }) => `${line} ${kind} ${name}(${captures.join()})`)).toEqual([
    "5 coroutine pay(cart,n)",
    "6 coroutine add(a,b,rest)",
    "7 async_generator pages()",
    "8 method Cart.constructor(this)",
    "8 function Cart.constructor.late()",
    "8 coroutine Cart.static pay(this)",
    "9 function own(x)",
    "9 generator own.<anonymous>()",
    "10 coroutine shadows()",
    "11 method Old.constructor(this)",
    "12 coroutine Old.pay(amount)",
    "13 coroutine Old.refund(this,amount)",
    "15 lambda <anonymous>()",
    "15 coroutine <anonymous>.<anonymous>(n)",
    "15 lambda <anonymous>.<anonymous>(this,_x)",
  ]);
  expect(made.sites.map(({ callee }) => callee)).toEqual(expect.arrayContaining(["save", "run"]));
  expect(made.sites.filter(({ callee }) => callee.includes("__"))).toEqual([]);
  // What it yields is awaited.
  expect(instrumentedText(source)).toContain("$spoor.u($c,yield $spoor.w($c,save($spoor.s(0,cart)))");
});

test("call sites and the modules of their callees", () => {
  const source = `const fs = require('node:fs'), { join: j } = require('path'), def = __importDefault(require('express'));
const own = () => 1; function declared() { inner(); const inner = () => own() }
fs.promises.readFile(j('a')); (0, def.default)(); new def.Router; own(); declared(); missing(own); (() => {})(); require('./x').go();
assigned(); var assigned = () => {}; assigned = fs.read
function shadows(own) { own() } function first(late) { late() } const late = () => {};`;
  expect(sites(source)).toMatchInlineSnapshot(`
    [
      "declared.inner:2 own",
      "<module>:3 fs.promises.readFile from node:fs",
      "<module>:3 j from path",
      "<module>:3 def.default from express",
      "<module>:3 new def.Router from express",
      "<module>:3 own",
      "<module>:3 missing",
      "<module>:3 require('./x').go from ./x",
      "<module>:4 assigned",
      "shadows:5 own",
      "first:5 late",
    ]
  `);
  expect(
    sites(
      `import d, { a as b } from 'm'; import * as n from 'n'; b(); n.x.y(); d\`t\`; (await import('o')).p()`,
      "module",
    ),
  ).toMatchInlineSnapshot(`
    [
      "<module>:1 b from m",
      "<module>:1 n.x.y from n",
      "<module>:1 d from m",
      "<module>:1 (await import('o')).p from o",
    ]
  `);
});

test("without call sites the inserts are those of functions only", () => {
  const made = instrument("f(1); function g() { f() }", { as: "script", sites: false });
  expect("refused" in made ? made : made.sites).toEqual([]);
});

test.each<readonly [string, string, SourceForm[]]>([
  ["hashbang", "#!/usr/bin/env node\nf()", ["commonjs", "module", "script"]],
  ["using", "{ using a = f(); } { function g() { using b = f(); return 1 } }", ["commonjs", "module", "script"]],
  ["await using", "await using a = f(); async function g() { for (await using b of f()) { return 1 } }", ["module"]],
  ["import attributes", "import a from 'x' with { type: 'json' }; f(a)", ["module"]],
  ["import defer and source", "import defer * as a from 'x'; import source b from 'y'; f(a)", ["module"]],
  [
    "regular expressions with v, modifiers and repeated groups",
    "f(/[a--b]/v, /(?i:a)b/, /(?<a>x)|(?<a>y)/)",
    ["commonjs", "module", "script"],
  ],
  ["private names in", "class A { #x; static has(o) { return #x in o } }", ["commonjs", "module", "script"]],
  ["static blocks", "class A { static { f() } static /* { */ { } }", ["commonjs", "module", "script"]],
  ["decorators", "@f() class A { @g accessor x = 1; @h() m() {} }", ["commonjs", "module", "script"]],
  ["await at the top", "await f(); for await (const x of y) f(x)", ["module"]],
  ["HTML comments", "<!-- x\nf()\n--> y", ["commonjs", "script"]],
  ["async generators", "async function* f() { for await (const x of y) yield* x }", ["commonjs", "module", "script"]],
  ["arbitrary names of exports", "let a = f(); export { a as 'b c' }", ["module"]],
  ["return at the top", "if (f()) return", ["commonjs"]],
  [
    "names that are keywords elsewhere",
    "var await = 1, yield = 2, let = 3, async = 4, of = f(await, yield, let, async)",
    ["commonjs", "script"],
  ],
  ["calls as targets, as old scripts have them", "f() = 1; for (f() in {}) ;", ["commonjs", "script"]],
])("parses %s", (_, source, forms) => {
  // What this V8 does not know yet is not compiled at all.
  const known = forms.filter((as) => complaint(source, as) === null);
  expect(known.flatMap((as) => ("refused" in instrument(source, { as }) ? as : []))).toEqual([]);
  expect(known.flatMap((as) => complaint(instrumentedText(source, as), as) ?? [])).toEqual([]);
});

test("what is no program is left to V8", () => {
  const refusals = [
    "let a = ;",
    "function f(a) { let a }",
    "return",
    "class A { constructor() {} constructor() {} }",
    "class A { static { let a; { var a } } }",
    "f(/(?<a>/)",
    "let a = f(); let a = f()",
    "switch (1) { case 1: const a = f(); case 2: function a() {} }",
  ].map((source) => instrument(source, { as: "script" }));
  expect(refusals.map((each) => ("refused" in each ? each.refused : each))).toEqual([
    "syntax",
    "early error",
    "syntax",
    "syntax",
    "early error",
    "early error",
    "early error",
    "early error",
  ]);
});

test("what is nested too deeply is refused", () => {
  const made = instrument(`${"(".repeat(100_000)}1${")".repeat(100_000)}`, { as: "script" });
  expect(made).toMatchObject({ refused: "depth" });
});

test("asm.js keeps its text, or V8 would complain", () => {
  expect(instrumentedText("function m() { 'use asm'; function f() {} return f }")).toBe(
    "function m() { 'use asm'; function f() {} return f }",
  );
});

test("how functions are handed on", () => {
  const source = `
    server.on('request', (request) => { request.on('end', () => 1) }); export const kept = () => 2; class Held { field = later(() => 3); static { now(() => 4) } }
    function start(tick = pass(() => 5)) { const turn = () => 6; setInterval(turn, 1); p.then(() => 7, function no() {}); new Promise((resolve) => 8); plain(turn2); function turn2() {} }`;
  const told = instrumentation(source, "module").functions.map(
    ({ name, given, makes }) => `${name}: ${given ?? "kept"}${makes ? ", makes" : ""}`,
  );
  expect(told).toMatchInlineSnapshot(`
    [
      "<module>: kept",
      "<anonymous>: passed, makes",
      "<anonymous>.<anonymous>: passed",
      "kept: kept",
      "Held.constructor: kept",
      "Held.<anonymous>: kept",
      "Held: kept",
      "Held.<anonymous>: passed",
      "start: kept, makes",
      "start.<anonymous>: kept",
      "start.turn: chained",
      "start.<anonymous>: chained",
      "start.no: chained",
      "start.<anonymous>: passed",
      "start.turn2: kept",
    ]
  `);
});

test("functions of a module's own code are told of nobody: they may run before it", () => {
  const text = instrumentedText(
    "export function f() { return () => 1 } on(() => 2); class K { m() {} x = () => 3 }",
    "module",
  );
  expect([...text.matchAll(/\.e\d\(\d+,([^,)]*)/g)].map(([, maker]) => maker)).toEqual([
    "0",
    "0",
    "$c",
    "0",
    "0",
    "0",
    "0",
  ]);
});

test("who hands on a function of the module's own code is told, by its name", () => {
  const source = `
    function poll() { setTimeout(poll, 1); items.map(poll); setTimeout(this.poll, 1) } const turn = () => {}, other = { poll: () => 1 }; let late = () => {}; late = null;
    setInterval(turn, 1); class K { static { process.on('exit', turn) } x = setTimeout(turn) } function f(a = setTimeout(turn), late2) { p.then(turn, poll).then(late, late2); with (a) setTimeout(turn) }`;
  const told = (as: "module" | "commonjs", text: string): string[] =>
    [...instrumentedText(text, as).matchAll(/\$spoor\.h\((.*?\)?),(\d+),(\d),(\w+)\)/g)].map(([whole]) => whole);
  expect(told("commonjs", source)).toEqual([
    "$spoor.h($c,1,0,poll)",
    "$spoor.h($spoor.m(0),2,1,turn)",
    "$spoor.h($c,2,2,turn)",
  ]);
  expect(told("module", source.replace("with (a)", ""))).toEqual([
    "$spoor.h($c,1,0,poll)",
    "$spoor.h($c,2,1,turn)",
    "$spoor.h($c,2,2,turn)",
    "$spoor.h($c,2,0,turn)",
    "$spoor.h($c,1,0,poll)",
    "$spoor.h($c,2,0,turn)",
  ]);
});
