// Names of functions as a reader would call them, and the names of what is captured when they are entered.
import type { FunctionKind } from "../hooks.ts";
import type { FunctionNode, MemberNode, Node } from "./syntax.ts";
import { boundNames } from "./syntax.ts";

export const lambda = "<lambda>";
const longestKey = 40;
/** More than this many values of one function say less than they cost. */
const mostCaptures = 16;

/** `add`, `#total`, `get size`, `static create`, `[Symbol.iterator]`. */
export function memberName(member: MemberNode, source: string): string {
  const prefix =
    (member.static ? "static " : "") + (member.kind === "get" || member.kind === "set" ? `${member.kind} ` : "");
  return prefix + keyName(member.key, member.computed, source);
}

function keyName(key: Node, computed: boolean, source: string): string {
  if (key.type === "PrivateIdentifier") return `#${key.name}`;
  if (key.type === "Literal") return computed ? `[${excerpt(source, key)}]` : String(key.value);
  if (key.type === "Identifier" && !computed) return key.name;
  return `[${excerpt(source, key)}]`;
}

function excerpt(source: string, { start, end }: Node): string {
  return end - start <= longestKey ? oneLine(source.slice(start, end)) : "…";
}

export function oneLine(text: string): string {
  return /[^\S ]|  /.test(text) ? text.replaceAll(/\s+/g, " ") : text;
}

/** The name that an assignment gives to the function: `exports.` and `this.` are not part of it. */
export function targetName(target: Node): string | null {
  if (target.type === "Identifier") return target.name;
  if (target.type !== "MemberExpression" || target.computed) return null;
  const { object, property } = target;
  const last =
    property.type === "Identifier" ? property.name : property.type === "PrivateIdentifier" ? `#${property.name}` : null;
  if (last === null) return null;
  if (object.type === "ThisExpression" || (object.type === "Identifier" && object.name === "exports")) return last;
  const first = targetName(object);
  if (first === "module.exports") return last;
  return first === null ? last : `${first}.${last}`;
}

export function kindOf(node: FunctionNode, member: boolean, named: boolean): FunctionKind {
  if (node.async) return node.generator ? "async_generator" : "coroutine";
  if (node.generator) return "generator";
  if (member) return "method";
  return named ? "function" : "lambda";
}

export function parameterNames(params: readonly Node[]): { readonly shown: string[]; readonly bound: string[] } {
  const bound: string[] = [];
  const shown: string[] = [];
  for (const param of params) {
    const first = bound.length;
    boundNames(param, bound);
    const rest = param.type === "RestElement" ? "..." : "";
    for (let place = first; place < bound.length; place++) shown.push(rest + (bound[place] ?? ""));
  }
  return { shown, bound };
}

/** Without those that a function declared in the body has taken away. */
export function captured(bound: readonly string[], withThis: boolean, taken: readonly string[]): string[] {
  const names = withThis ? ["this"] : [];
  for (const name of bound) {
    if (names.length < mostCaptures && !names.includes(name) && !taken.includes(name)) names.push(name);
  }
  return names;
}
