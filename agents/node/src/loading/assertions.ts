// `node:assert` shows the source of an assertion that failed: `assert(total > 0)`. It takes it from the text that V8 compiled, which
// has our inserts in it, or from the file at V8's column. The error asks for its own stack while it is made; there it gets the
// message that it would have without us, before anybody sees it.
import { readFileSync } from "node:fs";
import type { callAt, firstExpression } from "../transform/expression.ts";
import { lineStarts } from "../transform/lines.ts";
import { ownPlaces } from "../transform/own-places.ts";
import type { DefinedText } from "./instrumenter.ts";
import { silently } from "./silently.ts";

export interface Expressions {
  readonly callAt: typeof callAt;
  readonly firstExpression: typeof firstExpression;
}

/** A place as V8 has it: both are 1-based. */
export interface RawPlace {
  readonly text: DefinedText;
  readonly line: number;
  readonly column: number;
}

const { defineProperty, getOwnPropertyDescriptor } = Reflect;
const said = "The expression evaluated to a falsy value:\n\n  ";

/** Whether this error is one that is being made because a value is not true. */
export function isFailedAssertion(error: unknown): error is object {
  if (typeof error !== "object" || error === null) return false;
  const own = (name: string): unknown => getOwnPropertyDescriptor(error, name)?.value;
  if (own("name") !== "AssertionError [ERR_ASSERTION]" || own("operator") !== "==" || own("expected") !== true)
    return false;
  const message = own("message");
  return typeof message === "string" && (message.startsWith(said) || own("generatedMessage") === true);
}

/** Gives it the message that shows the user's own text. */
export function showOwnExpression(error: object, { text, line, column }: RawPlace, load: () => Expressions): void {
  const own = ownPlaces(text, text.at).column(line - 1, column - 1);
  const expression = readsFile() ? asParsed(text, line, own, load()) : asTold(text, line, own, load());
  if (expression === "" || expression.startsWith("new ")) return;
  const message = getOwnPropertyDescriptor(error, "message");
  // oxlint-disable-next-line no-control-regex -- as Node escapes them
  const shown = expression.replaceAll(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, escaped);
  if (message !== undefined) defineProperty(error, "message", { ...message, value: `${said}${shown}\n` });
}

function escaped(character: string): string {
  const code = character.charCodeAt(0);
  if (code === 8) return "\\b";
  return code === 12 ? "\\f" : `\\u00${code.toString(16).padStart(2, "0")}`;
}

function asTold({ source, at }: DefinedText, line: number, column: number, { firstExpression }: Expressions): string {
  const start = lineStarts(source)[line - 1 - at.line];
  if (start === undefined) return "";
  const [text = ""] = source.slice(start).split(/[\r\n\u2028\u2029]/, 1);
  try {
    return firstExpression(text, line - 1 === at.line ? column - at.column : column);
  } catch {
    return "";
  }
}

function asParsed({ path }: DefinedText, line: number, column: number, { callAt }: Expressions): string {
  let code = readFileSync(path, "utf8");
  for (let at = 1; at < line; at++) {
    const end = code.indexOf("\n");
    if (end === -1) return "";
    code = code.slice(end + 1);
  }
  const call = callAt(code.slice(0, column + longest), column);
  if (call === null) return "";
  const [first = "", ...more] = call.text.split("\n");
  const indented = more.map((each) => `\n  ${each.slice(indentOf(each, call.start))}`);
  return first + indented.join("");
}

/** No longer one is looked for. */
const longest = 5000;

function indentOf(line: string, most: number): number {
  let indent = 0;
  while (indent < most && (line[indent] === " " || line[indent] === "\t")) indent++;
  return indent;
}

let reads: boolean | null = null;

/** Whether this Node finds the expression in the file, and not in the text that V8 has. */
function readsFile(): boolean {
  const { binding } = process as unknown as { binding(name: string): Record<string, string> };
  return (reads ??= !("internal/errors/error_source" in silently(() => binding("natives"))));
}
