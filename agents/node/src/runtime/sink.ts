// Where records gather: numbers in typed arrays, texts by reference, until `flush` makes one block of them (spec/raw.md),
// takes secrets out of the texts, and hands it to the file. Nothing here grows: a full sink is flushed.
import {
  BLOCK_HEADER_BYTES, BLOCK_TRAILER_BYTES, blockBytes, CONSTANT, KEYS, LINE, LONG_TEXT, NAMES, TEXT, WIDE_TEXTS, WORD, writeBlockFrame,
} from "@spoor/protocol/raw"; // prettier-ignore
import type { HintScanner } from "@spoor/protocol/hints";
import type { Redactor } from "@spoor/protocol/redaction";
import { blanks, withRoom } from "./blanks.ts";
import {
  bytesIn, encodeInto, getFrom, isWellFormed, joinTexts, mapSize, newBytes, newMap, wordsOf, partOf, setBytes, setIn, sliceArray, sliceText, unitAt,
} from "./captured.ts"; // prettier-ignore
import { OWN_TEXT, upTo } from "./scalars.ts";
import type { Shape, Shapes } from "./shapes.ts";

/** A record begins only below this: 64 KiB of cells and times. */
export const FULL_CELLS = 11_000;
/** No record has more; the values of a call are cut before. */
export const MOST_CELLS = 11_000;
const CELLS = FULL_CELLS + MOST_CELLS + 1024;
export const FULL_TEXTS = 48 * 1024;
/** What stands between two texts, so that no pattern matches across them. */
const BETWEEN = "\0";
/** Room for lines, and for texts that are cut, at first. */
const FEW = 256;
/** No hint that begins before a cut reaches further beyond it, but for those that begin with a hint themselves. */
const ACROSS = 64;

export interface Sink {
  readonly cells: Int32Array;
  n: number;
  readonly times: BigUint64Array;
  tn: number;
  readonly floats: Float64Array;
  fn: number;
  readonly texts: string[];
  /** For each text, where its cell is. */
  readonly textCells: Int32Array;
  tx: number;
  /** UTF-16 units of texts and lines. */
  units: number;
  lines: string[];
  ln: number;
  /** What records of this block refer to; it stands before them. */
  readonly defined: Int32Array;
  dn: number;
  definedLines: string[];
  dl: number;
  /** Texts of which a part is shown: their places, and what to look for secrets in. */
  readonly cutPlaces: Int32Array;
  cutTexts: string[];
  cut: number;
  /**
   * Values that could not be taken, since the stack had no room for it: how many, and where they should begin. Noted without
   * a call of a function, and put right before the next record.
   */
  bad: number;
  badAt: number;
  badFloats: number;
  strand: number;
  /** Counts files: what was told in an earlier one is told again. */
  epoch: number;
  words: Map<string, Word>;
  nextWord: number;
}

/** JSON that comes again and again, with the file in which it was told last. */
export interface Word {
  readonly id: number;
  readonly json: string;
  told: number;
}

const UNREADABLE = (16 << 4) | CONSTANT;
/** How many words are remembered by their text. */
const MOST_WORDS = 8192;

export function createSink(): Sink {
  return {
    cells: new Int32Array(CELLS),
    n: 0,
    times: new BigUint64Array(CELLS),
    tn: 0,
    floats: new Float64Array(CELLS),
    fn: 0,
    texts: blanks(CELLS),
    textCells: new Int32Array(CELLS),
    tx: 0,
    units: 0,
    lines: blanks(FEW),
    ln: 0,
    defined: new Int32Array(2 * CELLS),
    dn: 0,
    definedLines: blanks(FEW),
    dl: 0,
    cutPlaces: new Int32Array(CELLS),
    cutTexts: blanks(FEW),
    cut: 0,
    bad: 0,
    badAt: 0,
    badFloats: 0,
    strand: 0,
    epoch: 1,
    words: new Map(),
    nextWord: 1,
  };
}

/** A record of another kind than those of calls: a line of the spool, redacted already, without its newline. */
export function putLine(sink: Sink, line: string): void {
  if (sink.bad !== 0) repair(sink);
  // Before anything is written: there may be no stack left for it.
  sink.lines = withRoom(sink.lines, sink.ln);
  sink.cells[sink.n++] = LINE;
  sink.lines[sink.ln++] = line;
  sink.units += line.length;
}

export function tellKeys(sink: Sink, shapes: Shapes, shape: Shape, id: number): void {
  tell(sink, KEYS, id, shapes.keysJson(shape));
  shape.told = sink.epoch;
}

export function tellNames(sink: Sink, fn: number, json: string): void {
  tell(sink, NAMES, fn, json);
}

export function wordOf(sink: Sink, json: string): Word {
  let word = getFrom(sink.words, json) as Word | undefined;
  if (word === undefined) {
    if (mapSize(sink.words) >= MOST_WORDS) sink.words = newMap();
    word = { id: sink.nextWord++, json, told: 0 };
    setIn(sink.words, json, word);
  }
  return word;
}

/** The number of a word that this file has. */
export function told(sink: Sink, word: Word): number {
  if (word.told !== sink.epoch) {
    tell(sink, WORD, word.id, word.json);
    word.told = sink.epoch;
  }
  return word.id;
}

function tell(sink: Sink, kind: number, id: number, json: string): void {
  sink.definedLines = withRoom(sink.definedLines, sink.dl);
  sink.defined[sink.dn++] = kind;
  sink.defined[sink.dn++] = id;
  sink.definedLines[sink.dl++] = json;
  sink.units += json.length;
}

/** Puts `unreadable` in the place of values that could not be taken. */
export function repair(sink: Sink): void {
  const { badAt } = sink;
  while (sink.tx > 0 && (sink.textCells[sink.tx - 1] as number) >= badAt) sink.tx--;
  while (sink.cut > 0 && (sink.cutPlaces[sink.cut - 1] as number) >= sink.tx) sink.cut--;
  sink.fn = sink.badFloats;
  for (let i = 0; i < sink.bad; i++) sink.cells[badAt + i] = UNREADABLE;
  sink.n = badAt + sink.bad;
  sink.bad = 0;
}

export function isEmpty(sink: Sink): boolean {
  return sink.n === 0 && sink.dn === 0;
}

export function isFull(sink: Sink): boolean {
  return sink.n > FULL_CELLS || sink.units > FULL_TEXTS || sink.dn > CELLS;
}

export interface BlockWriter {
  /** Makes a block of all that the sink holds and empties it. The bytes are valid until the next time. */
  take(sink: Sink, sequence: number, flags: number): { bytes: Uint8Array<ArrayBuffer>; length: number };
}

export function createBlockWriter(
  redactor: Redactor,
  hints: HintScanner,
  hasPatterns: boolean,
  longest: number,
): BlockWriter {
  let bytes = newBytes(256 * 1024);
  let words = wordsOf(bytes);
  const block = { bytes, length: 0 };

  function grow(size: number): void {
    if (size <= bytes.length) return;
    // As many as words hold.
    bytes = newBytes(4 * size);
    words = wordsOf(bytes);
  }

  function joined(sink: Sink): string {
    return sink.tx === 0 ? "" : joinTexts(sliceArray(sink.texts, 0, sink.tx), BETWEEN);
  }

  function replace(sink: Sink, at: number, text: string): void {
    const cell = sink.textCells[at] as number;
    const kind = (sink.cells[cell] as number) & 15;
    // Only a text that is shown whole can become too long for what it says of itself.
    sink.cells[cell] = (text.length << 4) | (kind === LONG_TEXT ? LONG_TEXT : TEXT);
    sink.texts[at] = text;
  }

  /** Texts of which a part is shown, if a hint lies across the cut. */
  function redactCut(sink: Sink): void {
    for (let i = 0; i < sink.cut; i++) {
      const text = sink.cutTexts[i] as string;
      const cut = (sink.texts[sink.cutPlaces[i] as number] as string).length;
      if (hasPatterns || hints.test(sliceText(text, cut < ACROSS ? 0 : cut - ACROSS, cut + ACROSS)))
        redactHead(sink, i);
    }
  }

  /** With what lies beyond the cut: a secret that begins before it is replaced whole. @returns whether there is one. */
  function redactHead(sink: Sink, i: number): boolean {
    const text = sink.cutTexts[i] as string;
    const at = sink.cutPlaces[i] as number;
    if (text === "") return false;
    const cut = (sink.texts[at] as string).length;
    // Of an object's own field: the start of what would be shown of a text elsewhere.
    const isOwn = cut <= OWN_TEXT && cut < longest - 1;
    const shown = isOwn ? upTo(redactor.head(text, longest), cut) : redactor.head(text, cut);
    sink.cutTexts[i] = "";
    if (shown === sink.texts[at]) return false;
    replace(sink, at, shown);
    return true;
  }

  function redactOne(sink: Sink, at: number): boolean {
    for (let i = 0; i < sink.cut; i++) if (sink.cutPlaces[i] === at) return redactHead(sink, i);
    const written = sink.texts[at] as string;
    const shown = redactor.text(written);
    if (shown === written) return false;
    replace(sink, at, shown);
    return true;
  }

  function redactAll(sink: Sink): void {
    for (let i = 0; i < sink.tx; i++) redactOne(sink, i);
  }

  /** @returns whether a text was changed. `all` is their joined text, `size` its bytes at `start`, if they are ASCII. */
  function redactHinted(sink: Sink, all: string, start: number, size: number): boolean {
    let changed = false;
    let text = 0;
    let begin = 0;
    let from = 0;
    for (;;) {
      const found =
        size === all.length ? hints.find(bytes, words, start, start + size, from, all) : hints.search(all, from);
      if (found < 0) return changed;
      while (begin + (sink.texts[text] as string).length < found) begin += (sink.texts[text++] as string).length + 1;
      from = begin + (sink.texts[text] as string).length + 1;
      if (redactOne(sink, text)) {
        // Where the next text begins in `all` does not change with it.
        begin = from;
        text++;
        changed = true;
      }
      if (from >= all.length) return changed;
    }
  }

  function take(sink: Sink, sequence: number, flags: number): { bytes: Uint8Array<ArrayBuffer>; length: number } {
    if (sink.bad !== 0) repair(sink);
    redactCut(sink);
    if (hasPatterns) redactAll(sink);
    let all = joined(sink);
    const cells = sink.dn + sink.n;
    const fixed = BLOCK_HEADER_BYTES + 8 * sink.tn + 8 * sink.fn + 4 * cells;
    grow(fixed + 3 * (all.length + sink.units) + 2 * (sink.ln + sink.dl) + BLOCK_TRAILER_BYTES + 64);
    let wide = !isWellFormed(all);
    let textBytes = wide ? 0 : encodeInto(all, partOf(bytes, fixed, bytes.length)).written;
    if (!hasPatterns && redactHinted(sink, all, fixed, textBytes)) {
      all = joined(sink);
      grow(fixed + 3 * (all.length + sink.units) + 2 * (sink.ln + sink.dl) + BLOCK_TRAILER_BYTES + 64);
      wide = !isWellFormed(all);
      textBytes = wide ? 0 : encodeInto(all, partOf(bytes, fixed, bytes.length)).written;
    }
    if (wide) {
      textBytes = 2 * all.length;
      for (let i = 0; i < all.length; i++) {
        const unit = unitAt(all, i);
        bytes[fixed + 2 * i] = unit;
        bytes[fixed + 2 * i + 1] = unit >> 8;
      }
    }
    const lineBytes = encodeInto(linesOf(sink), partOf(bytes, fixed + textBytes, bytes.length)).written;

    let at = BLOCK_HEADER_BYTES;
    setBytes(bytes, bytesIn(sink.times.buffer, 8 * sink.tn), at);
    at += 8 * sink.tn;
    setBytes(bytes, bytesIn(sink.floats.buffer, 8 * sink.fn), at);
    at += 8 * sink.fn;
    setBytes(bytes, bytesIn(sink.defined.buffer, 4 * sink.dn), at);
    at += 4 * sink.dn;
    setBytes(bytes, bytesIn(sink.cells.buffer, 4 * sink.n), at);
    const sizes = { cells, times: sink.tn, floats: sink.fn, textBytes, lineBytes };
    const length = blockBytes(sizes);
    for (let i = fixed + textBytes + lineBytes; i < length; i++) bytes[i] = 0;
    writeBlockFrame(bytes, 0, sequence, wide ? flags | WIDE_TEXTS : flags, sizes);
    empty(sink);
    block.bytes = bytes;
    block.length = length;
    return block;
  }

  return { take };
}

function linesOf(sink: Sink): string {
  if (sink.ln === 0 && sink.dl === 0) return "";
  const defined = sink.dl === 0 ? "" : joinTexts(sliceArray(sink.definedLines, 0, sink.dl), "\n");
  const lines = sink.ln === 0 ? "" : joinTexts(sliceArray(sink.lines, 0, sink.ln), "\n");
  return defined === "" || lines === "" ? defined + lines : `${defined}\n${lines}`;
}

/** Lets go of all texts: none is kept longer than until it is written. */
function empty(sink: Sink): void {
  for (let i = 0; i < sink.tx; i++) sink.texts[i] = "";
  for (let i = 0; i < sink.ln; i++) sink.lines[i] = "";
  for (let i = 0; i < sink.dl; i++) sink.definedLines[i] = "";
  for (let i = 0; i < sink.cut; i++) sink.cutTexts[i] = "";
  sink.cut = 0;
  sink.n = sink.tn = sink.fn = sink.tx = sink.ln = sink.dn = sink.dl = sink.units = sink.strand = 0;
}
