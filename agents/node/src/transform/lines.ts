// Offsets to 1-based lines and 0-based columns, counting what V8 counts as the end of a line. Where a text came with a source
// map, loading/ answers instead, with lines and names of what the user wrote.

export interface Lines {
  line(offset: number): number;
  column(offset: number): number;
  /** What the user called the thing whose name is written at this offset. */
  name(offset: number, written: string): string;
  /** Whether the user wrote what stands at this offset of the class that begins at the other: compilers make constructors of fields. */
  wrote(offset: number, classOffset: number): boolean;
  /** The text is what a compiler made, and came with a source map. */
  readonly isCompiled: boolean;
  /** Nothing of the function that begins at this offset was written by the user. */
  made(offset: number): boolean;
  /** A keyword and the name behind it come from one place: a compiler put them in, and said so for want of a better one. */
  isOnePlace(keyword: number, name: number): boolean;
}

const ends = /\r\n|[\n\r\u2028\u2029]/g;

/** Starts of all lines, as offsets. */
export function lineStarts(source: string): number[] {
  const starts = [0];
  if (/[\r\u2028\u2029]/.test(source)) {
    for (const end of source.matchAll(ends)) starts.push(end.index + end[0].length);
    return starts;
  }
  for (let at = source.indexOf("\n"); at >= 0; at = source.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** The place in `starts` of the line that holds this offset. */
export function lineIndex(starts: ArrayLike<number>, offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function linesOf(source: string): Lines {
  const starts = lineStarts(source);
  // Most questions are about the line of the last one, or one soon after.
  let last = 0;
  const find = (offset: number): number => {
    if ((starts[last] ?? 0) > offset) last = lineIndex(starts, offset);
    for (let steps = 0; last + 1 < starts.length && (starts[last + 1] ?? 0) <= offset; steps++) {
      if (steps === 8) last = lineIndex(starts, offset);
      else last++;
    }
    return last;
  };
  return {
    line: (offset) => find(offset) + 1,
    column: (offset) => offset - (starts[find(offset)] ?? 0),
    name: (_offset, written) => written,
    wrote: () => true,
    isCompiled: false,
    made: () => false,
    isOnePlace: () => false,
  };
}
