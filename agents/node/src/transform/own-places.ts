// From places in a text with its inserts, which are what V8 knows, to the places of the same code in the text that the user
// wrote. Lines are the same in both.
import type { InstrumentedFile } from "./original-text.ts";
import { lineIndex, lineStarts } from "./lines.ts";
import { implicit, insertLength } from "./splice.ts";

/** How the text is part of what V8 compiles. */
export interface Embedding {
  /** Where V8 counts its first character: a runner puts something before it, or says so. 0-based. */
  readonly line: number;
  readonly column: number;
  /** What is put before it besides, without which the user's program would run; on its first line. */
  readonly begun: number;
}

export const wholeFile: Embedding = { line: 0, column: 0, begun: 0 };

export interface OwnPlaces {
  /** All are 0-based. A place within an insert is that before which it was put in. */
  column(line: number, column: number): number;
  /** The same for offsets in the script. */
  offset(offset: number): number;
}

function lineStart(starts: readonly number[], offset: number): number {
  return starts[lineIndex(starts, offset)] ?? 0;
}

export function ownPlaces(file: InstrumentedFile, at: Embedding): OwnPlaces {
  const { source, bases } = file;
  const { inserts } = file.instrumentation;
  const starts = lineStarts(source);

  /** `into` is counted with inserts, from this offset in the source, at which that of this number is the next. */
  const without = (from: number, next: number, into: number): number => {
    let own = into;
    for (let insert = next; insert < inserts.at.length; insert++) {
      const place = (inserts.at[insert] ?? 0) - from;
      if (place > own) break;
      const length = insertLength(inserts, insert, bases);
      if (place + length > own) return isConstructor(insert) ? classBefore(inserts.at[insert] ?? 0) - from : place;
      own -= length;
    }
    return own;
  };
  const isConstructor = (insert: number): boolean =>
    (inserts.texts[inserts.head[insert] ?? 0] ?? "").startsWith(implicit);
  /** V8 gives a constructor that nobody wrote the place of its class. */
  const classBefore = (at: number): number => {
    let start = source.lastIndexOf("class", at);
    while (start > 0 && /[\w$]/.test(source[start - 1] ?? "")) start = source.lastIndexOf("class", start - 1);
    return Math.max(start, lineStart(starts, at));
  };
  const firstFrom = (offset: number): number => {
    let low = 0;
    let high = inserts.at.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((inserts.at[middle] ?? 0) < offset) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    column(line, column) {
      const own = line - at.line;
      const start = starts[own];
      if (start === undefined) return column;
      const before = own === 0 ? at.column : 0;
      const begun = own === 0 ? at.begun : 0;
      if (column < before + begun) return Math.min(column, before);
      return before + without(start, firstFrom(start), column - before - begun);
    },
    offset(offset) {
      const own = offset - at.column - at.begun;
      return own < 0 ? Math.min(offset, at.column) : at.column + without(0, 0, own);
    },
  };
}
