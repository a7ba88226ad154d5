// Functions that are handed on to what runs them later. For one that stands as an argument it is enough to know how it is
// handed on: it knows who made it. One of the module's own code, by its name, does not; who hands it on is told there:
//
//     setTimeout($spoor.h($c,7,0,poll),1000)
import type { Given } from "../hooks.ts";
import type { Frame, Walk } from "./walk.ts";
import type { Call, Node } from "./syntax.ts";
import { bare, isFunction } from "./syntax.ts";

/** As the third argument of `h`. */
const ONCE = 0;
const REPEATED = 1;
const EVENT = 2;

/** By the last name of the callee. */
const takers = new Map<string, number>([
  ...["setTimeout", "setImmediate", "nextTick", "queueMicrotask", "then", "catch", "finally", "once"].map(
    (name) => [name, ONCE] as const,
  ),
  ["setInterval", REPEATED],
  ...["on", "addListener", "prependListener", "addEventListener", "createServer", "listen"].map(
    (name) => [name, EVENT] as const,
  ),
]);

/** A function's name as an argument of such a callee. */
export interface Handed {
  readonly name: string;
  readonly at: number;
  readonly taker: number;
  readonly head: string;
  readonly inserts: readonly number[];
}

function takerOf(callee: Node): number | undefined {
  const called = bare(callee);
  const last = called.type === "MemberExpression" && !called.computed ? called.property : called;
  return last.type === "Identifier" ? takers.get(last.name) : undefined;
}

/** Notes what functions among the arguments are there for. */
export function markGiven(walk: Walk, { callee, arguments: args }: Call): void {
  const taker = takerOf(callee);
  const given: Given = taker === ONCE || taker === REPEATED ? "chained" : "passed";
  for (const arg of args) {
    const value = bare(arg);
    if (isFunction(value)) walk.given.set(value, given);
    else if (value.type === "Identifier" && given === "chained") walk.scheduled.add(value.name);
  }
}

/** Opens what goes around the name of a function that is handed on, and gives what closes it. */
export function openHanded(walk: Walk, { callee }: Call, arg: Node): (() => void) | null {
  const taker = takerOf(callee);
  if (taker === undefined || arg.type !== "Identifier" || !knowsCall(walk.frame)) return null;
  const { hooks } = walk.words;
  const { hasCall, call, place } = walk.frame;
  const inserts: number[] = [];
  if (!hasCall) inserts.push(walk.inserts.add(arg.start, `${hooks}.h(${hooks}.m(`, { fn: place }, "),"));
  const head = hasCall ? `${hooks}.h(${call},` : "";
  inserts.push(walk.inserts.add(arg.start, head));
  return () => {
    inserts.push(walk.inserts.add(arg.end, ")"));
    walk.handed.push({ name: arg.name, at: arg.start, taker, head, inserts });
  };
}

/** In parameters and in initial values of fields, the call that runs has no variable. */
function knowsCall({ hasCall, isModule, maker, call }: Frame): boolean {
  return isModule || (hasCall && maker === call);
}

/** Once all functions are known: who is told of, and what was put around other names is taken back. */
export function finishHanded(walk: Walk): void {
  const { inserts, functions, bindings } = walk;
  for (const name of walk.scheduled) {
    const place = walk.named.get(name);
    const definition = functions[place ?? 0];
    if (place !== undefined && definition) functions[place] = { ...definition, given: "chained" };
  }
  for (const { name, at, taker, head, inserts: put } of walk.handed) {
    const place = bindings.isOwnFunction(name, at) ? walk.own.get(name) : undefined;
    if (place === undefined || put.some(inserts.isDropped)) {
      for (const insert of put) inserts.drop(insert);
      continue;
    }
    // Before the last, which closes it.
    inserts.replace(put.at(-2) ?? 0, head, { fn: place }, `,${taker},`);
  }
}
