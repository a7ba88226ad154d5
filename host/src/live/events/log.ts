// The kept events of one directory: batches are appended to a segment, many in one write, and whoever sent them is told once
// they are there. A disk that is full stops the agents, not the daemon: what came waits, and is written when there is room.
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  unlinkSync,
  writeSync,
  writev,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { listEventFiles, segmentFileName, type EventFiles } from "../../store/live-events.ts";
import { keptNumbers, type KeptNumbers } from "./kept-numbers.ts";
import type { Positions } from "./positions.ts";
import { batchLine, readSegment, segmentHead, type BatchPlace, type ReadSegment } from "./segment.ts";
import type { StoredBatch } from "./shape.ts";

export interface EventLogOptions {
  readonly directory: string;
  readonly positions: Positions;
  /** A segment that is larger is closed. */
  readonly segmentBytes: number;
  /** And one that is older. */
  readonly segmentMs: number;
}

export interface Segment {
  readonly number: number;
  readonly path: string;
  readonly batches: readonly BatchPlace[];
  readonly bytes: number;
  readonly events: number;
}

export interface EventLog {
  readonly directory: string;
  readonly numbers: KeptNumbers;
  /** `message` is the agent's own text of these events. `written` is called when they are on disk. */
  append(batch: Omit<StoredBatch, "at">, clientJson: string, message: Buffer, written: () => void): void;
  /** Bytes that are not on disk yet. */
  waitingBytes(): number;
  /** Why nothing can be written now; null while all is well. */
  trouble(): string | null;
  /** Oldest first; the last is being written. */
  segments(): readonly Segment[];
  /** The segment is gone: its file is somebody else's to delete. */
  forget(number: number): void;
  onWritten(listener: (batches: readonly StoredBatch[]) => void): void;
  /** Called when room was made for agents that were stopped. */
  onRoom(listener: () => void): void;
  /** Closes the segment that is being written if it has events and is old; the next one begins at once, with its head, so that older ones may go. */
  rotateIfOld(): void;
  /** Writes what waits, if it can, and closes the file. */
  close(): Promise<void>;
}

interface Waiting {
  readonly batch: StoredBatch;
  readonly parts: readonly Buffer[];
  readonly bytes: number;
  readonly written: () => void;
}

interface Current {
  readonly number: number;
  readonly path: string;
  readonly file: number;
  readonly begunMs: number;
  readonly batches: BatchPlace[];
  bytes: number;
  events: number;
}

const writeAll = promisify(writev);
/** Fewer than any system's limit of parts in one write (1,024), three parts a batch. */
const MOST_BATCHES = 300;
const MOST_WRITE_BYTES = 4 * 1024 * 1024;
const RETRY_MS = 500;

/** Opens or makes the directory; what a killed daemon wrote half is cut off. */
export function openEventLog({ directory, positions, segmentBytes, segmentMs }: EventLogOptions): EventLog {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const files = listEventFiles(directory);
  const { parquet, segments: found } = files;
  // What an earlier daemon made into Parquet and had no time to delete, or had not finished.
  for (const name of leftOvers(directory, files)) unlinkSync(join(directory, name));
  positions.raise(Math.max(0, ...parquet.map(({ lastAt }) => lastAt)));
  let highest = Math.max(found.at(-1) ?? 0, ...parquet.map(({ to }) => to));
  const last = lastWithHead(directory, [...found]);
  const closed: Segment[] = found
    .filter((number) => number < (last?.number ?? 0))
    .map((number) => lazySegment(directory, number));
  if (last !== null) positions.raise(last.lastAt);
  const numbers = keptNumbers(last?.numbers ?? new Map());
  let current: Current | null = last === null ? null : reopen(directory, last.number, last);
  let waiting: Waiting[] = [];
  let waitingBytes = 0;
  let trouble: string | null = null;
  let writing: Promise<void> | null = null;
  let isClosing = false;
  let told: (batches: readonly StoredBatch[]) => void = () => undefined;
  let room: () => void = () => undefined;

  const begin = (): Current => {
    const number = highest + 1;
    // Whoever removed `.spoor` may go on; a project that was removed must not come back.
    if (!existsSync(dirname(dirname(dirname(directory))))) throw new Error("its project is gone");
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const path = join(directory, segmentFileName(number));
    const file = openSync(path, "w", 0o600);
    highest = number;
    return { number, path, file, begunMs: Date.now(), batches: [], bytes: 0, events: 0 };
  };
  const end = (): void => {
    if (current === null) return;
    closeSync(current.file);
    closed.push(current);
    current = null;
  };

  const writeSome = async (): Promise<void> => {
    let bytes = 0;
    let count = 0;
    while (count < waiting.length && count < MOST_BATCHES && bytes < MOST_WRITE_BYTES) {
      bytes += waiting[count]?.bytes ?? 0;
      count++;
    }
    const chosen = waiting.slice(0, count);
    current ??= begin();
    const parts = chosen.flatMap((each) => each.parts);
    // Numbers as they were before these batches, or a crash would lose what the head claims and the lines do not have.
    if (current.bytes === 0) parts.unshift(segmentHead(writtenNumbers));
    await writeParts(current, parts);
    let offset = current.bytes - bytes;
    for (const { batch, bytes } of chosen) {
      current.batches.push({ at: batch.at, offset, bytes, events: batch.events.length });
      current.events += batch.events.length;
      writtenNumbers.set(batch.client.applicationInstanceId, batch.first + batch.events.length - 1);
      offset += bytes;
    }
    waiting = waiting.slice(count);
    waitingBytes -= bytes;
    if (current.bytes >= segmentBytes) end();
    for (const { written } of chosen) written();
    told(chosen.map((each) => each.batch));
    room();
  };

  const writeParts = async (into: Current, parts: readonly Buffer[]): Promise<void> => {
    let rest = [...parts];
    let offset = into.bytes;
    try {
      while (rest.length > 0) {
        const { bytesWritten } = await writeAll(into.file, rest, offset);
        offset += bytesWritten;
        rest = without(rest, bytesWritten);
      }
      into.bytes = offset;
    } catch (error) {
      // Half a line must not stay: what is appended later would continue it.
      ftruncateSync(into.file, into.bytes);
      throw error;
    }
  };
  const writtenNumbers = new Map(numbers.all);

  const run = async (): Promise<void> => {
    while (waiting.length > 0) {
      try {
        await writeSome();
        trouble = null;
      } catch (error) {
        trouble = `${directory} cannot be written: ${(error as Error).message}`;
        if (isClosing) return;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  };
  const wake = (): void => {
    writing ??= run().finally(() => {
      writing = null;
      if (waiting.length > 0 && !isClosing) wake();
    });
  };

  return {
    directory,
    numbers,
    append(batch, clientJson, message, written) {
      const at = positions.take(Math.max(batch.events.length, 1));
      const parts = batchLine(at, clientJson, message);
      const bytes = parts.reduce((sum, part) => sum + part.length, 0);
      numbers.set(batch.client.applicationInstanceId, batch.first + batch.events.length - 1);
      waiting.push({ batch: { ...batch, at }, parts, bytes, written });
      waitingBytes += bytes;
      wake();
    },
    waitingBytes: () => waitingBytes,
    trouble: () => trouble,
    segments: () => (current === null ? closed : [...closed, current]),
    forget(number) {
      const index = closed.findIndex((each) => each.number === number);
      if (index !== -1) closed.splice(index, 1);
    },
    onWritten: (listener) => void (told = listener),
    onRoom: (listener) => void (room = listener),
    rotateIfOld() {
      const isOld = current !== null && Date.now() - current.begunMs >= segmentMs && current.events > 0;
      if (!isOld || writing !== null) return;
      try {
        const next = begin();
        next.bytes = writeSync(next.file, segmentHead(writtenNumbers));
        end();
        current = next;
      } catch {
        // A full disk: this one goes on.
      }
    },
    async close() {
      isClosing = true;
      if (writing === null) wake();
      await writing;
      if (current !== null) closeSync(current.file);
      current = null;
    },
  };
}

/** Those after it hold nothing: the daemon was killed when it began them. They are deleted. */
function lastWithHead(directory: string, found: number[]): (ReadSegment & { readonly number: number }) | null {
  for (;;) {
    const number = found.at(-1);
    if (number === undefined) return null;
    const read = readSegment(directory, number);
    if (read.hasHead) return { ...read, number };
    unlinkSync(join(directory, segmentFileName(number)));
    found.pop();
  }
}

function reopen(directory: string, number: number, read: ReadSegment): Current {
  const path = join(directory, segmentFileName(number));
  const file = openSync(path, "r+");
  if (fstatSync(file).size > read.bytes) ftruncateSync(file, read.bytes);
  const events = read.batches.reduce((sum, batch) => sum + batch.events, 0);
  const begunMs = (read.batches[0]?.at ?? Date.now() * 1000) / 1000;
  return { number, path, file, begunMs, batches: read.batches, bytes: read.bytes, events };
}

/** One that was closed by an earlier daemon: read when somebody asks what is in it. */
function lazySegment(directory: string, number: number): Segment {
  let read: ReadSegment | null = null;
  const content = () => (read ??= readSegment(directory, number));
  return {
    number,
    path: join(directory, segmentFileName(number)),
    get batches() {
      return content().batches;
    },
    get bytes() {
      return content().bytes;
    },
    get events() {
      return content().batches.reduce((sum, batch) => sum + batch.events, 0);
    },
  };
}

function leftOvers(directory: string, { parquet, segments: uncovered }: EventFiles): string[] {
  return readdirSync(directory).filter((name) => {
    if (/\.(tmp|clean)$/.test(name)) return true;
    // Its events are kept no more.
    if (name.endsWith(".parquet") && !parquet.some(({ path }) => path.endsWith(`/${name}`))) return true;
    const number = /^(\d{8,})\.jsonl$/.exec(name)?.[1];
    return number !== undefined && !uncovered.includes(Number(number));
  });
}

function without(parts: readonly Buffer[], bytes: number): Buffer[] {
  let left = bytes;
  let index = 0;
  while (index < parts.length && left >= (parts[index]?.length ?? 0)) left -= parts[index++]?.length ?? 0;
  const [first, ...rest] = parts.slice(index);
  return first === undefined ? [] : [first.subarray(left), ...rest];
}
