// A realm for one test: what test262 wants a host to define, the loading of modules, and, where the code is instrumented, the
// global with hooks. The hooks do nothing but check: that each call is ended once, and that nothing happens to it after.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Context, Module } from "node:vm";
import { Script, SourceTextModule, createContext, runInContext } from "node:vm";
import { instrument } from "../../../src/transform/instrument.ts";
import type { InstrumentedFile } from "../../../src/transform/original-text.ts";
import { originalText } from "../../../src/transform/original-text.ts";
import type { SourceForm } from "../../../src/transform/parse.ts";
import { splice } from "../../../src/transform/splice.ts";

export interface Realm {
  readonly context: Context;
  /** What `print` was given. */
  readonly printed: string[];
  /** Why code was left as it is. */
  readonly refusals: string[];
  run(source: string, path: string): unknown;
  runModule(source: string, path: string): Promise<void>;
  /** Calls of functions that were entered and not ended, although none of them waits for anything. */
  open(): number;
}

type MakeHooks = (restore: (text: string) => string | null, isModule: (fn: number) => boolean) => { open(): number };

export function makeRealm(folder: string, instrumented: boolean): Realm {
  const context = createContext({});
  const printed: string[] = [];
  const refusals: string[] = [];
  const modules = new Map<string, Module>();
  const evaluations = new Map<Module, Promise<void>>();
  const hooks = new Map<string, { open(): number }>();
  const files: InstrumentedFile[] = [];
  let next = 1;

  function transform(source: string, as: SourceForm): string {
    if (!instrumented) return source;
    const made = instrument(source, { as });
    if ("refused" in made) {
      refusals.push(made.message);
      return source;
    }
    if (!hooks.has(made.hooks)) {
      const created = (runInContext(hooksSource, context) as MakeHooks)(
        (text) => restore(made.hooks, text),
        (fn) => files.some(({ bases }) => bases.functions === fn),
      );
      const value = { value: created, enumerable: false, configurable: true, writable: true };
      Object.defineProperty(runInContext("globalThis", context), made.hooks, value);
      hooks.set(made.hooks, created);
    }
    const bases = { functions: next, sites: 0 };
    files.push({ source, instrumentation: made, bases });
    next += made.functions.length;
    return splice(source, made, bases);
  }

  // What loading/ does, so that tests see the text of their functions.
  function restore(name: string, text: string): string | null {
    return originalText(text, name, (fn) => files.findLast(({ bases }) => bases.functions <= fn) ?? null);
  }

  function run(source: string, path: string): unknown {
    const filename = join(folder, path);
    const options = { filename, importModuleDynamically: (name: string) => load(join(dirname(path), name)) };
    return new Script(transform(source, "script"), options).runInContext(context, { timeout: 60_000 });
  }

  function compileModule(source: string, path: string): Module {
    const known = modules.get(path);
    if (known) return known;
    const module = new SourceTextModule(transform(source, "module"), {
      context,
      identifier: path,
      importModuleDynamically: (name: string) => load(join(dirname(path), name)),
    });
    modules.set(path, module);
    return module;
  }

  async function load(path: string): Promise<Module> {
    const module = compileModule(readFileSync(join(folder, path), "utf8"), path);
    return finish(module);
  }

  // To ask twice for the evaluation of a module in a cycle ends Node 20.
  async function finish(module: Module): Promise<Module> {
    if (module.status === "unlinked")
      await module.link((name, { identifier }) => {
        const path = join(dirname(identifier), name);
        return compileModule(readFileSync(join(folder, path), "utf8"), path);
      });
    if (module.status === "linked") evaluations.set(module, module.evaluate());
    await evaluations.get(module);
    return module;
  }

  async function runModule(source: string, path: string): Promise<void> {
    await finish(compileModule(source, path));
  }

  const realm: Realm = {
    context,
    printed,
    refusals,
    run,
    runModule,
    open: () => [...hooks.values()].reduce((sum, each) => sum + each.open(), 0),
  };
  define(realm, folder, instrumented);
  return realm;
}

function define(realm: Realm, folder: string, instrumented: boolean): void {
  const { context } = realm;
  const global = runInContext("globalThis", context);
  const host = {
    global,
    createRealm: (): unknown => (makeRealm(folder, instrumented).context as { $262: unknown }).$262,
    evalScript: (source: string): unknown => realm.run(source, "evalScript"),
    detachArrayBuffer: (buffer: ArrayBuffer): void => {
      structuredClone(buffer, { transfer: [buffer] });
    },
    gc: (): void => undefined,
    agent: {},
  };
  const hide = (value: unknown): PropertyDescriptor => ({
    value,
    writable: true,
    configurable: true,
    enumerable: false,
  });
  Object.defineProperty(context, "$262", hide(host));
  Object.defineProperty(
    context,
    "print",
    hide((text: unknown) => realm.printed.push(String(text))),
  );
}

/** Evaluated in the realm, so that what hooks give is the realm's; it must not rely on anything that a test may change. */
const hooksSource = `((restore, isModule) => {
  const { toString } = Function.prototype;
  const { apply } = Reflect;
  const patched = { toString() { const text = apply(toString, this, []); return restore(text) ?? text; } };
  Object.defineProperty(Function.prototype, "toString", { value: patched.toString, writable: true, configurable: true });
  let calls = 0;
  // An array would call a setter that a test has put on Object.prototype.
  let state = new Int8Array(1024);
  const { set } = state;
  const enter = (fn) => {
    if (calls === state.length) {
      const longer = new Int8Array(calls * 2);
      apply(set, longer, [state]);
      state = longer;
    }
    state[calls] = isModule(fn) ? 0 : 1;
    return calls++;
  };
  const end = (call) => { state[call] = 0; };
  const suspend = (call) => { if (state[call] > 0) state[call] = 2; };
  const resume = (call) => { if (state[call] > 0) state[call] = 1; };
  const done = { __proto__: null, done: true, value: undefined };
  const iterator = { __proto__: null, next: () => done };
  const nothing = { __proto__: null, [Symbol.iterator]: () => iterator };
  const { dispose } = Symbol;
  return {
    __proto__: null,
    e0: enter, e1: enter, e2: enter, e3: enter, e4: enter, en: enter,
    m: () => -1,
    r(call, value) { end(call); return value; },
    q: end, f: end, x: end,
    p: (call, value) => value,
    w(call, operand) { suspend(call); return operand; },
    l(call, operand) { suspend(call); return operand; },
    y(call, operand) { suspend(call); return operand; },
    u(call, value) { resume(call); return value; },
    d: resume,
    t: (call, line, error) => error,
    c: resume,
    s: (site, value) => value,
    h: (call, fn, taker, value) => value,
    g: (call, taker, value) => value,
    b: (call, taker, holder, name, value) => value,
    n: () => nothing,
    k: (call, resumes) => ({ __proto__: null, [dispose]() { if (resumes) resume(call); else suspend(call); } }),
    open() { let open = 0; for (let call = 0; call < calls; call++) if (state[call] === 1) open++; return open; },
  };
})`;
