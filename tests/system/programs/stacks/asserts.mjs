// Assertions that fail, whose source Node shows, errors of modules, and one that nobody handles.
import assert from 'node:assert'; import { ok } from 'node:assert/strict';
const show = (e) => console.log(e.stack);
function f(a) { const b = a + 1; return g(b); } function g(c) { if (c > 2) { throw new RangeError('too ' + c); } return c }
try { f(2) } catch (e) { show(e) }
try { ok([1, 2].every((n) => n > f(0))) } catch (e) { console.log(e.message) }
try { assert(f(0) === 2) } catch (e) { console.log(e.message) } try { assert.equal(f(0), 3) } catch (e) { console.log(e.message) }
try { assert(f(0) === 2, 'mine') } catch (e) { console.log(e.message) } try { ok(
   f(0) ===
     3) } catch (e) { console.log(e.message) }
try { assert.strict.ok(((a) => { return a > 2 })(1)) } catch (e) { console.log(e) }
try { await (async () => { const r = await f(1); await g(r); throw await new Error('aw') })() } catch (e) { show(e) }
const t = await import('./other.mjs').catch((e) => e); show(t);
setTimeout(() => { const q = f(0); f(q + 2) }, 1);
