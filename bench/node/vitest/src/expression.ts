// Arithmetic in text: tokens, a recursive-descent parser and an evaluator. Full of calls.
export type Token =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "name" | "symbol"; readonly text: string };

export type Tree = number | string | readonly [operator: string, left: Tree, right: Tree];

export function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (const [word, digits, name] of text.matchAll(/\s*(?:(\d+(?:\.\d+)?)|([a-z]\w*)|(\S))/gi)) {
    if (digits !== undefined) found.push({ kind: "number", value: Number(digits) });
    else if (name !== undefined) found.push({ kind: "name", text: name });
    else found.push({ kind: "symbol", text: word.trim() });
  }
  return found;
}

const strengths = new Map([
  ["+", 1],
  ["-", 1],
  ["*", 2],
  ["/", 2],
]);

export function parse(text: string): Tree {
  const list = tokens(text);
  let at = 0;

  function operand(): Tree {
    const token = list[at++];
    if (token === undefined) throw new SyntaxError("an operand is missing");
    if (token.kind === "number") return token.value;
    if (token.kind === "name") return token.text;
    if (token.text !== "(") throw new SyntaxError(`unexpected ${token.text}`);
    const inner = expression(1);
    at++;
    return inner;
  }

  function expression(least: number): Tree {
    let left = operand();
    for (;;) {
      const token = list[at];
      const strength = token?.kind === "symbol" ? (strengths.get(token.text) ?? 0) : 0;
      if (token?.kind !== "symbol" || strength < least) return left;
      at++;
      left = [token.text, left, expression(strength + 1)];
    }
  }

  return expression(1);
}

export function evaluate(tree: Tree, names: Readonly<Record<string, number>> = {}): number {
  if (typeof tree === "number") return tree;
  if (typeof tree === "string") return valueOf(tree, names);
  const [operator, left, right] = tree;
  return applied(operator, evaluate(left, names), evaluate(right, names));
}

function valueOf(name: string, names: Readonly<Record<string, number>>): number {
  const value = names[name];
  if (value === undefined) throw new ReferenceError(`${name} is not known`);
  return value;
}

function applied(operator: string, left: number, right: number): number {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    default:
      return left / right;
  }
}
