// Names of functions as a reader would call them, and the names of what is captured when they are entered.
import type { FunctionKind } from "../hooks.ts";
import type { Lines } from "./lines.ts";
import type { FunctionNode, Identifier, MemberNode, Node, PrivateIdentifier } from "./syntax.ts";
import { bare, boundIdentifiers } from "./syntax.ts";

export const anonymous = "<anonymous>";
const longestKey = 40;
/** More than this many values of one function say less than they cost. */
const mostCaptures = 16;

/** `add`, `#total`, `get size`, `static create`, `[Symbol.iterator]`. */
export function memberName(member: MemberNode, source: string, lines: Lines): string {
  const prefix =
    (member.static ? "static " : "") + (member.kind === "get" || member.kind === "set" ? `${member.kind} ` : "");
  return prefix + keyName(member.key, member.computed, source, lines);
}

function keyName(key: Node, computed: boolean, source: string, lines: Lines): string {
  if (key.type === "PrivateIdentifier") return privateName(key, lines);
  if (key.type === "Literal") return computed ? `[${excerpt(source, key)}]` : String(key.value);
  if (key.type === "Identifier" && !computed) return lines.name(key.start, key.name);
  // Compilers put what a class needs before it into its first computed name.
  const value = bare(key);
  return `[${excerpt(source, value.type === "SequenceExpression" ? (value.expressions.at(-1) ?? key) : key)}]`;
}

function excerpt(source: string, { start, end }: Node): string {
  return end - start <= longestKey ? oneLine(source.slice(start, end)) : "…";
}

export function oneLine(text: string): string {
  return /[^\S ]|  /.test(text) ? text.replaceAll(/\s+/g, " ") : text;
}

/** The name that an assignment gives to the function: `exports.`, `this.` and that of the `namespace` are not part of it. */
export function targetName(target: Node, lines: Lines, namespace: string | null = null): string | null {
  if (target.type === "Identifier") return lines.name(target.start, target.name);
  if (target.type !== "MemberExpression" || target.computed) return null;
  const { object, property } = target;
  const last =
    property.type === "Identifier"
      ? lines.name(property.start, property.name)
      : property.type === "PrivateIdentifier"
        ? privateName(property, lines)
        : null;
  if (last === null) return null;
  if (
    object.type === "ThisExpression" ||
    (object.type === "Identifier" && (object.name === "exports" || object.name === namespace))
  )
    return last;
  const first = targetName(object, lines);
  if (first === "module.exports") return last;
  return first === null ? last : `${first}.${last}`;
}

/** Maps name it with its sign. */
function privateName({ start, name }: PrivateIdentifier, lines: Lines): string {
  return `#${lines.name(start, name).replace(/^#/, "")}`;
}

export function kindOf(node: FunctionNode, member: boolean, named: boolean): FunctionKind {
  if (node.async) return node.generator ? "async_generator" : "coroutine";
  if (node.generator) return "generator";
  if (member) return "method";
  return named ? "function" : "lambda";
}

export interface Parameters {
  /** With `...` before those of a rest parameter. */
  readonly shown: readonly string[];
  /** As the code calls them, in the same order. */
  readonly bound: readonly string[];
  /** What the user called those that the code calls otherwise. */
  readonly renamed: ReadonlyMap<string, string>;
}

export function parameterNames(params: readonly Node[], lines: Lines): Parameters {
  const bound: Identifier[] = [];
  const shown: string[] = [];
  const renamed = new Map<string, string>();
  for (const param of params) {
    const first = bound.length;
    boundIdentifiers(param, bound);
    const rest = param.type === "RestElement" ? "..." : "";
    for (const { start, name } of bound.slice(first)) {
      const own = lines.name(start, name);
      if (own !== name) renamed.set(name, own);
      shown.push(rest + own);
    }
  }
  return { shown, bound: bound.map(({ name }) => name), renamed };
}

/** Without those that a function declared in the body has taken away. */
export function captured(bound: readonly string[], withThis: boolean, taken: readonly string[]): string[] {
  const names = withThis ? ["this"] : [];
  for (const name of bound) {
    if (names.length < mostCaptures && !names.includes(name) && !taken.includes(name)) names.push(name);
  }
  return names;
}
