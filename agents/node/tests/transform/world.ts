// Runs a program bare or instrumented in a V8 realm of its own, and tells what it logged. Instrumented, it also gives the
// picture that the hooks saw: the tree of calls as indented text, which the tests compare.
import { setImmediate as nextTurn, setTimeout as sleep } from "node:timers/promises";
import { types } from "node:util";
import type { Context } from "node:vm";
import { compileFunction, createContext, runInContext } from "node:vm";
import type { CallSite, FunctionDefinition, Hooks, Instrumentation } from "../../src/hooks.ts";
import { instrument } from "../../src/transform/instrument.ts";
import type { SourceForm } from "../../src/transform/parse.ts";
import { splice } from "../../src/transform/splice.ts";

export interface Outcome {
  /** What it gave to `log`, and the error that left it. */
  readonly logged: readonly string[];
  /** Of a script: its completion value. */
  readonly value: unknown;
  readonly picture: string;
}

export async function run(source: string, as: SourceForm, instrumented: boolean): Promise<Outcome> {
  const logged: string[] = [];
  const log = (...values: unknown[]): void => {
    logged.push(values.map(show).join(" "));
  };
  const attempt = (action: () => unknown): void => {
    try {
      log("gave", action());
    } catch (error) {
      log("threw", error);
    }
  };
  const timers = { setImmediate, setTimeout, setInterval, clearInterval, queueMicrotask, nextTick: process.nextTick };
  const names = { log, attempt, ...timers, require: () => ({ read: (value: unknown) => value }) };
  const context = createContext({ ...names });
  let text = source;
  let drawing: Drawing | null = null;
  if (instrumented) {
    const made = instrumentation(source, as);
    drawing = draw(made);
    text = splice(source, made, { functions: 0, sites: 0 });
    const global = as === "module" ? globalThis : runInContext("globalThis", context);
    Object.defineProperty(global, made.hooks, { value: drawing.hooks, configurable: true, enumerable: false });
  }
  let value: unknown;
  try {
    if (as === "script") value = runInContext(text, context);
    else if (as === "module") await importText(text, names);
    else value = commonjs(text, context);
  } catch (error) {
    log("left by", error);
  }
  for (let turn = 0; turn < 20; turn++) await nextTurn();
  // Turns of timers, however long each takes.
  for (let turn = 0; turn < 10 && /setTimeout|setInterval/.test(source); turn++) await sleep(3);
  return { logged, value, picture: drawing?.picture() ?? "" };
}

function commonjs(text: string, context: Context): unknown {
  const module = { exports: {} };
  const parameters = ["exports", "require", "module", "__filename", "__dirname"];
  const wrapper = compileFunction(text, parameters, { parsingContext: context }) as (...args: unknown[]) => unknown;
  const { require } = context as { require: unknown };
  return Reflect.apply(wrapper, module.exports, [module.exports, require, module, "/file.js", "/"]);
}

async function importText(text: string, names: object): Promise<void> {
  // A module of this process has no realm of its own, so it is given the names by a first line, which it does not log.
  const key = `world${Math.random().toString(36).slice(2)}`;
  Object.assign(globalThis, { [key]: names });
  const head = `const {${Object.keys(names).join(",")}}=globalThis.${key};`;
  await import(/* @vite-ignore */ `data:text/javascript;base64,${Buffer.from(head + text).toString("base64")}`);
}

export function instrumentation(source: string, as: SourceForm = "commonjs"): Instrumentation {
  const made = instrument(source, { as });
  if ("refused" in made) throw new Error(`refused: ${made.message}`);
  return made;
}

export function instrumentedText(source: string, as: SourceForm = "commonjs"): string {
  return splice(source, instrumentation(source, as), { functions: 0, sites: 0 });
}

interface Drawing {
  readonly hooks: Hooks;
  picture(): string;
}

interface Drawn {
  readonly name: string;
  readonly head: string;
  readonly depth: number;
  readonly lines: (string | Drawn)[];
  outcome: string;
  state: "running" | "suspended" | "over";
  pending: string | null;
}

/** The hooks as spec/ means them, told slowly: a stack of running calls, and what happened to each. */
function draw({ functions, sites }: { functions: readonly FunctionDefinition[]; sites: readonly CallSite[] }): Drawing {
  const roots: Drawn[] = [];
  const calls: Drawn[] = [];
  let stack: Drawn[] = [];
  let site: number | null = null;
  // A call that is suspended from the next step of an iterator on, which it still runs itself.
  let stepping: Drawn | null = null;
  const gaps = new Map<string, number>();

  function settleSite(): void {
    const told = site === null ? undefined : sites[site]?.callee;
    if (told !== undefined) gaps.set(told, (gaps.get(told) ?? 0) + 1);
    site = null;
  }

  function enter(fn: number, maker: number, values: readonly unknown[]): number {
    site = null;
    const { name, captures, kind } = functions[fn] ?? { name: "?", captures: [], kind: "function" };
    const later = stack.length === 0 && maker !== 0 ? "later " : "";
    const head = `${later}${name}(${captures.map((capture, place) => `${capture}: ${show(values[place])}`).join(", ")})`;
    const made = maker === 0 ? undefined : calls[maker - 1];
    // What makes a function stands around it.
    if (maker !== 0 && !(made && name.startsWith(made.name))) throw new Error(`${name} is told of ${made?.name}`);
    const parent = (/generator|coroutine/.test(kind) ? stepping : null) ?? stack.at(-1) ?? made;
    stepping = null;
    const call: Drawn = { name, head, depth: 0, lines: [], outcome: "still running", state: "running", pending: null };
    (parent ? parent.lines : roots).push(call);
    stack.push(call);
    return calls.push(call);
  }

  function end(number: number, outcome: string): void {
    const call = calls[number - 1];
    if (!call || call.state === "over") return;
    settleSite();
    stepping = null;
    const place = stack.indexOf(call);
    for (const above of place < 0 ? [] : stack.slice(place + 1)) {
      above.outcome = "left";
      above.state = "over";
    }
    if (place >= 0) stack = stack.slice(0, place);
    call.outcome = outcome;
    call.state = "over";
  }

  function suspend(number: number, told: string | null): void {
    const call = calls[number - 1];
    if (call?.state !== "running") return;
    settleSite();
    stepping = told === "step" ? call : null;
    if (told !== null) call.lines.push(told);
    call.state = "suspended";
    stack = stack.slice(0, stack.indexOf(call));
  }

  function resume(number: number): void {
    const call = calls[number - 1];
    if (call?.state !== "suspended") return;
    stepping = null;
    // The callee of the site has resumed it.
    site = null;
    call.state = "running";
    call.lines.push("resumed");
    stack.push(call);
  }

  function note(number: number, told: string): void {
    const call = calls[number - 1];
    settleSite();
    if (call?.state === "running") stack.splice(stack.indexOf(call) + 1).forEach((above) => (above.outcome = "left"));
    if (call) call.lines.push(told);
    else roots.push({ name: "", head: told, depth: 0, lines: [], outcome: "", state: "over", pending: null });
  }

  const hooks: Hooks = {
    e0: (fn, maker) => enter(fn, maker, []),
    e1: (fn, maker, ...values) => enter(fn, maker, values),
    e2: (fn, maker, ...values) => enter(fn, maker, values),
    e3: (fn, maker, ...values) => enter(fn, maker, values),
    e4: (fn, maker, ...values) => enter(fn, maker, values),
    en: enter,
    m: () => 0,
    r(call, value) {
      end(call, `= ${show(value)}`);
      return value;
    },
    q: (call) => end(call, "over"),
    p<T>(call: number, value?: T): T {
      const pending = calls[call - 1];
      if (pending) pending.pending = value === undefined ? "over" : `= ${show(value)}`;
      return value as T;
    },
    f(call) {
      end(call, calls[call - 1]?.pending ?? "closed");
    },
    x: (call, error) => end(call, `! ${show(error)}`),
    w(call, operand) {
      suspend(call, "await");
      return operand;
    },
    l<T>(call: number, operand?: T): T {
      suspend(call, "step");
      return operand as T;
    },
    y(call, value) {
      suspend(call, `yield ${show(value)}`);
      return value;
    },
    u(call, value) {
      resume(call);
      return value;
    },
    d: resume,
    t(call, line, error) {
      note(call, `throw at ${line}: ${show(error)}`);
      return error;
    },
    c(call, line, error) {
      resume(call);
      note(call, `caught at ${line}: ${show(error)}`);
    },
    s<T>(place: number, value?: T): T {
      settleSite();
      site = place;
      return value as T;
    },
    g: (_call, _taker, value) => value,
    b: (_call, _taker, _holder, _name, value) => value,
    h(call, fn, taker, value) {
      const by = ["once", "again and again", "by events"][taker];
      calls[call - 1]?.lines.push(`hands on ${functions[fn]?.name}, to be run ${by}`);
      return value;
    },
    n(place) {
      settleSite();
      site = place ?? null;
      return [];
    },
    k: (call, resumes) => ({
      [Symbol.dispose]: () => (resumes === 1 ? resume(call) : suspend(call, "step")),
    }),
  };

  function lines(entry: string | Drawn, depth: number): string[] {
    const indent = "  ".repeat(depth);
    if (typeof entry === "string") return [`${indent}· ${entry}`];
    return [
      `${indent}${entry.head} ${entry.outcome}`.trimEnd(),
      ...entry.lines.flatMap((line) => lines(line, depth + 1)),
    ];
  }

  return {
    hooks,
    picture() {
      settleSite();
      const outside = [...gaps].filter(([callee]) => callee !== "log" && callee !== "attempt");
      const told =
        outside.length > 0 ? [`gaps: ${outside.map(([name, times]) => `${name} x${times}`).join(", ")}`] : [];
      return [...roots.flatMap((root) => lines(root, 0)), ...told].join("\n");
    },
  };
}

/** Values as far as tests need them; objects are told by their class, and nothing of theirs is called but an error's text. */
function show(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "function") return `<${value.name}>`;
  if (Array.isArray(value)) return `[${value.map(show).join(",")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  if (types.isProxy(value)) return "a proxy";
  const { name, message } = value as { name?: unknown; message?: unknown };
  if (typeof message === "string" && typeof name === "string") return `${name}: ${message}`;
  return `{${Object.keys(value).join(",")}}`;
}
