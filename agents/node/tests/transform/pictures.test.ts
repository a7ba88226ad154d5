// What the hooks see of each kind of function and statement, as trees of calls.
import { expect, test } from "vitest";
import type { SourceForm } from "../../src/transform/parse.ts";
import { run } from "./world.ts";

async function picture(source: string, as: SourceForm = "commonjs"): Promise<string> {
  const bare = await run(source, as, false);
  const { logged, picture: drawn } = await run(source, as, true);
  expect(logged).toEqual(bare.logged);
  return drawn;
}

test("functions, arrows and methods", async () => {
  const source = `
    function add(a, { b }, ...rest) { return double(a) + b + rest.length }
    const double = (n) => n * 2;
    class Cart {
      #items = [];
      static create(owner) { return new Cart(owner) }
      constructor(owner) { this.owner = owner }
      get size() { return this.#items.length }
      put(item) { this.#items.push(item); [1].forEach(() => this.size) }
    }
    add(1, { b: 2 }, 3, 4);
    Cart.create('me').put('x');
  `;
  expect(await picture(source)).toMatchInlineSnapshot(`
    "add(a: 1, b: 2, rest: [3,4]) = 6
      double(n: 1) = 2
    Cart.static create(this: <Cart>, owner: me) = {owner}
      Cart.constructor(this: {}, owner: me) over
    Cart.put(this: {owner}, item: x) over
      Cart.put.<anonymous>() = 1
        Cart.get size(this: {owner}) = 1
    gaps: this.#items.push x1"
  `);
});

test("constructors that nobody wrote: those of classes that are not derived", async () => {
  const source = `
    const one = () => 1;
    class Plain {}
    class Base { x = one(); hello() { return this.x } }
    class Derived extends Base { y = this.hello() }
    class Written { constructor() { this.z = new Plain() } }
    const make = () => class { q = 3 };
    log(new Plain(), new Derived().y, new Written().z, new (make())().q, Base.length, Derived.name);
    log(Object.getOwnPropertyNames(Base.prototype).join());
    try { Base() } catch ({ message }) { log(message) }
    log(Reflect.construct(Base, [], Array) instanceof Array);
  `;
  expect(await picture(source)).toMatchInlineSnapshot(`
    "Plain.constructor(this: {}) over
    one() = 1
    Base.constructor(this: {x}) over
    Base.hello(this: {x}) = 1
    Written.constructor(this: {}) over
      Plain.constructor(this: {}) over
    make() = <>
      later make.<class>.constructor(this: {q}) over
    caught at 10: TypeError: Class constructor Base cannot be invoked without 'new'
    one() = 1
    Base.constructor(this: {x}) over
    gaps: Object.getOwnPropertyNames x1, Object.getOwnPropertyNames(…).join x1, Reflect.construct x1"
  `);
});

test("derived constructors, super and class blocks", async () => {
  const source = `
    class Base { constructor(x) { this.x = x } hello() { return 'hello ' + this.x } }
    class Derived extends Base {
      static made = start();
      static { start() }
      constructor(x) { super(x + 1); this.y = x }
      hello() { return super.hello() + '!' }
    }
    function start() { return 1 }
    log(new Derived(1).hello());
  `;
  expect(await picture(source)).toMatchInlineSnapshot(`
    "start() = 1
    Derived() over
      start() = 1
    Derived.constructor(x: 1) over
      Base.constructor(this: {}, x: 2) over
    Derived.hello(this: {x,y}) = hello 2!
      Base.hello(this: {x,y}) = hello 2"
  `);
});

test("exceptions, where they are thrown and where they are caught", async () => {
  const source = `
    function outer() {
      try { middle() } catch (error) {
        return error.message
      }
    }
    function middle() { inner() }
    function inner() { throw new Error('x') }
    outer();
    try { null.x } catch ({ message }) { log(message) }
    try { inner() } catch { }
  `;
  expect(await picture(source)).toMatchInlineSnapshot(`
    "outer() = x
      middle() ! Error: x
        inner() ! Error: x
          · throw at 8: Error: x
      · caught at 3: Error: x
    caught at 10: TypeError: Cannot read properties of null (reading 'x')
    inner() ! Error: x
      · throw at 8: Error: x
    caught at 11: Error: x
    gaps: new Error x2"
  `);
});

test("a return that finally follows", async () => {
  const source = `
    function f() { try { return g(1) } finally { g(2) } }
    function overridden() { try { return 1 } finally { return 2 } }
    function thrown() { try { return 1 } finally { throw new Error('late') } }
    function continued() { for (const x of [1, 2]) { try { return x } finally { continue } } return 3 }
    function g(x) { return x }
    f(); overridden(); attempt(thrown); continued();
  `;
  expect(await picture(source)).toMatchInlineSnapshot(`
    "f() = 1
      g(x: 1) = 1
      g(x: 2) = 2
    overridden() = 2
    thrown() ! Error: late
      · throw at 4: Error: late
    continued() = 3
    gaps: new Error x1"
  `);
});

test("generators", async () => {
  const source = `
    function* count(n) { for (let i = 0; i < n; i++) { const got = yield i; if (got) log(got) } return 'end' }
    function* both() { yield* count(1); yield 9 }
    function* guarded() { try { yield 1 } finally { log('cleaned') } }
    const it = count(2); it.next(); it.next('got'); it.next();
    for (const x of both()) log(x);
    for (const x of guarded()) break;
    const thrown = guarded(); thrown.next(); attempt(() => thrown.throw(new Error('in')));
    count(1).return();
  `;
  expect(await picture(source)).toMatchInlineSnapshot(`
    "count(n: 2) = end
      · yield 0
      · resumed
      · yield 1
      · resumed
    both() over
      · step
      count(n: 1) = end
        · yield 0
        · resumed
      · resumed
      · yield 9
      · resumed
    guarded() closed
      · yield 1
      · resumed
    guarded() ! Error: in
      · yield 1
      · resumed
    <anonymous>() ! Error: in
    gaps: new Error x1, count(…).return x1"
  `);
});

test("async functions are one call, with the parent kept across await", async () => {
  const source = `
    async function main() { const [a, b] = await Promise.all([work(1), work(2)]); log(a, b); return after() }
    async function work(n) { inner(n); await null; return inner(n * 10) }
    function inner(n) { return n }
    const after = async () => { try { await Promise.reject(new Error('no')) } catch (e) { return inner(7) } finally { inner(8) } };
    main().then(log);
  `;
  expect(await picture(source)).toMatchInlineSnapshot(`
    "main() = {}
      work(n: 1) = 10
        inner(n: 1) = 1
        · await
        · resumed
        inner(n: 10) = 10
      work(n: 2) = 20
        inner(n: 2) = 2
        · await
        · resumed
        inner(n: 20) = 20
      · await
      · resumed
      after() = 7
        · await
        · resumed
        · caught at 5: Error: no
        inner(n: 7) = 7
        inner(n: 8) = 8
    gaps: Promise.all x1, new Error x1, Promise.reject x1"
  `);
});

test("async generators and for await", async () => {
  const source = `
    async function* ticks() { yield tick(1); await null; yield tick(2) }
    function tick(n) { return n }
    async function main() {
      outer: for (const round of [1, 2]) {
        for await (const n of ticks()) { tick(n * 10); if (n === 1 && round === 1) continue outer; if (n === 2) return tick(99) }
      }
    }
    main();
  `;
  expect(await picture(source)).toMatchInlineSnapshot(`
    "main() = 99
      · step
      ticks() closed
        tick(n: 1) = 1
        · yield 1
      · resumed
      tick(n: 10) = 10
      · step
      · resumed
      · step
      ticks() closed
        tick(n: 1) = 1
        · yield 1
        · resumed
        · await
        · resumed
        tick(n: 2) = 2
        · yield 2
      · resumed
      tick(n: 10) = 10
      · step
      · resumed
      tick(n: 20) = 20
      tick(n: 99) = 99
      · step
      · resumed"
  `);
});

test("an ES module's own code, with await at the top", async () => {
  const source = `
    import { createHash as hash } from 'node:crypto';
    export const value = await later(1);
    function later(n) { return Promise.resolve(n) }
    hash('sha1');
    export default later;
  `;
  expect(await picture(source, "module")).toMatchInlineSnapshot(`
    "<module>() over
      later(n: 1) = {}
      · await
      · resumed
    gaps: Promise.resolve x1, hash x1"
  `);
});

test("calls of what is not recorded", async () => {
  const source = `
    const fs = require('fs');
    const own = () => 1;
    fs.read(own()); own(); fs.read(...[1], own()); [3, 1].sort().map((x) => x).join();
    new Map; new Set([1]); 'a'?.trim(); String.raw\`x\${own()}\`; String.raw\`y\`;
    const call = (f) => f(); call(own); call(Array.of);
  `;
  expect(await picture(source)).toMatchInlineSnapshot(`
    "own() = 1
    own() = 1
    own() = 1
    <anonymous>(x: 1) = 1
    <anonymous>(x: 3) = 3
    own() = 1
    call(f: <own>) = 1
      own() = 1
    call(f: <of>) = []
    gaps: fs.read x2, [3, 1].sort x1, [3, 1].sort().map(…).join x1, new Map x1, new Set x1, 'a'.trim x1, String.raw x2, f x1"
  `);
});

test("bodies that cannot be put into a block", async () => {
  const source = `
    function twice() { function g() { return 1 } function g() { return 2 } return g() }
    function both(a) { var g; function g() { throw new Error('x') } function a() {} return g }
    twice(); both(1); attempt(() => both(2)());
  `;
  expect(await picture(source)).toMatchInlineSnapshot(`
    "twice() = 2
      twice.g() = 2
    both() = <g>
    <anonymous>() ! Error: x
      both() = <g>
      both.g() ! Error: x
        · throw at 3: Error: x
    gaps: new Error x1"
  `);
});

test("what an async generator returns is awaited before it is over", async () => {
  const source = `
    async function* f() { try { return Promise.reject(new Error('no')) } catch { return Promise.resolve(other()) } }
    function other() { return 5 }
    f().next().then((step) => log(step.value));
  `;
  expect(await picture(source)).toMatchInlineSnapshot(`
    "f() = {}
      · await
      · resumed
      · caught at 2: Error: no
      other() = 5
      · await
    <anonymous>(step: {value,done}) = undefined
    gaps: new Error x1, Promise.reject x1, Promise.resolve x1"
  `);
});

test("a function with a with in it is not recorded, and what it calls is", async () => {
  const source = `function f(o) { with (o) { return g(x) } } function g(x) { return x } log(f({ x: 1 }))`;
  expect(await picture(source)).toMatchInlineSnapshot(`"g(x: 1) = 1"`);
});

test("code of the program between await and what is told of it later", async () => {
  const source = `
    async function f() { const { a = inner(1) } = await {}; (await null)?.go(); inner(2); (await { go: inner })[inner('go')](3); for (const y of await [4, 5]) inner(y); for (const { y = inner(6) } of await [{}]) inner(7); inner(8) }
    function inner(x) { return x }
    f();
  `;
  expect(await picture(source)).toMatchInlineSnapshot(`
    "f() over
      · await
      · resumed
      inner(x: 1) = 1
      · await
      · resumed
      inner(x: 2) = 2
      · await
      · resumed
      inner(x: go) = go
      inner(x: 3) = 3
      · await
      · resumed
      inner(x: 4) = 4
      inner(x: 5) = 5
      · await
      · resumed
      inner(x: 6) = 6
      inner(x: 7) = 7
      inner(x: 8) = 8"
  `);
});

// Skipped before Node 24: there V8 does not know `using`.
test.skipIf(!("dispose" in Symbol) || Number(process.versions.node.split(".")[0]) < 24)(
  "what is disposed of at the end",
  async () => {
    const source = `
    function res(name) { return { [Symbol.dispose]() { end(name) }, async [Symbol.asyncDispose]() { end(name); await null } } }
    function end(name) { return name }
    function f() { using a = res('a'); end('body') }
    function g() { using a = res('a'); return end('body') }
    async function h() { { await using a = res('h'), b = res('i') } end('after') }
    f(); g(); h();
  `;
    expect(await picture(source)).toMatchInlineSnapshot(`
      "f() over
        res(name: a) = {}
        end(name: body) = body
        res.[Symbol.dispose](this: {}) over
          end(name: a) = a
      g() = body
        res(name: a) = {}
        end(name: body) = body
        res.[Symbol.dispose](this: {}) over
          end(name: a) = a
      h() over
        res(name: h) = {}
        res(name: i) = {}
        · step
        res.[Symbol.asyncDispose](this: {}) over
          end(name: i) = i
          · await
          · resumed
        · resumed
        end(name: after) = after
      res.[Symbol.asyncDispose](this: {}) over
        end(name: h) = h
        · await
        · resumed"
    `);
  },
);

test("what runs with nothing below it hangs under the call that made it", async () => {
  const source = `
    function begin(n, notify = () => n) {
      setTimeout(() => { step(); Promise.resolve(n).then((v) => step()) }, 1);
      queueMicrotask(notify);
      queueMicrotask(top);
      queueMicrotask(new (class { run = () => step() })().run);
    }
    function step() { return 1 }
    const top = () => step();
    begin(1);
  `;
  expect(await picture(source)).toMatchInlineSnapshot(`
    "begin(n: 1, notify: <notify>) over
      · hands on top, to be run once
      begin.<class>.constructor(this: {run}) over
      later begin.<class>.run() = 1
        step() = 1
      later begin.<anonymous>() over
        step() = 1
        later begin.<anonymous>.<anonymous>(v: 1) = 1
          step() = 1
    begin.notify() = 1
    top() = 1
      step() = 1
    gaps: setTimeout x1, queueMicrotask x3, Promise.resolve x1, Promise.resolve(…).then x1"
  `);
});
