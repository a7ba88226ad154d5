// Source text to syntax tree: meriyah, which is the fastest of those written in JavaScript, and acorn for what it refuses.
// What both refuse is not instrumented: the program gets its own text, and V8's own complaint if it is one.
import { parse as parseAcorn } from "acorn";
import { parse as parseMeriyah } from "meriyah";
import type { Block } from "./syntax.ts";

/** How V8 is going to compile the text: as the body of a CommonJS wrapper, as a module, or as a script. */
export type SourceForm = "commonjs" | "module" | "script";

/** Why a file is left as it is. */
export interface Refusal {
  readonly refused: "syntax" | "depth" | "early error";
  readonly message: string;
}

export function parse(source: string, as: SourceForm): Block | Refusal {
  try {
    // Regular expressions are V8's own business: it is asked for each of them (visit.ts).
    const options = { next: true, webcompat: true, preserveParens: true, validateRegex: false } as const;
    return parseMeriyah(source, { ...options, sourceType: as, ranges: { start: true, end: true } }) as unknown as Block;
  } catch (error) {
    return parseAgain(source, as, error);
  }
}

function parseAgain(source: string, as: SourceForm, error: unknown): Block | Refusal {
  if (error instanceof RangeError) return tooDeep;
  try {
    return parseAcorn(source, { ecmaVersion: "latest", sourceType: as, preserveParens: true }) as unknown as Block;
  } catch (again) {
    if (again instanceof RangeError) return tooDeep;
    return { refused: "syntax", message: error instanceof Error ? error.message : String(error) };
  }
}

/** The stack of this process does not suffice for the tree. */
export const tooDeep: Refusal = { refused: "depth", message: "nested too deeply" };
