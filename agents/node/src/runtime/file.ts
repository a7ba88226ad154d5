// The files of one thread of the process, written by the thread itself: whole blocks, one write each, so that what was
// written survives whatever happens to the process, and a file that is complete says so at its end (spec/raw.md).
import { BLOCK_HEADER_BYTES, blockBytes, EXIT, fileHeader, LAST, LINE, writeBlockFrame } from "@spoor/protocol/raw";
import { encodeInto, files, newBytes, partOf, unitAt } from "./captured.ts";
import type { Allowance } from "./allowance.ts";

const SMALLEST_SEGMENT = 256 * 1024;
const LARGEST_SEGMENT = 16 * 1024 * 1024;
/** Characters of a line that is there from the start, so that a full disk can be told. */
const SPARE = 200;

export interface SegmentFile {
  /** Sequence of the block to be written next, from 1. */
  sequence: number;
  /** With so many bytes of a block, whether the file is complete. */
  fills(bytes: number): boolean;
  /** @returns false if nothing more can be written, and `failure` says why. */
  write(bytes: Uint8Array, length: number, end: End): boolean;
  failure(): string | null;
}

/** What a block ends: nothing, its file, the recording. */
export type End = "no" | "rotated" | "exit";

export interface FileOptions {
  readonly directory: string;
  readonly key: string;
  readonly clock: bigint;
  readonly allowance: Allowance;
  /** The `H` record of a segment. */
  readonly header: (segment: number) => string;
  /** Run time in nanoseconds. */
  readonly now: () => number;
}

export function createFile({ directory, key, clock, allowance, header, now }: FileOptions): SegmentFile {
  let descriptor = -1;
  let segment = 0;
  let position = 0;
  let size = SMALLEST_SEGMENT;
  let failed: string | null = null;
  /** Where the block is that can still tell of a full disk. */
  let spare = 0;
  const { O_CREAT, O_EXCL, O_WRONLY } = files.constants;

  function open(): void {
    segment++;
    const name = `${directory}/spool/${key}.${pad(segment)}.raw`;
    descriptor = files.open(name, O_CREAT | O_EXCL | O_WRONLY, 0o600);
    const start = fileHeader(clock, utf8(header(segment)));
    position = 0;
    put(start, start.length);
    spare = position;
    const block = lineBlock(dropLine(0), 1, 0);
    put(block, block.length);
    file.sequence = 2;
  }

  function dropLine(count: number): string {
    let line = `D\t\t${now()}\t\t${count}\t\t{"why":"disk_full","note":"A block could not be written; nothing after it was recorded."}`;
    while (line.length < SPARE) line += " ";
    return line;
  }

  /** In room that the file has already: what was dropped, and an end after the last whole block. */
  function tellFailure(): void {
    try {
      const block = lineBlock(dropLine(1), 1, 0);
      files.write(descriptor, block, 0, block.length, spare);
      files.truncate(descriptor, position);
      const end = lineBlock(`Z\t\t${now()}\t\t\t\t{"why":"exit"}`, file.sequence, flagsOf("exit"));
      files.write(descriptor, end, 0, end.length, position);
    } catch {
      // Not even that: the file ends with its last whole block.
    }
  }

  function put(bytes: Uint8Array, length: number): void {
    let done = 0;
    while (done < length) done += files.write(descriptor, bytes, done, length - done, position + done);
    position += length;
    allowance.use(length);
  }

  function write(bytes: Uint8Array, length: number, end: End): boolean {
    if (failed !== null) return false;
    try {
      put(bytes, length);
      file.sequence++;
      if (end === "exit") {
        // What listeners of `exit` still record takes the place of this block, and another one like it follows.
        position -= length;
        file.sequence--;
      } else if (end === "rotated") {
        files.close(descriptor);
        if (size < LARGEST_SEGMENT) size *= 4;
        // A process that lives always has a file that is not complete.
        open();
      }
      return true;
    } catch (error) {
      failed = codeOf(error);
      tellFailure();
      return false;
    }
  }

  const file: SegmentFile = {
    sequence: 1,
    fills: (bytes) => position + bytes >= size,
    write,
    failure: () => failed,
  };
  try {
    open();
  } catch (error) {
    failed = codeOf(error);
  }
  return file;
}

export function flagsOf(end: End): number {
  return end === "no" ? 0 : end === "exit" ? LAST | EXIT : LAST;
}

/** A block of one line of ASCII. */
function lineBlock(line: string, sequence: number, flags: number): Uint8Array<ArrayBuffer> {
  const sizes = { cells: 1, times: 0, floats: 0, textBytes: 0, lineBytes: line.length };
  const bytes = newBytes(blockBytes(sizes));
  bytes[BLOCK_HEADER_BYTES] = LINE;
  for (let i = 0; i < line.length; i++) bytes[BLOCK_HEADER_BYTES + 4 + i] = unitAt(line, i);
  writeBlockFrame(bytes, 0, sequence, flags, sizes);
  return bytes;
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  const bytes = newBytes(3 * text.length);
  return partOf(bytes, 0, encodeInto(text, bytes).written);
}

function pad(segment: number): string {
  let text = `${segment}`;
  while (text.length < 6) text = `0${text}`;
  return text;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "it could not be written";
}
