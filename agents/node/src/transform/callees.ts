// A callee as a reader would name it: the chain of names that leads to it, as the user wrote them, without the arguments of
// calls on the way, so that calls of the same thing have one name: `request(…).get(…).expect`.
import type { Lines } from "./lines.ts";
import { oneLine } from "./names.ts";
import type { Call, Node } from "./syntax.ts";
import { bare, isClass, isFunction } from "./syntax.ts";

const longestPiece = 24;

export interface Written {
  readonly source: string;
  readonly lines: Lines;
}

export function calleeText(written: Written, node: Node): string {
  switch (node.type) {
    case "Identifier":
      return written.lines.name(node.start, node.name);
    case "ThisExpression":
      return "this";
    case "Super":
      return "super";
    case "MemberExpression":
      return `${calleeText(written, node.object)}${propertyText(written, node.property, node.computed)}`;
    case "ChainExpression":
      return calleeText(written, node.expression);
    case "ParenthesizedExpression": {
      // `(0, x.y)()` is what compilers make of `y()`.
      const inner = bare(node);
      if (inner.type === "SequenceExpression") return calleeText(written, inner.expressions.at(-1) ?? inner);
      return `(${calleeText(written, inner)})`;
    }
    case "SequenceExpression":
      return calleeText(written, node.expressions.at(-1) ?? node);
    case "CallExpression":
      return isLoading(node) ? piece(written, node) : `${calleeText(written, node.callee)}${argumentsText(node)}`;
    case "NewExpression":
      return `(new ${calleeText(written, node.callee)}${argumentsText(node)})`;
    case "TaggedTemplateExpression":
      return `${calleeText(written, node.tag)}\`…\``;
    case "AwaitExpression":
      return `await ${node.argument ? calleeText(written, node.argument) : "…"}`;
    default:
      return isFunction(node) ? "function" : isClass(node) ? "class" : piece(written, node);
  }
}

/** `require("path")`, which says where its members are from. */
function isLoading({ callee, arguments: [first] }: Call): boolean {
  return callee.type === "Identifier" && callee.name === "require" && first?.type === "Literal";
}

function argumentsText({ arguments: args }: Call): string {
  return args.length === 0 ? "()" : "(…)";
}

function propertyText(written: Written, property: Node, computed: boolean): string {
  if (computed) return `[${piece(written, property)}]`;
  const name = property.type === "Identifier" ? written.lines.name(property.start, property.name) : null;
  return `.${name ?? written.source.slice(property.start, property.end)}`;
}

function piece({ source }: Written, { start, end }: Node): string {
  return end - start > longestPiece ? "…" : oneLine(source.slice(start, end));
}
