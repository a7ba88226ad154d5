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

/** Runs once over each file, before V8 has made anything of it faster, so that what counts is how few steps an insert takes. */
export function splice(source: string, { inserts }: Instrumentation, bases: Bases): string {
  const { at, head, number, tail, texts } = inserts;
  const { functions, sites } = bases;
  const count = at.length;
  let text = "";
  let from = 0;
  for (let insert = 0; insert < count; insert++) {
    const to = at[insert] as number;
    if (to > from) {
      text += source.slice(from, to);
      from = to;
    }
    const numbered = number[insert] as number;
    if (numbered === -1) text += texts[head[insert] as number];
    else {
      const own = numbered < -1 ? -2 - numbered : ((numbered & 1) === 0 ? functions : sites) + (numbered >> 1);
      text += `${texts[head[insert] as number]}${own}${texts[tail[insert] as number]}`;
    }
  }
  return text + source.slice(from);
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
