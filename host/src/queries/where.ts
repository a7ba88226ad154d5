// The language of `--where`: conditions on one call, such as `args.user.id > 100 and outcome == 'raised'`. Text in, a
// checked tree out; where-sql.ts turns the tree into SQL. Nothing of the text ever reaches the SQL but as a parameter.
//
//   or:         and { ("or" | "||") and }
//   and:        not { ("and" | "&&") not }
//   not:        ("not" | "!") not | "(" or ")" | comparison
//   comparison: term [ operator term | "in" "[" literal, … "]" ]
//   term:       literal | path | "len" "(" path ")"
//   path:       root { "." name | "[" (index | 'key') "]" }

import { Problem } from "../problem.ts";
import { lex, type Token } from "./where-tokens.ts";

export type Literal = string | number | boolean | null;

export type Term =
  | { readonly is: "literal"; readonly value: Literal }
  | { readonly is: "path"; readonly root: Root; readonly steps: readonly (string | number)[] }
  | { readonly is: "length"; readonly of: Term & { is: "path" } };

export const roots = [
  "args",
  "result",
  "exception",
  "outcome",
  "duration_ms",
  "own_ms",
  "running_ms",
  "waiting_ms",
  "started_ms",
  "suspends",
  "process",
  "thread",
  "module",
  "function",
] as const;
export type Root = (typeof roots)[number];

export const operators = ["==", "!=", "<", "<=", ">", ">=", "contains", "startswith", "endswith", "matches"] as const;
export type Operator = (typeof operators)[number];

export type Where =
  | { readonly is: "and" | "or"; readonly left: Where; readonly right: Where }
  | { readonly is: "not"; readonly of: Where }
  | { readonly is: "compare"; readonly operator: Operator; readonly left: Term; readonly right: Term }
  | { readonly is: "in"; readonly term: Term; readonly literals: readonly Literal[] }
  | { readonly is: "truth"; readonly term: Term };

/** The condition as a tree; a Problem points at the place that cannot be read. */
export function parseWhere(text: string): Where {
  const tokens = lex(text);
  let at = 0;

  const peek = (): Token => tokens[at] ?? { kind: "end", text: "", column: text.length + 1 };
  const next = (): Token => {
    const token = peek();
    at += 1;
    return token;
  };
  const accept = (...spellings: string[]): boolean => {
    const token = peek();
    const fits = (token.kind === "sign" || token.kind === "word") && spellings.includes(token.text);
    if (fits) at += 1;
    return fits;
  };
  const expect = (sign: string): void => {
    if (!accept(sign)) throw unreadable(text, peek(), `expected ${sign}`);
  };

  const or = (): Where => {
    let left = and();
    while (accept("or", "||")) left = { is: "or", left, right: and() };
    return left;
  };
  const and = (): Where => {
    let left = not();
    while (accept("and", "&&")) left = { is: "and", left, right: not() };
    return left;
  };
  const not = (): Where => {
    if (accept("not", "!")) return { is: "not", of: not() };
    if (accept("(")) {
      const inner = or();
      expect(")");
      return inner;
    }
    return comparison();
  };
  const comparison = (): Where => {
    const left = term();
    if (accept("in")) return { is: "in", term: left, literals: list() };
    const token = peek();
    const operator = operatorOf(token);
    if (operator === null) return { is: "truth", term: left };
    at += 1;
    return { is: "compare", operator, left, right: term() };
  };
  const list = (): Literal[] => {
    expect("[");
    const literals: Literal[] = [];
    do {
      const each = term();
      if (each.is !== "literal") throw unreadable(text, peek(), "a list holds literals only");
      literals.push(each.value);
    } while (accept(","));
    expect("]");
    return literals;
  };
  const term = (): Term => {
    const token = next();
    if (token.kind === "number") return { is: "literal", value: Number(token.text) };
    if (token.kind === "string") return { is: "literal", value: token.text };
    if (token.kind !== "word") throw unreadable(text, token, "expected a path or a literal");
    const constant = constants.get(token.text);
    if (constant !== undefined) return { is: "literal", value: constant };
    if (token.text === "len" && accept("(")) {
      const of = path(next());
      expect(")");
      return { is: "length", of };
    }
    return path(token);
  };
  const path = (first: Token): Term & { is: "path" } => {
    const root = roots.find((each) => each === first.text);
    if (root === undefined) throw unreadable(text, first, `a path starts with ${roots.join(", ")}`);
    const steps: (string | number)[] = [];
    for (;;) {
      if (accept(".")) {
        const name = next();
        if (name.kind !== "word" && name.kind !== "number") throw unreadable(text, name, "expected a name");
        steps.push(name.text);
      } else if (accept("[")) {
        const key = next();
        if (key.kind !== "number" && key.kind !== "string") throw unreadable(text, key, "expected an index or a key");
        steps.push(key.kind === "number" ? Number(key.text) : key.text);
        expect("]");
      } else {
        return { is: "path", root, steps };
      }
    }
  };

  const whole = or();
  if (peek().kind !== "end") throw unreadable(text, peek(), "expected the end, `and` or `or`");
  return whole;
}

const constants = new Map<string, Literal>([
  ["null", null],
  ["None", null],
  ["undefined", null],
  ["true", true],
  ["True", true],
  ["false", false],
  ["False", false],
]);

function operatorOf(token: Token): Operator | null {
  if (token.kind !== "sign" && token.kind !== "word") return null;
  if (token.text === "=" || token.text === "===") return "==";
  if (token.text === "!==") return "!=";
  if (token.text === "=~") return "matches";
  return operators.find((each) => each === token.text) ?? null;
}

export function unreadable(text: string, token: Token, says: string): Problem {
  const found = token.kind === "end" ? "the end" : `"${token.text}"`;
  return new Problem({
    code: "where.invalid",
    kind: "usage",
    says: `--where cannot be read at column ${token.column}, at ${found}: ${says}.`,
    tryNext: `An example: --where "args.user_id > 100 and outcome == 'raised'"`,
    context: { where: text, column: token.column },
  });
}
