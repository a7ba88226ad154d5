// The raw form of a spool (spec/raw.md): what the Node agent appends, and the host turns into the spool's text before it
// is read. This file has the numbers of the form, and how a file is made of blocks; raw-text.ts has the decoding.

export const RAW_FORMAT = 1;

/** The first eight bytes of a file. */
export const RAW_MAGIC = "spoorraw";
export const FILE_HEADER_BYTES = 24;

export const BLOCK_MAGIC = 0x4b4c4253;
export const BLOCK_END = 0x444e4553;
export const BLOCK_HEADER_BYTES = 32;
export const BLOCK_TRAILER_BYTES = 16;

/** Flags of a block. */
export const WIDE_TEXTS = 1;
/** The file is complete. */
export const LAST = 2;
/** And so is the process. */
export const EXIT = 4;

/** Records: the low four bits of their first cell. */
export const CALL = 1;
export const RETURN = 2;
export const LEAVE = 3;
export const AWAIT = 4;
export const YIELD = 5;
export const RESUME = 6;
export const STRAND = 7;
export const LINE = 8;
export const KEYS = 9;
export const NAMES = 10;
export const WORD = 11;
export const LATER = 12;
export const TASK = 13;
export const LOCALS = 14;

/** A record of a call or an outcome without its values. */
export const BARE = 16;
/** A return of what `LATER` said before. */
export const LATE = 32;

/** Values: the low four bits of their first cell; what is above belongs to it. */
export const CONSTANT = 0;
export const SMALL = 1;
export const INTEGER = 2;
export const FLOAT = 3;
export const TEXT = 4;
export const LONG_TEXT = 5;
export const OBJECT = 6;
export const LIST = 7;
export const JSON_TEXT = 8;
export const INSTANCE = 9;
export const CLOSED = 10;
export const COLLECTION = 12;
export const DICT = 13;
export const REDACTED = 14;
export const LENGTH = 15;

/** What a `CONSTANT` is, as JSON. */
export const CONSTANTS = [
  "null",
  '{"$":"undefined"}',
  "true",
  "false",
  "-0.0",
  '{"$":"float","value":"NaN"}',
  '{"$":"float","value":"Infinity"}',
  '{"$":"float","value":"-Infinity"}',
  '{"$":"cycle"}',
  '{"$":"accessor"}',
  '{"$":"proxy"}',
  '{"$":"promise"}',
  '{"$":"cut","why":"bytes"}',
  '{"$":"cut","why":"nodes"}',
  '{"$":"cut","why":"hot"}',
  '{"$":"cut","why":"size"}',
  '{"$":"unreadable","why":"agent_error"}',
  '{"$":"hole"}',
] as const;
/** What a `CONSTANT` says besides, among the items of a container: the rest is cut, because of… */
export const STOP = 32;

/** …this. */
export const WHYS = ["items", "fields", "bytes", "nodes", "depth"] as const;
/** What a `COLLECTION` or a `LENGTH` is. */
export const COLLECTIONS = ["list", "dict", "set", "map", "buffer"] as const;

export interface RawHead {
  readonly format: number;
  /** The clock's reading that is time 0 of the run, in nanoseconds. */
  readonly clock: bigint;
  /** The `H` record without its newline. */
  readonly line: string;
  /** Where the first block begins. */
  readonly end: number;
}

/** The parts of a block. Everything is little-endian, wherever it was written. */
export interface RawBlock {
  readonly sequence: number;
  readonly flags: number;
  readonly cells: Int32Array;
  /** Readings of the clock, each in two halves, the lower first. */
  readonly times: Uint32Array;
  readonly floats: Float64Array;
  readonly texts: string;
  /** Without newlines at their ends. */
  readonly lines: readonly string[];
}

export type RawPiece = { readonly is: "block"; readonly block: RawBlock } | { readonly is: "corrupt" };

export interface RawEnd {
  /** Bytes of an unfinished block follow the last whole one. */
  readonly truncated: boolean;
  /** How far the file can be read. */
  readonly end: number;
}

const utf8 = new TextDecoder();

/**
 * Bytes that start a file; `line` is UTF-8. Like `writeBlockFrame` it stores bytes one by one, since an agent uses both, where
 * the methods of DataView may be a program's.
 */
export function fileHeader(clock: bigint, line: Uint8Array): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(aligned(FILE_HEADER_BYTES + line.length));
  for (let i = 0; i < RAW_MAGIC.length; i++) bytes[i] = MAGIC[i] as number;
  putNumber(bytes, 8, RAW_FORMAT);
  putNumber(bytes, 12, line.length);
  let rest = clock;
  for (let i = 16; i < 24; i++) {
    bytes[i] = Number(rest & 255n);
    rest >>= 8n;
  }
  for (let i = 0; i < line.length; i++) bytes[FILE_HEADER_BYTES + i] = line[i] as number;
  return bytes;
}

const MAGIC = Array.from(RAW_MAGIC, (char) => char.charCodeAt(0));

function putNumber(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value;
  bytes[at + 1] = value >>> 8;
  bytes[at + 2] = value >>> 16;
  bytes[at + 3] = value >>> 24;
}

/** Null if `bytes`, the beginning of a file, do not hold the whole header; `format` alone counts where it is unknown. */
export function readFileHeader(bytes: Uint8Array): RawHead | null {
  if (bytes.length < FILE_HEADER_BYTES) return null;
  for (let i = 0; i < RAW_MAGIC.length; i++) if (bytes[i] !== RAW_MAGIC.charCodeAt(i)) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const format = view.getUint32(8, true);
  const length = view.getUint32(12, true);
  const clock = view.getBigUint64(16, true);
  if (format !== RAW_FORMAT) return { format, clock, line: "", end: 0 };
  if (FILE_HEADER_BYTES + length > bytes.length) return null;
  const line = utf8.decode(bytes.subarray(FILE_HEADER_BYTES, FILE_HEADER_BYTES + length));
  return { format, clock, line, end: aligned(FILE_HEADER_BYTES + length) };
}

export interface BlockSizes {
  readonly cells: number;
  readonly times: number;
  readonly floats: number;
  readonly textBytes: number;
  readonly lineBytes: number;
}

/** Bytes of a whole block. */
export function blockBytes(sizes: BlockSizes): number {
  const { cells, times, floats, textBytes, lineBytes } = sizes;
  const body = 8 * times + 8 * floats + 4 * cells + textBytes + lineBytes;
  return BLOCK_HEADER_BYTES + aligned(body) + BLOCK_TRAILER_BYTES;
}

/** The fixed part before a block, and the one behind it. */
export function writeBlockFrame(
  bytes: Uint8Array,
  at: number,
  sequence: number,
  flags: number,
  sizes: BlockSizes,
): void {
  const total = blockBytes(sizes);
  putNumber(bytes, at, BLOCK_MAGIC);
  putNumber(bytes, at + 4, total);
  putNumber(bytes, at + 8, sequence);
  putNumber(bytes, at + 12, sizes.times);
  putNumber(bytes, at + 16, sizes.floats);
  putNumber(bytes, at + 20, sizes.cells);
  putNumber(bytes, at + 24, sizes.textBytes);
  putNumber(bytes, at + 28, sizes.lineBytes);
  const end = at + total - BLOCK_TRAILER_BYTES;
  putNumber(bytes, end, sequence);
  putNumber(bytes, end + 4, flags);
  putNumber(bytes, end + 8, total);
  putNumber(bytes, end + 12, BLOCK_END);
}

/** Flags of the last block, from the last bytes of a file; 0 if it does not end with a block. */
export function lastFlags(tail: Uint8Array): number {
  if (tail.length < BLOCK_TRAILER_BYTES) return 0;
  const view = new DataView(tail.buffer, tail.byteOffset + tail.length - BLOCK_TRAILER_BYTES, BLOCK_TRAILER_BYTES);
  return view.getUint32(12, true) === BLOCK_END ? view.getUint32(4, true) : 0;
}

/**
 * The whole blocks of a file, from `head.end` on. Where something is not a block, the next one that is whole is looked
 * for: what lies between is one corrupt piece, or an unfinished block if nothing follows.
 */
export function* readBlocks(bytes: Uint8Array, start: number): Generator<RawPiece, RawEnd> {
  let at = start;
  while (at < bytes.length) {
    const block = readBlock(bytes, at);
    if (block !== null) {
      at += block.bytes;
      yield { is: "block", block: block.block };
      continue;
    }
    const next = findBlock(bytes, at + 8);
    if (next < 0) return { truncated: hasBytes(bytes, at), end: at };
    at = next;
    yield { is: "corrupt" };
  }
  return { truncated: false, end: at };
}

function hasBytes(bytes: Uint8Array, from: number): boolean {
  for (let at = from; at < bytes.length; at++) if (bytes[at] !== 0) return true;
  return false;
}

function findBlock(bytes: Uint8Array, from: number): number {
  for (let at = from; at + BLOCK_HEADER_BYTES + BLOCK_TRAILER_BYTES <= bytes.length; at += 8) {
    if (bytes[at] === (BLOCK_MAGIC & 255) && frameOf(bytes, at) !== null) return at;
  }
  return -1;
}

interface Frame extends BlockSizes {
  readonly bytes: number;
  readonly sequence: number;
  readonly flags: number;
}

function frameOf(bytes: Uint8Array, at: number): Frame | null {
  if (at + BLOCK_HEADER_BYTES + BLOCK_TRAILER_BYTES > bytes.length) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.length - at);
  if (view.getUint32(0, true) !== BLOCK_MAGIC) return null;
  const total = view.getUint32(4, true);
  const sequence = view.getUint32(8, true);
  const [times, floats, cells] = [view.getUint32(12, true), view.getUint32(16, true), view.getUint32(20, true)];
  const [textBytes, lineBytes] = [view.getUint32(24, true), view.getUint32(28, true)];
  const sizes = { times, floats, cells, textBytes, lineBytes };
  if (total !== blockBytes(sizes) || total > view.byteLength) return null;
  const end = total - BLOCK_TRAILER_BYTES;
  if (view.getUint32(end + 12, true) !== BLOCK_END || view.getUint32(end + 8, true) !== total) return null;
  if (view.getUint32(end, true) !== sequence) return null;
  return { bytes: total, sequence, flags: view.getUint32(end + 4, true), ...sizes };
}

function readBlock(bytes: Uint8Array, at: number): { block: RawBlock; bytes: number } | null {
  const frame = frameOf(bytes, at);
  if (frame === null) return null;
  // Copied, since the parts must lie at multiples of their size; `slice` of a Buffer would copy nothing.
  const body = new Uint8Array(frame.bytes - BLOCK_HEADER_BYTES - BLOCK_TRAILER_BYTES);
  body.set(bytes.subarray(at + BLOCK_HEADER_BYTES, at + frame.bytes - BLOCK_TRAILER_BYTES));
  const floatsAt = 8 * frame.times;
  const cellsAt = floatsAt + 8 * frame.floats;
  const textsAt = cellsAt + 4 * frame.cells;
  const linesAt = textsAt + frame.textBytes;
  const texts = body.subarray(textsAt, linesAt);
  const lines = utf8.decode(body.subarray(linesAt, linesAt + frame.lineBytes));
  const block: RawBlock = {
    sequence: frame.sequence,
    flags: frame.flags,
    times: new Uint32Array(body.buffer, 0, 2 * frame.times),
    floats: new Float64Array(body.buffer, floatsAt, frame.floats),
    cells: new Int32Array(body.buffer, cellsAt, frame.cells),
    texts: frame.flags & WIDE_TEXTS ? wideText(texts) : utf8.decode(texts),
    lines: lines === "" ? [] : lines.split("\n"),
  };
  return { block, bytes: frame.bytes };
}

/** UTF-16 with halves of pairs, which a TextDecoder would replace. */
function wideText(bytes: Uint8Array): string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = "";
  for (let at = 0; at + 1 < bytes.byteLength; at += 2) text += String.fromCharCode(view.getUint16(at, true));
  return text;
}

function aligned(bytes: number): number {
  // In doubles, since a damaged number may be any.
  return bytes + ((8 - (bytes % 8)) % 8);
}
