// Functions that the program names itself, by `trace`: they are not instrumented, so what stands in for them tells their calls.
import type { FunctionNumber } from "../hooks.ts";
import type { Agent } from "./agent.ts";

type Method = (this: unknown, ...given: unknown[]) => unknown;

/** `agentOf` is asked at every call: a recording may begin and end. */
export function traced<T extends Function>(target: T, agentOf: () => Agent | null): T {
  if (!/^class\b/.test(Function.prototype.toString.call(target))) return standIn(target, target.name, agentOf);
  for (const [holder, prefix] of [
    [target, `${target.name}.static `],
    [target.prototype as object, `${target.name}.`],
  ] as const) {
    for (const [name, property] of Object.entries(Object.getOwnPropertyDescriptors(holder))) {
      if (typeof property.value !== "function" || name === "constructor" || !property.configurable) continue;
      const value = standIn(property.value as Function, `${prefix}${name}`, agentOf);
      Object.defineProperty(holder, name, { ...property, value });
    }
  }
  return target;
}

function standIn<T extends Function>(target: T, name: string, agentOf: () => Agent | null): T {
  // A number holds for one agent; there is one at most in a thread, from the first recording on.
  let fn: FunctionNumber | null = null;
  const numbered = (agent: Agent): FunctionNumber => (fn ??= agent.define(definitionOf(target, name)));
  return new Proxy(target, {
    apply(original, receiver, given: unknown[]): unknown {
      const agent = agentOf();
      const hooks = agent?.hooks() ?? null;
      if (agent === null || hooks === null) return Reflect.apply(original as unknown as Method, receiver, given);
      const call = hooks.e1(numbered(agent), 0, given);
      try {
        return hooks.r(call, Reflect.apply(original as unknown as Method, receiver, given));
      } catch (error) {
        hooks.x(call, error, 0, given);
        throw error;
      }
    },
  });
}

function definitionOf(target: Function, name: string): Parameters<Agent["define"]>[0] {
  const kind = target.name === "" ? "lambda" : "function";
  const place = { line: 1, column: 0, parameters: ["...given"], captures: ["given"], locals: [] };
  return { file: "", module: "", functions: [{ ...place, name: name === "" ? "<anonymous>" : name, kind }], sites: [] };
}
