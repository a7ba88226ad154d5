// Conditions and expressions: text to checked syntax (spec/conditions.md). By recursive descent, a function for each level
// of precedence. Never throws, and ends after as many steps as the text has characters.
import { caught, columnAt, Wrong } from "./fault.ts";
import type { Fault } from "./fault.ts";
import type { Arithmetic, Comparator, Expression } from "./syntax.ts";
import { tokens } from "./tokens.ts";
import type { Token } from "./tokens.ts";
import { functions, literals, methods, nearest, reserved } from "./words.ts";

export const mostCharacters = 4096;
export const mostDepth = 64;

export function parseExpression(text: string): Expression | Fault {
  return caught(text, () => {
    checkLength(text);
    const state = begin(text, tokens(text));
    const expression = anyOf(state);
    const token = peek(state);
    if (token.kind !== "end") throw unexpected(state, token);
    return checkDepth(expression);
  });
}

/** The expression in a template's braces, and where its text ends. Throws `Wrong`. */
export function expressionInside(
  text: string,
  start: number,
): { readonly expression: Expression; readonly end: number } {
  const state = begin(text, tokens(text, start, true));
  const expression = anyOf(state);
  const token = peek(state);
  if (token.kind !== "end") throw unexpected(state, token);
  return { expression: checkDepth(expression), end: token.at };
}

export function checkLength(text: string): void {
  if (text.length > mostCharacters) throw new Wrong(mostCharacters, `more than ${mostCharacters} characters`);
}

interface State {
  readonly text: string;
  readonly tokens: readonly Token[];
  place: number;
  depth: number;
}

function begin(text: string, found: readonly Token[]): State {
  return { text, tokens: found, place: 0, depth: 0 };
}

function peek(state: State): Token {
  const token = state.tokens[Math.min(state.place, state.tokens.length - 1)];
  if (token === undefined) throw new Error("tokens end with one of kind end");
  return token;
}

function take(state: State): Token {
  const token = peek(state);
  state.place += 1;
  return token;
}

function isSign(token: Token, sign: string): boolean {
  return token.kind === "sign" && token.sign === sign;
}

function isWord(token: Token, word: string): boolean {
  return token.kind === "word" && token.word === word;
}

/** Takes the next token if it is this sign. */
function takes(state: State, sign: string): Token | null {
  return isSign(peek(state), sign) ? take(state) : null;
}

function closes(state: State, sign: string, opened: Token): void {
  if (takes(state, sign) !== null) return;
  const token = peek(state);
  if (token.kind === "end") throw new Wrong(opened.at, `this bracket is not closed by \`${sign}\``);
  throw unexpected(state, token);
}

function column(state: State, token: Token): number {
  return columnAt(state.text, token.at);
}

/** Whether brackets and prefixes can go one level deeper; what comes back must be one up again. */
function deeper<Result>(state: State, parse: () => Result): Result {
  state.depth += 1;
  if (state.depth > mostDepth) throw new Wrong(peek(state).at, `nested more than ${mostDepth} levels deep`);
  const result = parse();
  state.depth -= 1;
  return result;
}

function anyOf(state: State): Expression {
  let left = allOf(state);
  while (isSign(peek(state), "or") || isWord(peek(state), "or")) {
    take(state);
    left = ["or", left, allOf(state)];
  }
  return left;
}

function allOf(state: State): Expression {
  let left = negated(state);
  while (isSign(peek(state), "and") || isWord(peek(state), "and")) {
    take(state);
    left = ["and", left, negated(state)];
  }
  return left;
}

function negated(state: State): Expression {
  if (!isWord(peek(state), "not")) return compared(state);
  take(state);
  return ["not", deeper(state, () => negated(state))];
}

const comparators: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

function comparator(state: State): Comparator | null {
  const token = peek(state);
  if (token.kind === "sign" && comparators.has(token.sign)) {
    take(state);
    return token.sign as Comparator;
  }
  if (isWord(token, "in")) {
    take(state);
    return "in";
  }
  if (isWord(token, "is")) {
    take(state);
    if (!isWord(peek(state), "not")) return "is";
    take(state);
    return "is not";
  }
  const following = state.tokens[state.place + 1];
  if (isWord(token, "not") && following !== undefined && isWord(following, "in")) {
    take(state);
    take(state);
    return "not in";
  }
  return null;
}

function compared(state: State): Expression {
  const first = sum(state);
  const rest: [Comparator, Expression, number][] = [];
  for (;;) {
    const at = column(state, peek(state));
    const found = comparator(state);
    if (found === null) return rest.length === 0 ? first : ["compare", first, rest];
    rest.push([found, sum(state), at]);
  }
}

function chain(state: State, signs: readonly Arithmetic[], operand: (state: State) => Expression): Expression {
  let left = operand(state);
  for (;;) {
    const token = peek(state);
    const sign = signs.find((written) => isSign(token, written));
    if (sign === undefined) return left;
    take(state);
    left = ["arithmetic", sign, left, operand(state), column(state, token)];
  }
}

function sum(state: State): Expression {
  return chain(state, ["+", "-"], product);
}

function product(state: State): Expression {
  return chain(state, ["*", "/", "//", "%"], prefixed);
}

function prefixed(state: State): Expression {
  const token = peek(state);
  if (takes(state, "!") !== null) return ["not", deeper(state, () => prefixed(state))];
  if (takes(state, "-") === null) return path(state);
  const operand = deeper(state, () => prefixed(state));
  if (operand[0] === "value" && typeof operand[1] === "number") return ["value", 0 - operand[1]];
  if (operand[0] === "integer") {
    return ["integer", operand[1].startsWith("-") ? operand[1].slice(1) : `-${operand[1]}`];
  }
  return ["negative", operand, column(state, token)];
}

function path(state: State): Expression {
  let of = atom(state);
  for (;;) {
    const token = peek(state);
    if (takes(state, ".") !== null) {
      const name = take(state);
      if (name.kind !== "word") throw new Wrong(name.at, "a name is expected after the dot");
      of = isSign(peek(state), "(")
        ? method(state, of, name.word, name)
        : ["member", of, name.word, column(state, name)];
    } else if (takes(state, "[") !== null) {
      const key = deeper(state, () => anyOf(state));
      if (isSign(peek(state), ",")) throw new Wrong(peek(state).at, "one index at a time");
      closes(state, "]", token);
      of = ["item", of, key, column(state, token)];
    } else if (isSign(token, "(")) {
      throw new Wrong(token.at, "nothing of the program is called");
    } else {
      return of;
    }
  }
}

function args(state: State): Expression[] {
  const opened = take(state);
  const found: Expression[] = [];
  while (takes(state, ")") === null) {
    if (found.length > 0) {
      if (takes(state, ",") === null) closes(state, ")", opened);
      if (takes(state, ")") !== null) return found;
    }
    if (peek(state).kind === "end") closes(state, ")", opened);
    found.push(deeper(state, () => anyOf(state)));
  }
  return found;
}

function counted(
  name: string,
  token: Token,
  given: number,
  known: { readonly least: number; readonly most: number },
): void {
  if (given >= known.least && given <= known.most) return;
  const wants = known.least === known.most ? `${known.least}` : `${known.least} to ${known.most}`;
  throw new Wrong(token.at, `\`${name}\` takes ${wants} argument${wants === "1" ? "" : "s"}, not ${given}`);
}

type Known = ReadonlyMap<string, { readonly name: string; readonly least: number; readonly most: number }>;

/** That there is no such word, and what there is instead. */
function unknown(what: string, name: string, ...known: readonly Known[]): string {
  const words = known.flatMap((map) => [...map]);
  const near = nearest(
    name,
    words.map(([word]) => word),
  );
  const own = words.filter(([word, { name: written }]) => word === written).map(([word]) => word);
  const instead = near === null ? `there are ${own.join(", ")}` : `did you mean \`${near}\`?`;
  return `there is no ${what} \`${name}\`; ${instead} (nothing of the program is called)`;
}

function method(state: State, of: Expression, name: string, token: Token): Expression {
  const known = methods.get(name);
  if (known === undefined) {
    throw new Wrong(token.at, unknown("method", name, methods));
  }
  const given = args(state);
  counted(name, token, given.length, known);
  return called(of, known.name, given, column(state, token));
}

function called(of: Expression, name: string, given: readonly Expression[], at: number): Expression {
  const [first] = given;
  if (name === "contains" && first !== undefined) return ["compare", first, [["in", of, at]]];
  return ["method", of, name, given, at];
}

function named(state: State, token: Token & { kind: "word" }): Expression {
  const word = token.word;
  const literal = literals.get(word);
  if (literal !== undefined) return ["value", literal];
  const hint = reserved.get(word);
  if (hint !== undefined) throw hint === "" ? unexpected(state, token) : new Wrong(token.at, hint);
  if (!isSign(peek(state), "(")) return ["name", word, column(state, token)];
  const known = functions.get(word);
  // `lower(x)` is `x.lower()`.
  const prefix = known ?? methods.get(word);
  if (prefix === undefined) {
    throw new Wrong(token.at, unknown("function", word, functions, methods));
  }
  const given = args(state);
  if (known !== undefined) {
    counted(word, token, given.length, known);
    return ["function", known.name, given, column(state, token)];
  }
  counted(word, token, given.length, { least: prefix.least + 1, most: prefix.most + 1 });
  const [of, ...rest] = given;
  if (of === undefined) throw new Error("counted");
  return called(of, prefix.name, rest, column(state, token));
}

function atom(state: State): Expression {
  const token = take(state);
  switch (token.kind) {
    case "number":
    case "text":
      return ["value", token.value];
    case "integer":
      return ["integer", token.digits];
    case "word":
      return named(state, token);
    case "sign":
      if (token.sign === "(") {
        const inner = deeper(state, () => anyOf(state));
        if (isSign(peek(state), ",")) throw new Wrong(peek(state).at, "there are no tuples; a list is `[1, 2]`");
        closes(state, ")", token);
        return inner;
      }
      if (token.sign === "[") return list(state, token);
      throw unexpected(state, token);
    case "end":
      throw unexpected(state, token);
  }
}

function list(state: State, opened: Token): Expression {
  const items: Expression[] = [];
  while (takes(state, "]") === null) {
    if (items.length > 0) {
      if (takes(state, ",") === null) closes(state, "]", opened);
      if (takes(state, "]") !== null) break;
    }
    if (peek(state).kind === "end") closes(state, "]", opened);
    items.push(deeper(state, () => anyOf(state)));
  }
  return ["list", items];
}

/** A token that cannot stand where it stands. */
function unexpected(state: State, token: Token): Wrong {
  if (token.kind === "end") {
    const nothing = state.tokens.length === 1;
    return new Wrong(token.at, nothing ? "there is nothing here; a value is expected" : "a value is expected here");
  }
  const written = state.text.slice(token.at, Math.min(token.end, token.at + 40));
  if (token.kind === "word") {
    const hint = reserved.get(token.word);
    if (hint !== undefined && hint !== "") return new Wrong(token.at, hint);
    const near = hint === "" ? null : nearest(token.word, ["and", "or", "not", "in", "is"]);
    if (near !== null)
      return new Wrong(token.at, `an operator is expected before \`${written}\`; did you mean \`${near}\`?`);
    if (hint === "") return new Wrong(token.at, `a value is expected before \`${written}\``);
  }
  if (token.kind === "sign" && !["(", "[", "!"].includes(token.sign)) {
    return new Wrong(token.at, `\`${written}\` is not expected here`);
  }
  return new Wrong(token.at, `an operator is expected before \`${written}\``);
}

function checkDepth(expression: Expression): Expression {
  const within = (node: Expression, left: number): boolean =>
    left > 0 && parts(node).every((part) => within(part, left - 1));
  if (!within(expression, mostDepth)) throw new Wrong(0, `nested more than ${mostDepth} levels deep`);
  return expression;
}

/** The expressions directly in one. */
export function parts(node: Expression): readonly Expression[] {
  switch (node[0]) {
    case "value":
    case "integer":
    case "name":
      return [];
    case "member":
    case "not":
    case "negative":
      return [node[1]];
    case "item":
    case "and":
    case "or":
      return [node[1], node[2]];
    case "list":
      return node[1];
    case "compare":
      return [node[1], ...node[2].map(([, operand]) => operand)];
    case "arithmetic":
      return [node[2], node[3]];
    case "function":
      return node[2];
    case "method":
      return [node[1], ...node[3]];
  }
}
