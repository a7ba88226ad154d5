// Functions that are handed on to what runs them later. For one that stands as an argument it is enough to know how it is
// handed on: it knows who made it. One of the module's own code, by its name, does not; who hands it on is told there. So are
// values that may be such functions, and methods:
//
//     setTimeout($spoor.h($c,7,0,poll),1000)     x.on("y",$spoor.g($c,2,imported))     setTimeout($spoor.b($c,0,this,"tick",this.tick.bind(this)))
import type { Given } from "../hooks.ts";
import type { Frame, Walk } from "./walk.ts";
import { addHook } from "./walk.ts";
import type { Call, Identifier, Node } from "./syntax.ts";
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
  readonly node: Identifier;
  readonly taker: number;
  readonly head: string;
  readonly inserts: readonly number[];
  /** Place of the module's own code, whose call has to be asked for; null where there is a variable with the call. */
  readonly asked: number | null;
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

/** Opens what goes around something that is handed on, and gives what closes it. */
export function openHanded(walk: Walk, { callee }: Call, arg: Node): (() => void) | null {
  const taker = takerOf(callee);
  if (taker === undefined || !knowsCall(walk.frame)) return null;
  if (arg.type === "Identifier") return openNamed(walk, arg, taker);
  if (arg.type === "MemberExpression" && arg.object.type !== "Super") return openValue(walk, arg, "g", `,${taker},`);
  const bound = boundMethod(arg);
  return bound && openValue(walk, arg, "b", `,${taker},${bound.holder},${JSON.stringify(bound.name)},`);
}

/** `this.tick.bind(this)`. What holds the method can be named twice, and the call is told by its last argument. */
function boundMethod(arg: Node): { readonly holder: string; readonly name: string } | null {
  if (arg.type !== "CallExpression" || arg.callee.type !== "MemberExpression" || arg.callee.computed) return null;
  const { object: method, property } = arg.callee;
  if (property.type !== "Identifier" || property.name !== "bind") return null;
  if (method.type !== "MemberExpression" || method.computed || method.property.type !== "Identifier") return null;
  const last = arg.arguments.at(-1);
  if (!last || last.type === "SpreadElement") return null;
  const { object } = method;
  const holder = object.type === "ThisExpression" ? "this" : object.type === "Identifier" ? object.name : null;
  return holder === null ? null : { holder, name: method.property.name };
}

function openValue(walk: Walk, arg: Node, hook: "g" | "b", rest: string): () => void {
  addHook(walk, arg.start, "", hook, rest);
  return () => {
    walk.inserts.add(arg.end, ")");
  };
}

function openNamed(walk: Walk, node: Identifier, taker: number): () => void {
  const { start, end } = node;
  const { hooks } = walk.words;
  const { hasCall, call, place } = walk.frame;
  const inserts: number[] = [];
  if (!hasCall) inserts.push(walk.inserts.add(start, `${hooks}.h(${hooks}.m(`, { fn: place }, "),"));
  const head = hasCall ? `${hooks}.h(${call},` : "";
  inserts.push(walk.inserts.add(start, head));
  return () => {
    inserts.push(walk.inserts.add(end, ")"));
    walk.handed.push({ node, taker, head, inserts, asked: hasCall ? null : place });
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
  const { hooks } = walk.words;
  for (const { node, taker, head, inserts: put, asked } of walk.handed) {
    const place = bindings.isOwnFunction(node.name, node.start) ? walk.own.get(node.name) : undefined;
    // A function that another one makes knows who made it; to ask for one that was just made takes longer than to run it.
    if (put.some(inserts.isDropped) || (place === undefined && bindings.moduleOf(node) === null)) {
      for (const insert of put) inserts.drop(insert);
      continue;
    }
    if (place === undefined) {
      // Which function an imported one is, is known when it is handed on.
      if (asked !== null) inserts.replace(put[0] ?? 0, `${hooks}.g(${hooks}.m(`, { fn: asked }, "),");
      inserts.replaceText(put.at(-2) ?? 0, asked === null ? `${head.replace(".h(", ".g(")}${taker},` : `${taker},`);
      continue;
    }
    // Before the last, which closes it.
    inserts.replace(put.at(-2) ?? 0, head, { fn: place }, `,${taker},`);
  }
}
