// Puts inserts into a source, and adds the bases of the file to the numbers in them. It holds no other work: this is all
// that happens to a file that was met before.
import type { Inserts, Instrumentation } from "../hooks.ts";

export interface Bases {
  /** Number of the first function of the file. */
  readonly functions: number;
  /** Number of its first call site. */
  readonly sites: number;
}

/** What the constructor of a class begins with that has none. */
export const implicit = "constructor(){";

/** Parts that are joined at once: a text that grows by each of them would be put together from a tree of them in the end. */
export function splice(source: string, { inserts }: Instrumentation, bases: Bases): string {
  const { at, head, number, tail, texts } = inserts;
  const parts: string[] = [];
  let count = 0;
  let from = 0;
  for (let insert = 0; insert < at.length; insert++) {
    const to = at[insert] ?? 0;
    if (to > from) {
      parts[count++] = source.slice(from, to);
      from = to;
    }
    parts[count++] = texts[head[insert] ?? 0] ?? "";
    const numbered = number[insert] ?? -1;
    if (numbered !== -1) {
      parts[count++] = String(finalNumber(numbered, bases));
      parts[count++] = texts[tail[insert] ?? 0] ?? "";
    }
  }
  parts[count] = source.slice(from);
  return parts.join("");
}

/** How many characters an insert adds. */
export function insertLength({ head, number, tail, texts }: Inserts, insert: number, bases: Bases): number {
  const before = texts[head[insert] ?? 0]?.length ?? 0;
  const numbered = number[insert] ?? -1;
  if (numbered === -1) return before;
  return before + String(finalNumber(numbered, bases)).length + (texts[tail[insert] ?? 0]?.length ?? 0);
}

function finalNumber(numbered: number, bases: Bases): number {
  if (numbered < -1) return -2 - numbered;
  return ((numbered & 1) === 0 ? bases.functions : bases.sites) + (numbered >> 1);
}
