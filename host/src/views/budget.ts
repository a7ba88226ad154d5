// The token budget of an answer: about four characters to a token. What does not fit is left out whole, entry by entry,
// and the reader is told how much that was and how to see it.

import type { Style } from "../operations/operation.ts";

const charactersPerToken = 4;
/** Kept for title, completeness line and next commands, which the door adds. */
const reservedTokens = 150;

/** The entries (each of one or more lines) that fit into a part of the budget; at least one, if there is any. */
export function fitting<T>(
  entries: readonly T[],
  lines: (entry: T) => readonly string[],
  style: Style,
  part = 1,
): { readonly lines: string[]; readonly shown: number; readonly left: number } {
  let room = Math.max(0, style.budget - reservedTokens) * charactersPerToken * part;
  const fit: string[] = [];
  let shown = 0;
  for (const entry of entries) {
    const drawn = lines(entry);
    room -= drawn.reduce((sum, line) => sum + plainLength(line) + 1, 0);
    if (room < 0 && shown > 0) break;
    fit.push(...drawn);
    shown += 1;
  }
  return { lines: fit, shown, left: entries.length - shown };
}

/** How many lines of this width fit into a part of the budget. */
export function linesThatFit(style: Style, part = 1, widthOfLine = 64): number {
  return Math.max(3, Math.floor(((style.budget - reservedTokens) * charactersPerToken * part) / widthOfLine));
}

function plainLength(line: string): number {
  // oxlint-disable-next-line no-control-regex -- colours are escape sequences, and cost a model nothing: it gets none
  return line.replace(/\u001b\[[0-9;]*m/g, "").length;
}
