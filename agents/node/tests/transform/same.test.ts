// An instrumented program does what the bare one does: every feature of the language that an insert could disturb, run both
// ways in V8, with the same log, errors and completion value.
import { expect, test } from "vitest";
import type { SourceForm } from "../../src/transform/parse.ts";
import { run } from "./world.ts";

interface Program {
  readonly about: string;
  readonly source: string;
  readonly as?: SourceForm;
}

const programs: readonly Program[] = [
  {
    about: "this, in both modes",
    source: `
      function sloppy() { return typeof this } function strict() { 'use strict'; return typeof this }
      log(sloppy(), sloppy.call(1), strict(), strict.call(1), (() => typeof this)());
      const o = { m() { return (() => this === o)() }, get g() { return this === o }, set g(v) { log(this === o, v) } };
      log(o.m(), (0, o.m)(), o.g); o.g = 1;
      function reads() { this; return [] } log(reads.call(null).length);`,
  },
  {
    about: "arguments are mapped to parameters",
    source: `
      function mapped(a, b) { arguments[0] = 9; b = 8; return [a, arguments[1], arguments.length, typeof arguments.callee] }
      function strict(a) { 'use strict'; arguments[0] = 9; return a }
      function defaults(a = 1) { arguments[0] = 9; return a }
      function shadowed(arguments) { return arguments } function own() { var arguments = 3; return arguments }
      function taken(a) { function a() {} return typeof arguments[0] + typeof a }
      function declared() { function arguments() {} return typeof arguments }
      log(mapped(1, 2), strict(1), defaults(2), shadowed(5), own(), taken(1), declared());`,
  },
  {
    about: "new.target, super and derived constructors",
    source: `
      class A { constructor() { this.t = new.target.name } who() { return 'A' } static s() { return 'sA' } }
      class B extends A { who() { return super.who() + 'B' } static s() { return (() => super.s())() + 'B' } }
      class C extends A { constructor(early) { if (early === 1) return { early }; const f = () => super(); if (early === 2) { f(); return } f(); f } }
      class D extends A { constructor() { } }
      class E extends A { constructor() { super(); return 1 } }
      class F extends A { constructor() { try { this.x } catch (e) { log(e) } super(...[]) } }
      const o = { __proto__: { p() { return 'p' } }, p() { return super.p() + 'o' } };
      log(new B().who(), B.s(), new B().t, new C(1).early, new C(2).t, new C(3).t, o.p(), new F().t);
      attempt(() => new D()); attempt(() => new E()); attempt(() => A());
      function Old() { if (!new.target) return new Old(); this.made = 1 } log(Old().made, Reflect.construct(Old, [], A) instanceof A);`,
  },
  {
    about: "variables of the same name, seen by closures, assigned everywhere",
    source: `
      function shadows(x) { let y = x; { let y = 2; y++; { const y = 3; log(y) } log(y) } for (let y = 0; y < 2; y++) log(y); y += 1; return y }
      function closures() { let n = 0; const up = () => n++, fs = []; for (let i = 0; i < 3; i++) { fs.push(() => i++); i += 0 } up(); n++; return [n, fs.map((f) => f() + f())] }
      function values() { let i = 0, s; const a = [i++, ++i, i--, --i, (i += 5), i++ + ++i, i ** 2]; s = i = 7; [i, s] = [s, i + 1]; ({ i, s = 4 } = { i }); i ||= 9; i &&= 3; s ??= 1; return [a, i, s] }
      function early() { attempt(() => z); attempt(() => { z = 1 }); let z = 2; return z }
      function late() { try { return w } catch (e) { return e } finally { let w = 1; log(w) } const w = 0 }
      function constant() { const c = 1; attempt(() => { c = 2 }); try { c++ } catch (e) { log(e) } return c }
      function defaults(a = (b = 5), c = () => b) { let d = (a, b); d = c(); return [a, d] } var b = 1;
      function evals() { let q = 1; eval('q = 2; var r = 3'); return [q, typeof r] }
      function names() { let f = () => {}; f = function () {}; f = class {}; let g; g = () => {}; return [f.name, g.name] }
      function bodies(n) { if (n) n--
        else n++
        while (n > 5) n--
        do n++
        while (n < 3)
        for (const x of [1, 2]) n += x
        for (let x in { a: 1 })
          n += x
        for (var v = 0, w = 9; v < w; v++, w--)
          if (v === 3)
            break
          else
            log(v)
        a: for (let k = 0; ; k++) { b: { if (k === 1) continue a; if (k > 2) break a; break b } }
        return n }
      function cases(n) { switch (n) { case 0: let a = 1; log(a); case 1: a = 5; const b = a; return [a, b]; default: { let a; a = 3; return a } } }
      function destructured({ a, ...r }, [b, , c = a] = [1, 2]) { let [d, { e }] = [a, { e: b }]; for (const [k, v] of Object.entries(r)) { const { length } = v; log(k, length) } for (d of [7, 8]) log(d); for ({ e } of [{ e: 1 }]) log(e); return [d, e, c] }
      class Fields { x = (b = 6); static y = (() => { let z = 1; return ++z })(); static { let q = 1; q += 1; log(q) } }
      function* generator() { let got = 0; while (got < 3) { const more = yield got; got += more } return got }
      log(shadows(1), closures(), values(), early(), constant(), defaults(), b, evals(), names(), bodies(0), bodies(9), cases(0), cases(2), destructured({ a: 1, b: 'xy' }), new Fields().x, Fields.y);
      log(late(), attempt(() => cases(1))); const g = generator(); g.next(); log(g.next(1).value, g.next(5).value);
      let statement = 1
      statement++
      ;[statement] = [5]
      statement
      ++statement
      log(statement)
      function lines() { let n = 1
        n++
        n
        ++n
        let [m] = [n]
        n = m
        ;[n] = [m + 1]
        return n }
      log(lines());`,
  },
  {
    about: "default parameters, in their own scope",
    source: `
      let x = 'outer';
      function f(a = x, b = () => a, { c = b(), ...d } = { e: 1 }, [g = d.e] = []) { var x = 'inner'; var a; return [a, b(), c, Object.keys(d), g, x] }
      function h(a = (() => { throw new Error('default') })()) { return a }
      log(f(), f(1), h(2)); attempt(h);
      function order(a = log('a'), b = log('b')) { log('body') } order();
      function lazy(a, get = () => a, set = (v) => { a = v }) { set(5); return [a, get()] } log(lazy(1));`,
  },
  {
    about: "length, name, and names that assignments give",
    source: `
      const arrow = () => {}, fn = function () {}, cls = class {}, gen = function* () {}; let later; later = () => 1;
      const { pattern = () => {} } = {}, [inArray = class {}] = [];
      const o = { m() {}, get g() { return 1 }, p: () => {}, ['c' + 1]: function () {}, async *ag() {}, [Symbol('s')]: () => {}, __proto__: null };
      class K { static f = () => {}; #p = function () {}; name() { return this.#p.name } static { log(this.name) } }
      log(arrow.name, fn.name, cls.name, gen.name, later.name, pattern.name, inArray.name, o.m.name, o.p.name, o.c1.name, o.ag.name);
      log(Object.getOwnPropertyDescriptor(o, 'g').get.name, Object.getOwnPropertySymbols(o).map((s) => o[s].name), K.f.name, new K().name());
      log(((a, b = 1, c) => a).length, (function (...r) {}).length, (() => function () {})().name, (0, () => {}).name, (function () { return () => {} })().name);
      function returned() { return class {} } log(returned().name, (await_ => function () {})().name);`,
  },
  {
    about: "strict mode directives",
    source: `
      function strict() { 'use strict'; undeclared = 1 } attempt(strict);
      function asi() { "use strict"
        undeclared = 1 } attempt(asi);
      function notFirst() { 1; 'use strict'; undeclared1 = 1; return undeclared1 } attempt(notFirst);
      function several() { 'a'; 'use strict'; return this } attempt(several);
      const arrow = () => { 'use strict'; return delete Object.prototype }; attempt(arrow);
      function only() { 'use strict' } attempt(only);`,
  },
  {
    about: "a file in strict mode",
    source: `'use strict'
      function f() { return this } log(f()); attempt(() => { undeclared = 1 }); attempt(function () { arguments.callee });`,
  },
  {
    about: "hoisting",
    source: `
      log(typeof before, before()); function before() { return inner(); function inner() { return 'inner' } }
      function vars() { log(typeof v, typeof fn); { function fn() {} } var v = 1; return typeof fn } log(vars());
      function tdz() { try { return use } catch (e) { return e } let use = 1 } log(tdz());
      function same() { log(g()); function g() { return 1 } log(g()); function g() { return 2 } log(g()) } same();
      function withVar() { log(typeof g); var g = 1; function g() {} log(typeof g) } withVar();
      function nested() { function g() { return 1 } { function g() { return 2 } } return g() } log(nested());
      function nestedIf() { function g() { return 1 } if (true) { function g() { return 2 } } return g() } log(nestedIf());
      function param(g) { return [typeof g, g.length]; function g(a, b) {} } log(param(1));
      function evalVar() { function g() { return 1 } eval('var g = () => 2'); return g() } log(evalVar());
      function labeled() { l: function g() { return 3 } return g() } log(labeled());
      function loops() { for (var i = 0, fs = []; i < 2; i++) { let j = i; fs.push(() => j) } return fs.map((f) => f()) } log(loops());
      var ff = function ff() { ff = 1; return typeof ff }; log(ff());
      switch (1) { case 0: function inCase() { return 'case' } default: log(inCase()) }`,
  },
  {
    about: "fields, private names and static blocks",
    source: `
      class K {
        a = this.b; b = 1; #p = () => this; static #s = 5; static t = K.#s; ['x' + 1] = 1; 'quoted' = 2; 3 = 4
        get #acc() { return 'acc' } #m() { return this.#acc } static has(o) { return #p in o }
        call() { return [this.#m(), this.#p() === this, K.#s++] }
        static { this.fromBlock = [this.t, typeof arguments_]; var arguments_; function g() {} function g() { return 1 } this.g = g() }
        static async *[Symbol.iterator]() {}
      }
      const k = new K(); log(k.a, k.b, k.x1, k.quoted, k[3], K.fromBlock, K.g, K.has(k), K.has({}), k.call(), K.t);
      attempt(() => K.prototype.call.call({}));
      class Order { static [log('key')] = log('value'); static { log('block') } }`,
  },
  {
    about: "generators",
    source: `
      function* g(a) { try { const x = yield a; log('got', x); const y = yield* inner(); log('y', y); return yield } catch (e) { log('caught', e); yield 'after' } finally { log('finally'); yield 'last' } }
      function* inner() { try { yield 'in' } finally { log('inner over') } return 'r' }
      const show = (r) => log(r.value, r.done);
      let it = g(1); show(it.next('ignored')); show(it.next('x')); show(it.throw(new Error('t'))); show(it.next()); show(it.next()); show(it.next());
      it = g(1); it.next(); show(it.return('early')); show(it.next()); it = g(2); show(it.return(3)); show(it.next());
      log([...inner()], Array.from({ *[Symbol.iterator]() { yield* [1, 2] } })); const [first] = inner(); log(first);
      function* bare() { const a = yield
        ;[a].forEach((v) => log('asi', v)); (yield) ? 1 : 2; log(yield, yield) } it = bare(); it.next(); it.next(1); it.next(); it.next('p'); it.next('q');
      function* thrower() { throw new Error('g') } attempt(() => thrower().next()); attempt(() => { const r = g(); r.next(); r.next.call({}) });
      function* re() { attempt(() => self.next()); yield } const self = re(); self.next(); log(g.prototype !== undefined, Object.getPrototypeOf(it) === bare.prototype);`,
  },
  {
    about: "the order of microtasks",
    source: `
      const tick = (name, n) => { let p = Promise.resolve(); for (let i = 0; i < n; i++) p = p.then(() => log(name, i)) };
      const thenable = { then(f) { log('then'); f('thenable') } };
      async function a1() { log('a1'); await null; log('a1 after'); return 1 }
      async function a2() { return a1() } async function a3() { return await a1() } const a4 = async () => await thenable;
      async function a5() { try { await Promise.reject(new Error('r')) } catch (e) { log(e) } finally { await 1; log('fin') } return thenable }
      async function a6() { for await (const x of [Promise.resolve(1), 2, thenable]) log('for', x); for await (const x of gen()) { log(x); if (x === 2) break } log('a6') }
      async function* gen() { try { const got = yield 1; log(got); yield Promise.resolve(2); yield thenable } finally { await null; log('closed') } }
      async function* outer() { const r = yield* gen(); yield await r; return thenable }
      async function a7() { const it = outer(); log(await it.next()); log(await it.next('sent')); log(await it.return(thenable)); log(await it.next()) }
      async function* failing() { yield Promise.reject(new Error('y')) } async function* ret() { try { return Promise.reject(new Error('ret')) } catch (e) { log('in', e); return 'ok' } finally { log('f') } }
      tick('t', 30); for (const f of [a1, a2, a3, a4, a5, a6, a7]) f().then((v) => log(f.name, v));
      async function* implicit() {} async function* plain(x) { if (x) return; else return } async function* line() { return
      } tick('g', 6); for (const g of [implicit, plain, line]) g(1).next().then(() => log(g.name));
      failing().next().catch((e) => log('failing', e)); ret().next().then((r) => log(r.value, r.done));
      setImmediate(() => log('immediate')); (async () => { await a2(); await a3(); log('both') })();
      (async () => { const { x } = await { x: 1 }; const [y] = await [2]; log(x, y, (await { f: (a) => a + 1 }).f(4), (await (async () => () => 7))()) })();`,
  },
  {
    about: "functions within functions, in every place that a function can stand",
    source: `
      function outer(n, make = (k = () => n) => () => [k(), n], again = make()) { const own = again(); return () => [own, make(() => 9)(), (() => ((x = () => n) => x())())()] }
      log(outer(1)(), outer(2)());
      function deep() { return () => function () { return { m() { return () => class { static a = () => 1; b = () => (() => this.c)(); c = 3; static { this.d = (() => () => 4)()() } } } } } }
      const K = deep()()().m()(); log(K.a(), new K().b(), K.d); let $d = 5; log($d);
      function moved(g, h = () => g()) { return [g(), h()]; function g() { return (() => 'moved')() } } log(attempt(() => moved(() => 'given')));
      function* lazy(a, get = () => a, b = (() => get() + 1)()) { const f = () => a + b; yield (() => f())(); yield* [1].map(() => f()) } log([...lazy(1)]);
      const arrows = (a) => (b = () => a) => ({ c = () => b() } = {}) => () => c(); log(arrows(7)()()());
      class Base { constructor(f) { this.f = f } } class Derived extends Base { x = () => this.f(); constructor(y = () => 'y') { super((() => () => y())()); this.z = () => this.x() } } log(new Derived().z());
      if (1) { log(block()); function block() { return (() => 'block')() } } log(block()); switch (1) { case 1: log(cased()); function cased() { return (() => 'cased')() } }
      function dead() { try { return before() } catch (e) { return [1].map(() => e)[0] } function unused() {} const before = () => 1 } attempt(dead); log(dead());
      function argumentsOf() { return (() => [...arguments].map((x) => x))() } log(argumentsOf(1, 2)); function rec(n) { return n ? (() => rec(n - 1))() + 1 : 0 } log(rec(5));`,
  },
  {
    about: "what runs later, in its order",
    source: `
      const said = (name) => log(name); function begin(name) {
        setTimeout(() => { said(name + ' timer'); Promise.resolve().then(() => said(name + ' after timer')); nextTick(() => said(name + ' tick after timer')) }, 1);
        nextTick(() => { said(name + ' tick'); queueMicrotask(() => said(name + ' micro in tick')) }); queueMicrotask(() => said(name + ' micro'));
        Promise.resolve(1).then((v) => { said(name + v); return Promise.resolve(2) }).then((v) => said(name + v)).finally(() => said(name + ' finally'));
        Promise.reject(new Error(name)).catch((e) => { said(e.message); throw e }).then(() => {}, () => said(name + ' rejected')); new Promise((resolve) => { said(name + ' executor'); resolve({ then: (f) => { said(name + ' then'); f() } }) }).then(() => said(name + ' thenable'));
      } begin('a'); begin('b'); let turns = 0; const interval = setInterval(() => { said('turn'); if (++turns === 3) clearInterval(interval) }, 1);
      function named(...given) { said('named', given.length); return given } const takers = { on(...all) { return all.map((each) => each === named) }, once: (f) => f(1) };
      nextTick(named, 1); queueMicrotask(named); Promise.resolve(1).then(named).then(named, named); log(takers.on(named, ...[named]), takers.once(named) , attempt(() => takers.none.on(named)), attempt(() => setTimeout.listen(named)));
      (async () => { for (const f of [async () => { await null; return () => said('inner') }, async () => () => said('other')]) (await f())(); await Promise.all([1, 2].map(async (n) => { await n; queueMicrotask(() => said('all ' + n)) })) })();`,
  },
  {
    about: "completion values of scripts",
    as: "script",
    source: `1; try { throw 2 } catch (e) { } finally { 3 } do { try { throw 1 } catch { 4; break } } while (0)`,
  },
  { about: "the value of a call", as: "script", source: `function f() { return 5 } log(1); f()` },
  {
    about: "a script declares globals",
    as: "script",
    source: `var g = 1; function h() {} let l; log(Object.keys(globalThis))`,
  },
  {
    about: "semicolons that are not there",
    source: `
      const a = () => {}
      ;(() => log('iife'))()
      async function f() { let x = await 1
        ;[x].map((v) => log(v)); let i = 0
        await i++
        ;(() => log('next'))()
        if (x) return
        else log('no')
      }
      f()
      function g(i) { if (i) return i++
        else return () => {}
        (log)('never') }
      log(g(1)); log(typeof g(0))
      function h() { do return 1
        while (0) }
      log(h()); var v = function () { return }
      v(); lbl: for (;;) { break lbl }
      function t(i) { throw i++
        (log)('never') }
      attempt(() => t(1)); function tight(x) { if(x)return(x);throw(x) } log(tight(1)); attempt(tight)
      async function at() { return await(1) } at().then(log); function* yt() { yield(1); yield[2]; yield*[3] } log([...yt()])
      const before = log
      two() || 1; function two() { return log('two') }
      log('a')
      log('b'); function u() { return
        log('never') } log(u())
      new Map
      new Set
      ++v
      log\`tagged\`
      function* y() { const z = yield
        (log)('after') } const it = y(); it.next(); it.next()`,
  },
  {
    about: "labels, loops and switches that are left",
    source: `
      function f(n) { outer: for (const i of [1, 2, 3]) { inner: for (;;) { switch (n) { case 1: continue outer; case 2: break inner; case 3: return i; default: break outer } } log('end', i) } return 'done' }
      log(f(1), f(2), f(3), f(4));
      function g() { l: { try { break l } finally { log('finally') } } while (true) { try { return 'try' } finally { break } } return 'after' } log(g());
      async function h() { l: m: for await (const x of [1, 2, 3]) { for await (const y of [1]) { if (x === 1) continue l; if (x === 2) break m } } return 'h' } h().then(log);
      async function k() { if (true) for await (const x of [1]) log(x); else log('no'); a: for await (const x of [1]) { b: { break b } log('b') } } k();
      async function m(n) { let sum = 0; l: for (const x of await [1, 2, 3]) { for (var y of await [x]) if (y === n) continue l; else if (y > n) break l; sum += x } if (n) for (const z of await [1]) return z; else return sum } for (const n of [0, 1, 2, 3]) m(n).then((v) => log(n, v));`,
  },
  {
    about: "calls keep their receivers and their kind",
    source: `
      const o = { f() { return this === o }, get g() { return this.f }, n: null }; const k = 'f';
      log(o.f(), (o.f)(), (0, o.f)(), o[k](), o?.f(), o.n?.x(), o.n?.[log('no')](), o.n?.x().y, o?.f().y, o.f?.(), o?.['f']?.(1, ...[2]), delete o?.zz?.(), o.g());
      (function () { var local = 'local'; log(eval('local'), (0, eval)('typeof local'), eval(), eval(...['local'])) })();
      const tag = function (s, ...v) { return [this === o, s.raw.join('|'), v.length] }; o.tag = tag; log(o.tag\`a\${1}b\${(2, 3)}\`, tag\`x\`, o.tag\`\`, new tag\`z\`.constructor);
      const same = () => tagOnce\`t\`; function tagOnce(s) { return s } log(same() === same());
      class X { constructor(...a) { this.n = a.length } } log(new X().n, new X.prototype.constructor(1, 2).n, (new X).n, new (class { a = 1 }).constructor, new (X.bind(null, 1))(2).n);
      log(Math.max(...[1, 2], 3), Math.max(1, ...[5]), Math.max(...[], ...[4]), [...new Set([1, 1])].length, typeof f(), void f()); function f() { return f }
      f()()(); f().call(null)(); log([[1, 2]].map(([a, b]) => a + b).concat([3]).reverse()[0], 'a-b'.split('-').map((s) => s.toUpperCase()).join());`,
  },
  {
    about: "what V8 says about mistakes",
    source: `
      const o = {}, n = null, u = undefined, give = () => u, num = 5;
      for (const action of [
        () => o.f(), () => o.f(1), () => n.f(), () => u.x.y(), () => give()(), () => give().x, () => o.a.b(), () => o.f().g(), () => give().g(1), () => o.f?.g(), () => new o.f(), () => new o.f, () => new num(1),
        () => { const { a } = give() }, () => { const { a } = give(1) }, () => { const [a] = give() }, () => { const [a] = o }, () => { for (const x of give()) ; }, () => { for (const x of num) ; }, () => [...give()], () => Math.max(1, ...num), () => f(...u),
        () => { let a; ({ a } = give()) }, () => { let a; [a] = give() }, () => missing(), () => missing, () => missing.x(), () => o.f\`x\`, () => give()\`x\`, () => give\`\`(), () => o[give()](), () => o['a' + 1](), () => 1 in give(), () => ({}) instanceof give(), () => { class A extends give() {} },
        () => { num = 1 }, () => { 'use strict'; Object.freeze([]).push(1) }, () => super_.x(), () => n?.a.b.c(), () => o?.a.b(), () => o.a(1)(2), () => give()?.x.y, () => BigInt(1) + 1, () => JSON.parse('{'), () => { throw u }, () => { throw null }, () => { throw { message: 1 } },
      ]) attempt(action);
      function f() {}
      (async () => { for (const action of [
        async () => { const { a } = await u }, async () => { const [a] = await u }, async () => { for (const x of await u) ; }, async () => { l: for (const { x = 1 } of await num) log(x) }, async () => { const { a = 1 } = await u }, async () => { (await o).f() }, async () => { (await o).f(1) }, async () => { (await u)() }, async () => { (await u).x }, async () => { new (await u)() }, async () => { (await o).a.b() }, async () => { const { a: { b } } = await o }, async () => { for await (const x of num) ; },
      ]) try { await action() } catch (e) { log('later', e) } })();`,
  },
  {
    about: "exceptions stay the same objects and keep their stacks",
    source: `
      const e = new Error('same'); function deep(n) { if (n === 0) throw e; deep(n - 1) }
      try { deep(3) } catch (caught) { log(caught === e) }
      function made() { throw new Error('m') } try { made() } catch ({ stack, message }) { log(message, stack.split('\\n').slice(0, 3).map((l) => l.trim().split(' ').slice(0, 2).join(' ')).join()) }
      try { throw 1 } catch (v) { var v = 2; log(v) } log(v === 2, typeof v);
      try { try { throw 1 } finally { log('f') } } catch (x) { log(x) }`,
  },
  {
    about: "patterns in catch clauses",
    source: `
      function f(v) { try { throw v } catch ({ a, b: { c = a } = {}, ...rest }) { let d = c; return [a, c, d, Object.keys(rest)] } }
      log(f({ a: 1, z: 2 }), f({ a: 1, b: { c: 5 } }));
      function g() { for (const x of [1, 2]) { try { throw [x, () => x] } catch ([y, z]) { if (y === 1) continue; return z() } finally { log('fin') } } } log(g());
      try { throw 1 } catch { log('none') } try { throw 2 } catch
      { log('line') }`,
  },
  {
    about: "with, and functions around and inside it",
    source: `
      function f(o) { with (o) { return g(x) } } function g(v) { return v } const seen = [];
      const p = new Proxy({ x: 1 }, { has(t, k) { seen.push(String(k)); return k in t } }); with (p) { x; const k = () => x; k() } log(f(p), seen.join());
      with ({ y: 2 }) { const h = () => y; log(h()); try { throw y } catch (e) { log(e) } }`,
  },
  {
    about: "names that ours could be mistaken for",
    source: `const $spoor = 1, $c = 2, $e = 3, \\u0024spoor1 = 4; function f($c1) { try { throw $e } catch ($e1) { return [$spoor, $c, $c1, $e1, \\u0024spoor1] } } log(f(5))`,
  },
  {
    about: "getters are read no more often",
    source: `
      let reads = 0; const o = { get f() { reads++; return () => ({ get g() { reads++; return () => 1 } }) } };
      log(o.f().g(), o?.f()?.g?.(), reads); const { f } = o; log(reads);
      const p = new Proxy({}, { get(t, k) { log('get', String(k)); return () => 1 }, has() { log('has') }, ownKeys() { log('keys'); return [] } }); function h(a, { b }) { return a.x() } log(h(p, p));`,
  },
  {
    about: "old HTML comments",
    source: `<!-- hidden\nlog(1) <!-- rest\n--> whole line\nfunction f() { return 1 <!-- x\n} log(f())`,
  },
  { about: "nothing at all", source: `// only a comment` },
  {
    about: "return at the top of a CommonJS module",
    source: `log(typeof new.target, arguments.length, this === exports); if (log) return\nlog('never')`,
  },
  {
    about: "an ES module with await at its top",
    as: "module",
    source: `
      import def, { readFileSync as read } from 'node:fs'; import * as all from 'node:path';
      log(typeof def, typeof read, typeof all.join, this, typeof import.meta.url);
      export let live = 1; export const { a, b = 2 } = await Promise.resolve({ a: 1 }); export default function () { return live }
      log(await (async () => a + b)()); for await (const x of [1, Promise.resolve(2)]) log(x);
      try { await Promise.reject(new Error('top')) } catch ({ message }) { log(message) } finally { log('f') }
      export { live as 'a name' }; class K { static x = 1; static { log(K.x) } } attempt(() => { undeclared = 1 }); const { join } = await import('node:path'); log(join('a', 'b'))
      log('end') // last`,
  },
  { about: "an ES module that fails", as: "module", source: `log(1); await null; throw new Error('module')` },
  { about: "an ES module without statements", as: "module", source: `` },
  { about: "an anonymous default export", as: "module", source: `export default () => {}\nlog(1)` },
];

const resources: readonly Program[] = [
  {
    about: "resources of functions",
    source: `
      const res = (name) => ({ [Symbol.dispose]() { inner('dispose ' + name) }, [Symbol.asyncDispose]: async () => { inner('async ' + name); await null; log('later ' + name) } });
      function inner(text) { log(text) }
      function f(n) { using a = res('a'), b = res('b'); if (n) return inner('body'); { using c = res('c'); log('c') } }
      function g() { for (using x of [res(1), res(2)]) { if (x) continue } using y = { [Symbol.dispose]() { throw new Error('y') } }; throw new Error('body') }
      async function h() { await using a = res('h'); using s = res('s'); { await using b = null; log('in') } return 'h' }
      async function i() { for (await using x of [res('i')]) log('loop'); try { await using z = { async [Symbol.asyncDispose]() { throw new Error('z') } } } catch (e) { log(e) } }
      function* k() { using a = res('k'); yield 1; yield 2 }
      f(0); f(1); try { g() } catch (e) { log(e.name, e.error.message, e.suppressed.message) } h().then(log); i().then(log); for (const x of k()) break; log([...k()]);`,
  },
  {
    about: "resources of a module",
    as: "module",
    source: `await using a = { async [Symbol.asyncDispose]() { log('over') } }; using b = null; log(1); await null; log(2)`,
  },
];

function hasResources(): boolean {
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- whether it can be parsed here
    return Boolean(new Function("{ using a = null }"));
  } catch {
    return false;
  }
}

async function expectSame({ source, as = "commonjs" }: Program): Promise<void> {
  const bare = await run(source, as, false);
  const ours = await run(source, as, true);
  expect(ours.logged).toEqual(bare.logged);
  expect(ours.value).toEqual(bare.value);
  expect(bare.logged.join("\n")).not.toContain("left by SyntaxError");
}

test.each(programs)("$about", expectSame);

// Skipped before Node 24: there V8 does not know `using`.
test.skipIf(!hasResources()).each(resources)("$about", expectSame);

// V8 writes source text into some messages. These are the places where it shows ours; each is an error of the program.
test("messages that differ", async () => {
  const source = `
    const u = () => undefined, num = 5;
    for (const action of [() => Math.max(...u()), () => (() => {})()(), () => { try { throw null } catch ({ a }) {} }]) attempt(action);
    (async () => { for (const action of [
      async () => { for (const x of await u()) ; }, async () => [...await num], async () => { let a; ({ a } = await u()) }, async () => { const { a = 1 } = await u() }, async () => { for await (const x of u(1)) ; }, () => [...(function* () { yield* u() })()],
    ]) try { await action() } catch (e) { log(e) } })();`;
  const bare = await run(source, "commonjs", false);
  const ours = await run(source, "commonjs", true);
  expect(ours.logged.length).toBe(bare.logged.length);
  const shown = /\$spoor|\$e|\(intermediate value\)/;
  const differing = ours.logged.filter((line, at) => line !== bare.logged[at]);
  expect(bare.logged.filter((line) => line.includes("$"))).toEqual([]);
  expect(differing.filter((line) => !shown.test(line))).toEqual([]);
});
