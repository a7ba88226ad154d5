'use strict';
// Errors from everywhere that code can stand, with more than one thing on most lines: prints their stacks, also as it draws them itself.
function show(e) { console.log(e.stack.split('\n').filter(l => l.includes('throws.cjs') || !l.startsWith('    at')).join('\n')); }
function deep(n, f) { return n === 0 ? f() : deep(n - 1, f); }
class A { #x = deep(0, () => 1); constructor(v) { this.v = v; show(new Error('in ctor')); } get g() { return show(new Error('getter')), 1; } static s() { throw new TypeError('static'); } m(a = deep(1, () => new Error('default'))) { show(a); }
  static { show(new Error('static block')); } field = show(new Error('field')); }
class B extends A { constructor() { const q = 1; super(q); } }
try { deep(3, () => { throw new Error('x'); }); } catch (e) { show(e); }
try { null.f(); } catch (e) { show(e); } try { [1].map((x) => undefined.y); } catch (e) { show(e); }
try { A.s(); } catch (e) { show(e); }
new A(1).m(); new B().g; const a = new A(2); a.g;
function* gen() { yield 1; const r = yield show(new Error('gen')); throw new Error('g' + r); }
const it = gen(); it.next(); it.next(); try { it.next(4); } catch (e) { show(e); }
async function as(x) { await null; if (x) { await as(x - 1); } else { throw new Error('async'); } }
as(2).catch(show);
(async () => { for await (const x of [1, Promise.resolve(2)]) { show(new Error('for await')); } })();
Promise.all([as(0)]).catch(show);
const { p = show(new Error('pattern')) } = {}; `${{ toString() { show(new Error('tpl')); return ''; } }}`;
try { eval("function ev() { throw new Error('ev') }; ev()"); } catch (e) { show(e); }
try { new Function("a", "return a.b.c")({}); } catch (e) { show(e); }
setTimeout(function tick() { show(new Error('timer')); const o = {}; Error.captureStackTrace(o, tick); console.log(o.stack.split('\n').length); }, 1);
const old = Error.prepareStackTrace;
Error.prepareStackTrace = (e, sites) => sites.map((s) => [s.getFileName()?.endsWith('throws.cjs'), s.getLineNumber(), s.getColumnNumber(), s.getEnclosingColumnNumber(), s.getFunctionName(), s.getEvalOrigin(), String(s), Object.keys(s).length, s.constructor.name, require('util').inspect(s)].join()).slice(0, 2).join('\n');
function custom() { const z = 1; return new Error('c').stack; } console.log(custom()); console.log(eval('new Error("z").stack'));
console.log(Error.prepareStackTrace === old, typeof Error.prepareStackTrace); const mine = Error.prepareStackTrace; console.log(mine === Error.prepareStackTrace);
Error.prepareStackTrace = undefined; console.log(deep(1, () => new Error('u').stack).split('\n').slice(0, 4).join('\n')); console.log(Error.prepareStackTrace);
Error.prepareStackTrace = old; console.log(Error.prepareStackTrace === old, old.name, old.length, String(old));
const g = globalThis; let f2 = function () { return new Error('assigned') }; const o2 = { meth() { return f2() }, arrow: () => f2(), ['comp' + 1]() { return f2() } };
show(o2.meth()); show(o2.arrow()); show(o2.comp1()); show([3].map(f2)[0]); show(f2.call(o2)); show(Reflect.apply(f2, null, [])); show(new Proxy(f2, {})()); 
label: for (const q of [1, 2]) { if (q > 1) { show(new Error('loop')); continue label; } }
switch (1) { case deep(0, () => 1): show(new Error('sw')); default: { show(((a, b) => { return new Error(a + b) })(1, 2)); } }
const bind = deep.bind(null, 2); show(bind(() => new Error('bound'))); [2, 1].sort(() => { show(new Error('sort')); return 0; });
try { JSON.parse('{', (k, v) => v); } catch (e) { show(e) } try { undefinedVariable + 1 } catch (e) { show(e) } try { (void 0)() } catch (e) { show(e) } try { let q = q2; let q2; } catch (e) { show(e) } try { new (class { constructor() { this.a.b } })() } catch (e) { show(e) }
function wrap() { try { return deep(1, () => { throw new Error('rethrown') }) } catch (e) { throw new Error('outer', { cause: e }) } finally { deep(0, () => 1) } } try { wrap() } catch (e) { show(e); show(e.cause) }
async function many() { await Promise.all([1, 2].map(async (n) => { await deep(0, () => null); await deep(0, () => as(0)) })) } many().catch(show); Promise.any([as(0)]).catch((e) => show(e.errors[0]));
process.on('uncaughtException', (e) => { show(e) }); setTimeout(() => { deep(2, () => { throw new Error('uncaught') }) }, 3);
