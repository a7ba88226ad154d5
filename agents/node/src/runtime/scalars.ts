// Numbers, texts and the values that are always the same, as cells (spec/raw.md).
import { CONSTANT, FLOAT, INTEGER, LENGTH, LONG_TEXT, SMALL, STOP, TEXT } from "@spoor/protocol/raw";
import { withRoom } from "./blanks.ts";
import { sliceText, unitAt } from "./captured.ts";
import type { Limits } from "./settings.ts";
import type { Sink } from "./sink.ts";

/** Secrets are looked for so far beyond a cut. */
const BEYOND = 1024;
/** Places in CONSTANTS of the protocol. */
export const C = {
  null: 0, undefined: 1, true: 2, false: 3, minusZero: 4, nan: 5, infinity: 6, minusInfinity: 7, cycle: 8, accessor: 9,
  proxy: 10, promise: 11, cutBytes: 12, cutNodes: 13, cutHot: 14, cutSize: 15, unreadable: 16, hole: 17,
} as const; // prettier-ignore
/** Places in WHYS. */
export const W = { items: 0, fields: 1, bytes: 2, nodes: 3, depth: 4 } as const;

/** Characters of a text among an object's own fields. */
export const OWN_TEXT = 64;

/** All give the characters that the JSON will have, about. */
export interface Scalars {
  constant(place: number): number;
  number(value: number): number;
  text(value: string): number;
  /** Among an object's own fields: of a long one, the start. */
  ownText(value: string): number;
  /** Among the items of a container: the rest is cut, because of what stands at this place. */
  stop(why: number, cost: number): number;
  /** A container of which only the length is shown. */
  closed(kind: number, length: number): number;
}

export function createScalars(sink: Sink, limits: Limits): Scalars {
  function constant(place: number): number {
    sink.cells[sink.n++] = (place << 4) | CONSTANT;
    return place < 4 ? 4 : 24;
  }

  function number(value: number): number {
    if ((value << 4) >> 4 === value && (value !== 0 || 1 / value > 0)) {
      sink.cells[sink.n++] = (value << 4) | SMALL;
      return digits(value);
    }
    if ((value | 0) === value && value !== 0) {
      sink.cells[sink.n++] = INTEGER;
      sink.cells[sink.n++] = value;
      return 10;
    }
    if (value === 0) return constant(C.minusZero);
    if (value !== value) return constant(C.nan);
    if (value === Infinity) return constant(C.infinity);
    if (value === -Infinity) return constant(C.minusInfinity);
    sink.cells[sink.n++] = FLOAT;
    sink.floats[sink.fn++] = value;
    return 18;
  }

  function text(value: string): number {
    return value.length <= limits.text ? whole(value) : start(value, limits.text);
  }

  function ownText(value: string): number {
    const most = limits.text < OWN_TEXT ? limits.text : OWN_TEXT;
    return value.length <= most ? whole(value) : start(value, most);
  }

  function whole(value: string): number {
    const { length } = value;
    sink.textCells[sink.tx] = sink.n;
    sink.units += length + 1;
    sink.cells[sink.n++] = (length << 4) | TEXT;
    sink.texts[sink.tx++] = value;
    return length + 2;
  }

  function start(value: string, most: number): number {
    const shown = upTo(value, most);
    sink.cutTexts = withRoom(sink.cutTexts, sink.cut);
    sink.cutPlaces[sink.cut] = sink.tx;
    sink.cutTexts[sink.cut++] = sliceText(value, 0, limits.text + BEYOND);
    sink.textCells[sink.tx] = sink.n;
    sink.units += shown.length + 1;
    sink.cells[sink.n++] = (shown.length << 4) | LONG_TEXT;
    sink.cells[sink.n++] = value.length;
    sink.texts[sink.tx++] = shown;
    return shown.length + 32;
  }

  function stop(why: number, cost: number): number {
    sink.cells[sink.n++] = ((STOP + why) << 4) | CONSTANT;
    return cost + 24;
  }

  function closed(kind: number, length: number): number {
    sink.cells[sink.n++] = (kind << 4) | LENGTH;
    sink.cells[sink.n++] = length;
    return 22;
  }

  return { constant, number, text, ownText, stop, closed };
}

/** Characters of a small integer, about. */
export function digits(value: number): number {
  const size = value < 0 ? -value : value;
  const sign = value < 0 ? 1 : 0;
  if (size < 10) return 1 + sign;
  if (size < 100) return 2 + sign;
  if (size < 1000) return 3 + sign;
  if (size < 100_000) return 5 + sign;
  return 9 + sign;
}

/** The first characters of a text; never half of a pair that is whole. */
export function upTo(text: string, most: number): string {
  if (text.length <= most) return text;
  const splits = (unitAt(text, most - 1) & 0xfc00) === 0xd800 && (unitAt(text, most) & 0xfc00) === 0xdc00;
  return sliceText(text, 0, splits ? most - 1 : most);
}
