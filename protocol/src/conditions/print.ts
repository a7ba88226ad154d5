// Checked syntax as the shortest text that parses to the same: for whoever shows a probe that came over the wire.
import type { Expression, Template } from "./syntax.ts";

// Levels of precedence, the loosest first.
const or = 1;
const and = 2;
const not = 3;
const compare = 4;
const sum = 5;
const product = 6;
const prefix = 7;
const path = 8;

export function printExpression(expression: Expression): string {
  return inside(expression, or);
}

export function printTemplate(template: Template): string {
  return template
    .map((piece) =>
      typeof piece === "string" ? piece.replace(/[{}]/g, "$&$&") : `{${printExpression(piece.expression)}}`,
    )
    .join("");
}

/** The text in brackets if it binds looser than `level`. */
function inside(expression: Expression, level: number): string {
  const [own, text] = printed(expression);
  return own < level ? `(${text})` : text;
}

function listed(expressions: readonly Expression[]): string {
  return expressions.map(printExpression).join(", ");
}

function printed(node: Expression): readonly [level: number, text: string] {
  switch (node[0]) {
    case "value": {
      const value = node[1];
      if (typeof value === "string") return [path, quoted(value)];
      if (typeof value !== "number") return [path, String(value)];
      // Whole numbers beyond 2^53 would be read as exact ones, and `1.5.x` as no number.
      const inexact = Number.isInteger(value) && !Number.isSafeInteger(value) && !String(value).includes("e");
      return [prefix, inexact ? `${value}.0` : String(value)];
    }
    case "integer":
      return [prefix, node[1]];
    case "name":
      return [path, node[1]];
    case "member":
      return [path, `${inside(node[1], path)}.${node[2]}`];
    case "item":
      return [path, `${inside(node[1], path)}[${printExpression(node[2])}]`];
    case "list":
      return [path, `[${listed(node[1])}]`];
    case "not":
      return [not, `not ${inside(node[1], not)}`];
    case "negative": {
      const text = inside(node[1], prefix);
      return [prefix, text.startsWith("-") ? `-(${text})` : `-${text}`];
    }
    case "and":
      return [and, `${inside(node[1], and)} and ${inside(node[2], and + 1)}`];
    case "or":
      return [or, `${inside(node[1], or)} or ${inside(node[2], or + 1)}`];
    case "compare":
      return [compare, `${inside(node[1], sum)}${node[2].map(([sign, to]) => ` ${sign} ${inside(to, sum)}`).join("")}`];
    case "arithmetic": {
      const level = node[1] === "+" || node[1] === "-" ? sum : product;
      return [level, `${inside(node[2], level)} ${node[1]} ${inside(node[3], level + 1)}`];
    }
    case "function":
      return [path, `${node[1]}(${listed(node[2])})`];
    case "method":
      return [path, `${inside(node[1], path)}.${node[2]}(${listed(node[3])})`];
  }
}

function quoted(text: string): string {
  const escaped = text.replace(/[\\'\p{Cc}\p{Cs}\u2028\u2029]/gu, (char) => {
    if (char === "\\" || char === "'") return `\\${char}`;
    if (char === "\n") return "\\n";
    if (char === "\t") return "\\t";
    if (char === "\r") return "\\r";
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
  return `'${escaped}'`;
}
