// Where a call is: the line of the statement that runs is kept in a variable of ours, which the `catch` around the body tells
// together with the exception. It costs a move of a constant where a line begins that may fail, and nothing else knows the line
// of an exception that comes out of code without hooks: the stack of an error is text that the program may have drawn itself.
import type { Node } from "./syntax.ts";
import { bare, isFunction } from "./syntax.ts";
import type { Walk } from "./walk.ts";

export interface Progress {
  /** The line that the variable has where the walk is; 0 if that depends. */
  line: number;
  told: { readonly insert: number; readonly line: number }[] | null;
  /** A hook in the body asks for it. */
  asked: boolean;
}

export function newProgress(): Progress {
  return { line: 0, told: null, asked: false };
}

/**
 * Before a statement that others stand beside. `behind`: where what is before it ends. On a line of its own it begins where the
 * user wrote it: V8 gives columns to some who ask nobody else (a test of `node:test` is told by its place).
 */
export function tellLine(walk: Walk, statement: Node, behind: number | null): void {
  const { frame, inserts, words } = walk;
  const { progress } = frame;
  if (!frame.wrapped || !canFail(statement)) return;
  const line = walk.lines.line(statement.start);
  if (line === progress.line) return;
  progress.line = line;
  const isFirst = behind !== null && /[\n\r\u2028\u2029]/.test(walk.source.slice(behind, statement.start));
  const at = isFirst ? behind : statement.start;
  const ended = !isFirst || /[;{]/.test(walk.source[at - 1] ?? "") ? "" : ";";
  const insert = inserts.add(at, `${ended}${words.error}0=`, { line: below(walk, line) }, ";");
  (progress.told ??= []).push({ line, insert });
}

/** At the end of a body after which its head goes on, which is on this line. */
export function tellHead(walk: Walk, body: Node, line: number): void {
  const { frame, inserts, words } = walk;
  const { progress } = frame;
  if (line === 0 || body.type !== "BlockStatement" || progress.told?.at(-1)?.line === line) return;
  const insert = inserts.add(body.end - 1, `;${words.error}0=`, { line: below(walk, line) });
  (progress.told ??= []).push({ line, insert });
}

/** Counted from the line of the function: shorter in the text, and in what V8 makes of it. */
export function below({ frame, functions }: Walk, line: number): number {
  return Math.max(line - (functions[frame.place]?.line ?? line), 0);
}

/** The line is not known any more: something was repeated, or left out. */
export function forgetLine({ frame }: Walk): void {
  frame.progress.line = 0;
}

/** What a hook in the body is given, to tell where the exception that it was given came from. */
export function askLine({ frame, words }: Walk): string {
  if (!frame.wrapped || !frame.hasCall) return "";
  frame.progress.asked = true;
  return `,${words.error}0`;
}

/** What the hook at the end is given: the variable, or the line itself where there is but one. */
export function finishProgress(walk: Walk): { readonly slot: string | null; readonly value: string } {
  const { told, asked } = walk.frame.progress;
  const slot = `${walk.words.error}0`;
  const first = told?.[0];
  if (asked || (first && told?.some(({ line }) => line !== first.line))) return { slot, value: slot };
  for (const { insert } of told ?? []) walk.inserts.drop(insert);
  return { slot: null, value: String(first ? below(walk, first.line) : 0) };
}

/** Whether anything in it, or in its head, can throw. */
function canFail(statement: Node): boolean {
  switch (statement.type) {
    case "ExpressionStatement": {
      const { expression } = statement;
      if (expression.type !== "AssignmentExpression" || expression.left.type !== "Identifier")
        return !isSafe(expression);
      return !isSafe(expression.right);
    }
    case "VariableDeclaration":
      return statement.declarations.some(
        ({ id, init }) => id.type !== "Identifier" || (init !== null && !isSafe(init)),
      );
    case "ReturnStatement":
      return statement.argument !== null && !isSafe(statement.argument);
    case "IfStatement":
      return !isSafe((statement as unknown as { readonly test: Node }).test);
    case "BlockStatement":
    case "BreakStatement":
    case "ContinueStatement":
    case "DebuggerStatement":
    case "EmptyStatement":
    case "FunctionDeclaration":
    case "TryStatement":
      return false;
    default:
      return true;
  }
}

/** Names may be missing or not ready yet, which is left aside. */
function isSafe(expression: Node): boolean {
  const value = bare(expression);
  switch (value.type) {
    case "Identifier":
    case "Literal":
    case "ThisExpression":
      return true;
    case "MemberExpression":
      return !value.computed && value.object.type === "ThisExpression";
    case "UnaryExpression":
      return isSafe((value as unknown as { readonly argument: Node }).argument);
    case "UpdateExpression":
      return value.argument.type === "Identifier";
    case "BinaryExpression":
    case "LogicalExpression": {
      const { left, right } = value as unknown as { readonly left: Node; readonly right: Node };
      return isSafe(left) && isSafe(right);
    }
    case "ArrayExpression":
      return value.elements.every((element) => element === null || isSafe(element));
    case "ObjectExpression":
      return value.properties.every(
        (property) =>
          property.type === "Property" && !property.computed && property.value !== null && isSafe(property.value),
      );
    default:
      return isFunction(value);
  }
}
