// The expression that `node:assert` shows of a failed assertion, found in the user's text in the way in which Node finds it in the
// text that V8 compiled, or in the file at V8's column: up to Node 20 and in early versions of 22 as the call that a parser finds
// there, later as what stands on that line up to the parenthesis that closes it.
import { parseExpressionAt, tokenizer } from "acorn";

const latest = { ecmaVersion: "latest" } as const;

/** Of `code`, which begins with a line: the call around this offset, and where it begins. Null if there is none. */
export function callAt(code: string, offset: number): { readonly start: number; readonly text: string } | null {
  for (const { start } of tokenizer(code, latest)) {
    if (start > offset) break;
    try {
      const found = innermostCall(parseExpressionAt(code, start, latest), offset);
      if (found !== null && found.end >= offset)
        return { start: found.start, text: code.slice(found.start, found.end) };
    } catch {
      // No expression begins here.
    }
  }
  return null;
}

interface Ranged {
  readonly type: string;
  readonly start: number;
  readonly end: number;
}

function innermostCall(node: Ranged, offset: number): Ranged | null {
  if (node.start > offset || node.end < offset) return null;
  for (const value of Object.values(node) as unknown[]) {
    for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) {
      const found = isRanged(child) ? innermostCall(child, offset) : null;
      if (found !== null) return found;
    }
  }
  return node.type === "CallExpression" ? node : null;
}

function isRanged(value: unknown): value is Ranged {
  return typeof value === "object" && value !== null && typeof (value as Partial<Ranged>).type === "string";
}

const accesses = [".", "?.", "[", "]"];
const names = ["name", "string", "num"];

/** Of one line of source. Empty where Node finds none. Throws where the line up to there has no tokens. */
export function firstExpression(line: string, column: number): string {
  let before = "";
  let last = 0;
  let first: number | null = null;
  let open = 0;
  for (const { start, type } of tokenizer(line, latest)) {
    const { label } = type;
    if (start < column) {
      if (label === ";") {
        first = null;
        continue;
      }
      if (accesses.includes(label) && before === "name") first ??= last;
      else if (!accesses.includes(label) && !names.includes(label)) first = null;
      before = label;
      last = start;
      continue;
    }
    if (label === "(") open++;
    else if (label === ")") {
      open--;
      if (open === 0) return line.slice(first ?? column, start + 1);
    } else if (label === ";") return "";
  }
  return line.slice(first ?? column);
}
