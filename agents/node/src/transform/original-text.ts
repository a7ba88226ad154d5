// From the text that `Function.prototype.toString` gives for an instrumented function or class to what it would have given
// without us: the text tells by a number in it where in its file it stands, and what was put in there is left out.
import type { Instrumentation } from "../hooks.ts";
import type { Bases } from "./splice.ts";
import { insertLength } from "./splice.ts";

/** What is needed of a file whose text was instrumented. */
export interface InstrumentedFile {
  readonly source: string;
  readonly instrumentation: Instrumentation;
  readonly bases: Bases;
}

/**
 * `fileOf` gives the file that has the function with this number. Null if the text holds no insert, or not one that can be
 * found again: the text is the program's own then.
 */
export function originalText(
  text: string,
  hooks: string,
  fileOf: (fn: number) => InstrumentedFile | null,
): string | null {
  const entry = new RegExp(`${hooks.replaceAll("$", "\\$")}\\.e[0-4n]\\((\\d+)`).exec(text);
  if (!entry) return null;
  const fn = Number(entry[1]);
  const file = fileOf(fn);
  if (!file) return null;
  const { inserts } = file.instrumentation;
  const numbered = (fn - file.bases.functions) * 2;
  // The insert of this entry, and where its text is in the file as it was compiled.
  let added = 0;
  let insert = 0;
  for (; insert < inserts.at.length; insert++) {
    if (inserts.number[insert] === numbered && inserts.texts[inserts.head[insert] ?? 0]?.includes(".e")) break;
    added += insertLength(inserts, insert, file.bases);
  }
  const head = inserts.texts[inserts.head[insert] ?? 0] ?? "";
  const start = (inserts.at[insert] ?? 0) + added - (entry.index - head.indexOf(`${hooks}.e`));
  return insert < inserts.at.length ? between(file, start, start + text.length) : null;
}

/** What the source has between two offsets of the text with inserts; null if one of them is inside an insert. */
function between(
  { source, instrumentation: { inserts }, bases }: InstrumentedFile,
  from: number,
  to: number,
): string | null {
  let added = 0;
  let start: number | null = null;
  let insert = 0;
  const { at } = inserts;
  const origin = (offset: number): number | null => {
    while (insert < at.length && (at[insert] ?? 0) + added < offset) {
      const length = insertLength(inserts, insert, bases);
      // A text ends before what was put in right behind it.
      if ((at[insert] ?? 0) + added + length > offset) return null;
      added += length;
      insert++;
    }
    return offset - added;
  };
  start = origin(from);
  // A text begins behind what was put in right before it.
  const end = start === null ? null : origin(to);
  return start === null || end === null ? null : source.slice(start, end);
}
