// Errors of a worker thread and of code that `node:vm` compiles, told where it begins, some of it in a realm of its own.
const { Worker, isMainThread } = require('worker_threads'); const vm = require('vm');
function go(n) { const k = n; if (k) { return go(k - 1) } throw new Error('thrown') } 
if (isMainThread) { const w = new Worker(__filename); w.on('error', (e) => { const q = 1; console.log('err', e.stack) }); } else {
const c = vm.createContext({ console }); const s = new vm.Script("function h(a) { const r = a; throw new Error('in vm') }; try { h(1) } catch (e) { console.log(e.stack); console.log(Error.prepareStackTrace) }\n Error.prepareStackTrace = (e, s) => s[0].getColumnNumber(); function i(){ const k = 1; return new Error('a').stack }; console.log(i())", { filename: __dirname + '/vmcode.js', lineOffset: 5, columnOffset: 7 }); s.runInContext(c);
vm.runInThisContext("function h2(a) { const r = a; throw new Error('in vm') }; try { h2(1) } catch (e) { console.log(e.stack) }", { filename: __dirname + '/vmcode2.js', columnOffset: -3 });
const fn = vm.compileFunction("const q = 1; function h2(a) { const r = a; throw new Error('in vm') }; try { h2(1) } catch (e) { console.log(e.stack) }", ['a'], { filename: __dirname + '/vmcode3.js', lineOffset: 2, columnOffset: 9 }); fn();
go(1) }
