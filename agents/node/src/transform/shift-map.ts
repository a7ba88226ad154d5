// Inserts hold no line break, so all that they change for a source map of the text is columns: each segment moves to the
// right by the length of what was put in before it on its line. The rest of a segment is copied as it stands.
import type { Inserts } from "../hooks.ts";
import { lineIndex, lineStarts } from "./lines.ts";
import type { Bases } from "./splice.ts";
import { insertLength } from "./splice.ts";

/** What is read of a source map; whatever else it holds is kept. */
export interface ShiftableMap {
  readonly mappings?: string;
  readonly sections?: readonly {
    readonly offset: { readonly line: number; readonly column: number };
    readonly map: ShiftableMap;
  }[];
}

/** The map of the text with its inserts. Null if it is no map that can be read. */
export function shiftMap<M extends ShiftableMap>(map: M, source: string, inserts: Inserts, bases: Bases): M | null {
  const moved = movesOf(source, inserts, bases);
  try {
    return shiftWithin(map, moved, 0, 0, 0);
  } catch (error) {
    if (error instanceof Unreadable) return null;
    throw error;
  }
}

/** What was put in on a line: `columns` in the source, and the length of all text up to and with that. */
interface Moves {
  readonly columns: number[];
  readonly sums: number[];
}

type MovesByLine = ReadonlyMap<number, Moves>;

function movesOf(source: string, inserts: Inserts, bases: Bases): MovesByLine {
  const starts = lineStarts(source);
  const moved = new Map<number, Moves>();
  for (let insert = 0; insert < inserts.at.length; insert++) {
    const at = inserts.at[insert] ?? 0;
    const line = lineIndex(starts, at);
    let moves = moved.get(line);
    if (!moves) moved.set(line, (moves = { columns: [], sums: [] }));
    moves.sums.push((moves.sums.at(-1) ?? 0) + insertLength(inserts, insert, bases));
    moves.columns.push(at - (starts[line] ?? 0));
  }
  return moved;
}

function movedColumn(moves: Moves | undefined, column: number): number {
  const first = moves?.columns[0];
  if (!moves || first === undefined || column < first) return column;
  return column + (moves.sums[lineIndex(moves.columns, column)] ?? 0);
}

/** `line` and `column` are where this map begins in the text, `movedTo` is the column with the inserts. */
function shiftWithin<M extends ShiftableMap>(
  map: M,
  moved: MovesByLine,
  line: number,
  column: number,
  movedTo: number,
): M {
  const sections = map.sections?.map((section) => {
    const at = { line: line + section.offset.line, column: section.offset.column };
    const from = section.offset.line === 0 ? column + at.column : at.column;
    const to = movedColumn(moved.get(at.line), from);
    const offset = { line: section.offset.line, column: section.offset.line === 0 ? to - movedTo : to };
    return { ...section, offset, map: shiftWithin(section.map, moved, at.line, from, to) };
  });
  const { mappings } = map;
  return {
    ...map,
    ...(sections && { sections }),
    ...(mappings !== undefined && { mappings: shiftMappings(mappings, moved, line, column, movedTo) }),
  };
}

function shiftMappings(mappings: string, moved: MovesByLine, line: number, column: number, movedTo: number): string {
  const lines = mappings.split(";");
  return lines
    .map((segments, down) => {
      const moves = moved.get(line + down);
      if (segments === "" || !moves) return segments;
      return shiftLine(segments, moves, down === 0 ? column : 0, down === 0 ? movedTo : 0);
    })
    .join(";");
}

function shiftLine(segments: string, moves: Moves, start: number, movedStart: number): string {
  let column = start;
  let before = movedStart;
  return segments
    .split(",")
    .map((segment) => {
      const [delta, length] = decode(segment);
      column += delta;
      const now = movedColumn(moves, column);
      const shifted = encode(now - before) + segment.slice(length);
      before = now;
      return shifted;
    })
    .join(",");
}

class Unreadable extends Error {}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/** The first number of a segment, and how many characters it takes. */
function decode(segment: string): readonly [number, number] {
  let value = 0;
  for (let place = 0, shift = 0; place < segment.length; place++, shift += 5) {
    const digit = digits.indexOf(segment[place] ?? "");
    if (digit < 0 || shift > 30) break;
    value += (digit & 31) * 2 ** shift;
    if (digit < 32) return [value % 2 === 1 ? -(value - 1) / 2 : value / 2, place + 1];
  }
  throw new Unreadable();
}

function encode(value: number): string {
  let rest = value < 0 ? -value * 2 + 1 : value * 2;
  let text = "";
  for (;;) {
    const digit = rest % 32;
    rest = (rest - digit) / 32;
    text += digits[rest > 0 ? digit + 32 : digit] ?? "";
    if (rest === 0) return text;
  }
}
