// The raw form: what is put into blocks comes out as lines, whatever the values; and no damage stops the reading of what
// lies around it.
import {
  array,
  assert,
  bigInt,
  double,
  integer,
  nat,
  oneof,
  property,
  string,
  tuple,
  type Arbitrary,
} from "fast-check";
import { expect, test } from "vitest";
import * as raw from "../src/raw.ts";
import { CORRUPT_LINE, decoderOf } from "../src/raw-text.ts";

const HEADER = 'H\t1\t5\t\t1\t\t{"process":"1-5"}';

/** A block as an agent makes it: the same parts in other hands. */
class Block {
  cells: number[] = [];
  times: bigint[] = [];
  floats: number[] = [];
  texts: string[] = [];
  lines: string[] = [];

  value(value: unknown): this {
    if (value === null) return this.cell(0);
    if (typeof value === "boolean") return this.cell((value ? 2 : 3) << 4);
    if (typeof value === "string") return this.text(value);
    if (typeof value === "number") return this.number(value);
    const values = value as unknown[];
    this.cell((values.length << 4) | raw.LIST);
    for (const item of values) this.value(item);
    return this;
  }

  cell(...cells: number[]): this {
    this.cells.push(...cells);
    return this;
  }

  text(text: string): this {
    this.texts.push(text);
    return this.cell((text.length << 4) | raw.TEXT);
  }

  number(value: number): this {
    if (Object.is(value, -0)) return this.cell(4 << 4);
    if ((value << 4) >> 4 === value) return this.cell((value << 4) | raw.SMALL);
    if ((value | 0) === value) return this.cell(raw.INTEGER, value);
    this.floats.push(value);
    return this.cell(raw.FLOAT);
  }

  bytes(sequence: number, flags = 0): Buffer {
    const joined = this.texts.join("\0");
    const wide = !(joined as string & { isWellFormed: () => boolean }).isWellFormed();
    const texts = Buffer.from(joined, wide ? "utf16le" : "utf8");
    const lines = Buffer.from(this.lines.join("\n"));
    const sizes = {
      cells: this.cells.length,
      times: this.times.length,
      floats: this.floats.length,
      textBytes: texts.length,
      lineBytes: lines.length,
    };
    const bytes = Buffer.alloc(raw.blockBytes(sizes));
    raw.writeBlockFrame(bytes, 0, sequence, wide ? flags | raw.WIDE_TEXTS : flags, sizes);
    let at = raw.BLOCK_HEADER_BYTES;
    for (const time of this.times) at = bytes.writeBigUInt64LE(time, at);
    for (const float of this.floats) at = bytes.writeDoubleLE(float, at);
    for (const cell of this.cells) at = bytes.writeInt32LE(cell, at);
    texts.copy(bytes, at);
    lines.copy(bytes, at + texts.length);
    return bytes;
  }
}

function returned(call: number, time: bigint, value: unknown): Block {
  const block = new Block().cell(raw.RETURN, call);
  block.times.push(time);
  return block.value(value);
}

function decoded(bytes: Uint8Array): { lines: string[]; truncated: boolean } {
  const decoder = decoderOf(bytes);
  let text = "";
  for (;;) {
    const piece = decoder?.next();
    if (piece === undefined) return { lines: [], truncated: false };
    if (piece.done === true) return { lines: text.split("\n").slice(0, -1), truncated: piece.value.truncated };
    text += piece.value;
  }
}

function file(clock: bigint, ...blocks: readonly Uint8Array[]): Buffer {
  return Buffer.concat([raw.fileHeader(clock, Buffer.from(HEADER)), ...blocks]);
}

const half = string({ unit: "binary" });
const scalar = oneof(half, integer(), double({ noNaN: true, noDefaultInfinity: true }), integer({ min: -5, max: 5 }));
const nested: Arbitrary<unknown> = oneof(scalar, array(oneof(scalar, array(scalar))));

test("a value comes out as it went in", () => {
  assert(
    property(nested, (value) => {
      const { lines } = decoded(file(0n, returned(1, 10n, value).bytes(1)));
      expect(lines[0]).toBe(HEADER);
      const [, , , , , , payload = ""] = lines[1]?.split("\t") ?? [];
      expect(JSON.parse(payload)).toEqual(value);
    }),
  );
});

test("halves of surrogate pairs are escaped", () => {
  const { lines } = decoded(file(0n, returned(1, 10n, ["a\ud800\\", "é"]).bytes(1)));
  expect(lines[1]).toBe('R\t1\t10\t\t\t\t[{"$":"str","len":3,"escaped":"a\\\\ud800\\\\\\\\"},"é"]');
});

test("times are exact beyond 53 bits", () => {
  const times = tuple(bigInt({ min: 0n, max: 2n ** 63n }), nat());
  assert(
    property(times, ([clock, since]) => {
      const { lines } = decoded(file(clock, returned(1, clock + BigInt(since), null).bytes(1)));
      expect(lines[1]).toBe(`R\t1\t${since}\t\t\t\tnull`);
    }),
  );
});

test("every kind of record", () => {
  const block = new Block();
  block.cell(raw.NAMES, 7, raw.WORD, 3, raw.KEYS, 2, raw.LINE, raw.STRAND, 9);
  block.lines.push('["a","b"]', '"Order"', '["$$x","$cut"]', "T\t1\t0\t0\t\t\t{}");
  block
    .cell(raw.CALL, 1, 0, 7)
    .value(1)
    .cell((3 << 4) | raw.INSTANCE, 255, 2)
    .value(true)
    .value("y");
  block
    .cell(raw.AWAIT, 1, raw.RESUME, 1, 4, raw.LATER, 1)
    .value(5)
    .cell(raw.RETURN | raw.LATE, 1);
  block.cell(raw.LEAVE, 2, -1, raw.CALL | raw.BARE, 3, 2, 7, raw.TASK, 12, 3, 1, 3);
  block.times.push(10n, 20n, 35n, 40n, 50n, 60n, 70n);
  expect(decoded(file(0n, block.bytes(1))).lines.slice(1)).toEqual([
    "T\t1\t0\t0\t\t\t{}",
    'C\t1\t10\t0\t7\t9\t{"a":1,"b":{"$":"Order","$id":"ff","$$x":true,"$cut":"y"}}',
    "S\t1\t20\t\t\t\t",
    "U\t1\t35\t4\t15\t9\t",
    "R\t1\t40\t\t\t\t5",
    'X\t2\t50\t\t0\t\t{"closed":true}',
    "C\t3\t60\t2\t7\t9\t",
    'K\t12\t70\t3\t\t1\t"Order"',
  ]);
});

test("the end of a file says what it is", () => {
  const bytes = file(0n, returned(1, 1n, 1).bytes(1), new Block().bytes(2, raw.LAST | raw.EXIT));
  expect(raw.lastFlags(bytes)).toBe(raw.LAST | raw.EXIT);
  expect(raw.lastFlags(bytes.subarray(0, bytes.length - 1))).toBe(0);
});

const blocks = [1, 2, 3].map((n) => returned(n, BigInt(n), ["text", n]).bytes(n));
const whole = file(0n, ...blocks);
const lines = decoded(whole).lines;

test("a file that was cut anywhere holds the blocks before the cut", () => {
  assert(
    property(nat(whole.length), (length) => {
      const cut = decoded(whole.subarray(0, length));
      expect(lines.slice(0, cut.lines.length)).toEqual(cut.lines);
      const ends = blocks.map(
        (_, n) => whole.length - blocks.slice(n + 1).reduce((sum, block) => sum + block.length, 0),
      );
      expect(Math.max(0, cut.lines.length - 1)).toBe(ends.filter((end) => end <= length).length);
    }),
    { numRuns: 300 },
  );
});

test("damage anywhere costs the block that it is in, and is counted", () => {
  const start = whole.length - blocks.reduce((sum, block) => sum + block.length, 0);
  assert(
    property(integer({ min: start, max: whole.length - 1 }), integer({ min: 1, max: 255 }), (at, change) => {
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ change;
      const read = decoded(damaged);
      const others = lines.filter((_, index) => index > 0 && !inBlock(index - 1, at - start));
      expect(read.lines.filter((line) => others.includes(line))).toEqual(others);
      expect(read.lines.length + (read.truncated ? 1 : 0)).toBe(lines.length);
    }),
    { numRuns: 500 },
  );
  expect(CORRUPT_LINE.split("\t").length).toBe(1);
});

function inBlock(index: number, at: number): boolean {
  const begin = blocks.slice(0, index).reduce((sum, block) => sum + block.length, 0);
  return at >= begin && at < begin + (blocks[index]?.length ?? 0);
}

test("bytes of any kind are read without a failure of ours", () => {
  assert(
    property(array(integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })), (cells) => {
      const block = new Block().cell(...cells);
      block.times.push(1n);
      expect(decoded(file(0n, block.bytes(1))).lines.length).toBeGreaterThan(0);
    }),
  );
});
