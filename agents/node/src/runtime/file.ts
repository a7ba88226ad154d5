// The files of one thread of the process, written by the thread itself: whole blocks, one write each, so that what was
// written survives whatever happens to the process, and a file that is complete says so at its end (spec/raw.md).
import { EXIT, fileHeader, LAST } from "@spoor/protocol/raw";
import { files } from "./captured.ts";
import type { Allowance } from "./allowance.ts";

const SMALLEST_SEGMENT = 256 * 1024;
const LARGEST_SEGMENT = 16 * 1024 * 1024;

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
}

export function createFile({ directory, key, clock, allowance, header }: FileOptions): SegmentFile {
  let descriptor = -1;
  let segment = 0;
  let position = 0;
  let size = SMALLEST_SEGMENT;
  let failed: string | null = null;
  const { O_CREAT, O_EXCL, O_WRONLY } = files.constants;

  function open(): void {
    segment++;
    const name = `${directory}/spool/${key}.${pad(segment)}.raw`;
    descriptor = files.open(name, O_CREAT | O_EXCL | O_WRONLY, 0o600);
    const start = fileHeader(clock, header(segment));
    position = 0;
    file.sequence = 1;
    put(start, start.length);
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

function pad(segment: number): string {
  let text = `${segment}`;
  while (text.length < 6) text = `0${text}`;
  return text;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === "string" ? code : "it could not be written";
}
