// From raw blocks (spec/raw.md) to the lines of the spool (spec/spool.md). Pure: the host feeds it the blocks of one file in
// order and gets text that it reads like that of any other agent.
import * as raw from "./raw.ts";
import type { RawBlock } from "./raw.ts";

/** What earlier blocks of the same file said. */
export interface RawState {
  readonly clock: bigint;
  /** Keys of objects, as JSON with their colons, by shape. */
  readonly shapes: Map<number, readonly string[]>;
  /** The same for the arguments of functions. */
  readonly names: Map<number, readonly string[]>;
  /** JSON that comes again and again: classes, functions, why something is withheld. */
  readonly words: Map<number, string>;
  /** What calls said that they would return. */
  readonly later: Map<number, string>;
  /** When calls suspended themselves. */
  readonly suspended: Map<number, number>;
  strand: number;
}

export function rawState(clock: bigint): RawState {
  return {
    clock,
    shapes: new Map(),
    names: new Map(),
    words: new Map(),
    later: new Map(),
    suspended: new Map(),
    strand: 0,
  };
}

interface Cursor {
  readonly block: RawBlock;
  readonly state: RawState;
  readonly low: number;
  readonly high: number;
  cell: number;
  time: number;
  float: number;
  text: number;
  line: number;
}

/** Nesting that no agent writes: whatever says so is not a block of ours. */
const DEEPEST = 64;
const lone = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;

/** The lines of a block with their newlines. @throws RangeError if the block contradicts itself: nothing of it counts. */
export function blockText(state: RawState, block: RawBlock): string {
  const low = Number(state.clock & 0xffffffffn);
  const at: Cursor = {
    block,
    state: { ...state },
    low,
    high: Number(state.clock >> 32n),
    cell: 0,
    time: 0,
    float: 0,
    text: 0,
    line: 0,
  };
  const records: string[] = [];
  while (at.cell < block.cells.length) records.push(record(at));
  if (at.line !== block.lines.length || 2 * at.time !== block.times.length) throw new RangeError("parts are left over");
  state.strand = at.state.strand;
  return records.join("");
}

function record(at: Cursor): string {
  const head = next(at);
  switch (head & 15) {
    case raw.CALL: {
      const [call, parent, fn] = [next(at), next(at), next(at)];
      const when = time(at);
      const values = head & raw.BARE ? "" : members(at, known(at.state.names, fn), 0);
      return `C\t${call}\t${when}\t${parent}\t${fn}\t${at.state.strand}\t${values}\n`;
    }
    case raw.RETURN: {
      const call = next(at);
      const when = time(at);
      if ((head & raw.LATE) === 0) return `R\t${call}\t${when}\t\t\t\t${head & raw.BARE ? "" : value(at, 0)}\n`;
      const said = at.state.later.get(call) ?? "";
      at.state.later.delete(call);
      return `R\t${call}\t${when}\t\t\t\t${said}\n`;
    }
    case raw.TASK: {
      const [strand, call, owner, name] = [next(at), next(at), next(at), next(at)];
      return `K\t${strand}\t${time(at)}\t${call}\t\t${owner}\t${known(at.state.words, name)}\n`;
    }
    case raw.LOCALS: {
      const [exception, call, place, depth, frame] = [next(at), next(at), next(at), next(at), next(at)];
      const locals = members(at, known(at.state.shapes, next(at)), 0);
      return `L\t${exception}\t${time(at)}\t${call}\t${place}\t${depth}\t{${known(at.state.words, frame)},"locals":${locals}}\n`;
    }
    case raw.LATER:
      at.state.later.set(next(at), value(at, 0));
      return "";
    case raw.LEAVE: {
      const [call, exception] = [next(at), next(at)];
      return `X\t${call}\t${time(at)}\t\t${Math.max(exception, 0)}\t\t${exception < 0 ? '{"closed":true}' : ""}\n`;
    }
    case raw.AWAIT:
    case raw.YIELD: {
      const call = next(at);
      const when = time(at);
      at.state.suspended.set(call, when);
      const shown = (head & 15) === raw.AWAIT || head & raw.BARE ? "" : value(at, 0);
      return `S\t${call}\t${when}\t\t\t\t${shown}\n`;
    }
    case raw.RESUME: {
      const [call, parent] = [next(at), next(at)];
      const when = time(at);
      const since = at.state.suspended.get(call);
      at.state.suspended.delete(call);
      return `U\t${call}\t${when}\t${parent}\t${since === undefined ? "" : when - since}\t${at.state.strand}\t\n`;
    }
    case raw.STRAND:
      at.state.strand = next(at);
      return "";
    case raw.LINE:
      return `${line(at)}\n`;
    case raw.KEYS:
      at.state.shapes.set(next(at), keysOf(line(at)));
      return "";
    case raw.NAMES:
      at.state.names.set(next(at), keysOf(line(at)));
      return "";
    case raw.WORD:
      at.state.words.set(next(at), line(at));
      return "";
    default:
      throw new RangeError(`no record of kind ${head & 15}`);
  }
}

function keysOf(json: string): readonly string[] {
  return (JSON.parse(json) as string[]).map((key) => `${JSON.stringify(key)}:`);
}

function next(at: Cursor): number {
  const cell = at.block.cells[at.cell++];
  if (cell === undefined) throw new RangeError("a record is longer than its block");
  return cell;
}

function time(at: Cursor): number {
  const low = at.block.times[2 * at.time];
  const high = at.block.times[2 * at.time + 1];
  if (low === undefined || high === undefined) throw new RangeError("a time is missing");
  at.time++;
  return (high - at.high) * 4294967296 + (low - at.low);
}

function line(at: Cursor): string {
  const text = at.block.lines[at.line++];
  if (text === undefined) throw new RangeError("a line is missing");
  return text;
}

function text(at: Cursor, units: number): string {
  const end = at.text + units;
  if (units < 0 || end > at.block.texts.length) throw new RangeError("a text is missing");
  const found = at.block.texts.slice(at.text, end);
  // One character stands between two texts.
  at.text = end + 1;
  return found;
}

function known<T>(map: Map<number, T>, id: number): T {
  const found = map.get(id);
  if (found === undefined) throw new RangeError(`nothing has the number ${id}`);
  return found;
}

/** `{"a":1,"b":2}` of the values that follow. */
function members(at: Cursor, keys: readonly string[], depth: number, start = ""): string {
  let out = start;
  for (const key of keys) {
    if (out !== "") out += ",";
    out += key + value(at, depth + 1);
  }
  return `{${out}}`;
}

/** Values up to `count`, or to where the rest was cut. `pair`: two by two. */
function items(at: Cursor, count: number, depth: number, pair: boolean): { json: string; why: string } {
  let json = "";
  for (let i = 0; i < count; i++) {
    const head = at.block.cells[at.cell] ?? 0;
    if ((head & 15) === raw.CONSTANT && head >> 4 >= raw.STOP) {
      at.cell++;
      return { json, why: why((head >> 4) - raw.STOP) };
    }
    if (i > 0) json += ",";
    json += pair ? `[${value(at, depth + 1)},${value(at, depth + 1)}]` : value(at, depth + 1);
  }
  return { json, why: "" };
}

function list(at: Cursor, count: number, depth: number): string {
  const { json, why } = items(at, count, depth, false);
  return why === "" ? `[${json}]` : marked("list", "items", count, json, why);
}

/** `len` where something was cut, and why, if not for the number of items. */
function marked(kind: string, of: string, length: number, json: string, why: string): string {
  const size = why === "" ? "" : `,"len":${length}`;
  const reason = why === "" || why === "items" ? "" : `,"why":"${why}"`;
  return `{"$":"${kind}"${size},"${of}":[${json}]${reason}}`;
}

function value(at: Cursor, depth: number): string {
  if (depth > DEEPEST) throw new RangeError("too deep");
  const head = next(at);
  const data = head >> 4;
  switch (head & 15) {
    case raw.CONSTANT:
      return constant(data);
    case raw.SMALL:
      return String(data);
    case raw.INTEGER:
      return String(next(at));
    case raw.FLOAT: {
      const float = at.block.floats[at.float++];
      if (float === undefined) throw new RangeError("a number is missing");
      return String(float);
    }
    case raw.TEXT:
      return plainText(text(at, data));
    case raw.LONG_TEXT: {
      const length = next(at);
      const head = text(at, data);
      return lone.test(head) ? escapedText(length, head) : `{"$":"str","len":${length},"head":${quoted(head)}}`;
    }
    case raw.OBJECT:
      return members(at, known(at.state.shapes, data), depth);
    case raw.LIST:
      return list(at, data, depth);
    case raw.JSON_TEXT:
      return data < 0 ? line(at) : known(at.state.words, data);
    case raw.INSTANCE: {
      const identity = next(at);
      const shape = known(at.state.shapes, next(at));
      return members(at, shape, depth, named(at, data, identity));
    }
    case raw.CLOSED:
      return closed(at, data, next(at));
    case raw.COLLECTION:
      return collection(at, data, depth);
    case raw.DICT:
      return entries(at, data, depth);
    case raw.REDACTED:
      return `{"$":"redacted","why":${known(at.state.words, data)}}`;
    default:
      return `{"$":"${kindOf(data)}","len":${next(at)}}`;
  }
}

/** Below zero: the function that it was given to is called often. */
function closed(at: Cursor, data: number, identity: number): string {
  return identity < 0 ? `{${named(at, data, -identity)},"$cut":{"why":"hot"}}` : `{${named(at, data, identity)}}`;
}

function constant(data: number): string {
  const found = raw.CONSTANTS[data];
  if (found === undefined) throw new RangeError(`no constant ${data}`);
  return found;
}

function named(at: Cursor, word: number, identity: number): string {
  const name = `"$":${known(at.state.words, word)}`;
  return identity === 0 ? name : `${name},"$id":"${(identity >>> 0).toString(16)}"`;
}

function why(data: number): string {
  const found = raw.WHYS[data];
  if (!found) throw new RangeError(`nothing is cut for ${data}`);
  return found;
}

function kindOf(data: number): string {
  const found = raw.COLLECTIONS[data];
  if (found === undefined) throw new RangeError(`no collection ${data}`);
  return found;
}

/** A set or a map. */
function collection(at: Cursor, data: number, depth: number): string {
  const kind = kindOf(data);
  const length = next(at);
  const isMap = kind === "map";
  const { json, why } = items(at, length, depth, isMap);
  return marked(kind, isMap ? "entries" : "items", length, json, why);
}

/**
 * An object that has no shape. `data` 1: there are too many shapes; 0: some of its keys cannot be keys of JSON, since they are
 * too long, hold a secret or half a surrogate pair.
 */
function entries(at: Cursor, data: number, depth: number): string {
  const length = next(at);
  if (data === 0) {
    const { json, why } = items(at, length, depth, true);
    return marked("dict", "entries", length, json, why);
  }
  let json = "";
  for (let i = 0; i < length; i++) {
    const head = at.block.cells[at.cell] ?? 0;
    if ((head & 15) === raw.CONSTANT && head >> 4 >= raw.STOP) {
      at.cell++;
      return `{${json}${i > 0 ? "," : ""}"$cut":{"why":"${why((head >> 4) - raw.STOP)}","more":${length - i}}}`;
    }
    const key = value(at, depth + 1);
    if (key[0] !== '"') throw new RangeError("a key that is no text");
    json += `${i > 0 ? "," : ""}${key[1] === "$" ? `"$${key.slice(1)}` : key}:${value(at, depth + 1)}`;
  }
  return `{${json}}`;
}

/** Stands in JSON as it is. */
function isPlain(written: string): boolean {
  for (let i = 0; i < written.length; i++) {
    const unit = written.charCodeAt(i);
    if (unit < 32 || unit === 34 || unit === 92 || (unit >= 0xd800 && unit < 0xe000)) return false;
  }
  return true;
}

function quoted(written: string): string {
  return isPlain(written) ? `"${written}"` : JSON.stringify(written);
}

/** A whole text. */
export function plainText(written: string): string {
  if (isPlain(written)) return `"${written}"`;
  return lone.test(written) ? escapedText(written.length, written) : JSON.stringify(written);
}

function escapedText(length: number, written: string): string {
  const shown = written
    .replace(/\\/g, "\\\\")
    .replace(new RegExp(lone, "g"), (half) => `\\u${half.charCodeAt(0).toString(16)}`);
  return `{"$":"str","len":${length},"escaped":${JSON.stringify(shown)}}`;
}

/** Stands for a block that could not be read: no record of the spool, so that whoever reads the text counts it. */
export const CORRUPT_LINE = "corrupt block\n";

/** The text of a file, header first, block by block. Null if it does not begin with a header of this format. */
export function decoderOf(bytes: Uint8Array): Generator<string, raw.RawEnd> | null {
  const head = raw.readFileHeader(bytes);
  return head === null || head.format !== raw.RAW_FORMAT ? null : pieces(bytes, head);
}

function* pieces(bytes: Uint8Array, head: raw.RawHead): Generator<string, raw.RawEnd> {
  const state = rawState(head.clock);
  yield `${head.line}\n`;
  const blocks = raw.readBlocks(bytes, head.end);
  for (;;) {
    const piece = blocks.next();
    if (piece.done === true) return piece.value;
    yield piece.value.is === "corrupt" ? CORRUPT_LINE : textOf(state, piece.value.block);
  }
}

function textOf(state: RawState, block: RawBlock): string {
  try {
    return blockText(state, block);
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) return CORRUPT_LINE;
    throw error;
  }
}
