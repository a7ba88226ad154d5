// A segment of kept events (spec/store.md, "Events"): a file of JSON lines. Its first line tells the last number of each
// process so far, so that whoever opens the directory after a crash reads this one file and knows what agents need not send again.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Client, SentEvent } from "@spoor/protocol/control";
import { segmentFileName } from "../../store/live-events.ts";

export const SEGMENT_FORMAT = 1;

/** Where a batch is in its segment. */
export interface BatchPlace {
  /** Position of its first event: microseconds since 1970, made to increase over all events of a daemon. */
  readonly at: number;
  readonly offset: number;
  readonly bytes: number;
  readonly events: number;
}

/** One line: events of one process that came together. The event `first + i` has the position `at + i`. */
export interface Batch {
  readonly at: number;
  readonly client: Client;
  readonly batch: { readonly first: number; readonly events: readonly (SentEvent | null)[] };
}

export interface SegmentHead {
  readonly format: number;
  readonly numbers: Readonly<Record<string, number>>;
}

export interface ReadSegment {
  /** False of a segment whose writer was killed before its first line was whole. */
  readonly hasHead: boolean;
  readonly numbers: Map<string, number>;
  readonly batches: BatchPlace[];
  /** Up to the end of the last whole line. */
  readonly bytes: number;
  readonly lastAt: number;
}

export function segmentHead(numbers: ReadonlyMap<string, number>): Buffer {
  const head: SegmentHead = { format: SEGMENT_FORMAT, numbers: Object.fromEntries(numbers) };
  return Buffer.from(`${JSON.stringify(head)}\n`);
}

/** The parts of a line around the agent's own message, which is kept as it came. */
export function batchLine(at: number, clientJson: string, message: Buffer): Buffer[] {
  return [Buffer.from(`{"at":${at},"client":${clientJson},"batch":`), message, lineEnd];
}

const lineEnd = Buffer.from("}\n");

/** Reads all of a segment. A line that is not whole or no JSON is passed over; only the last can be, if the daemon was killed. */
export function readSegment(directory: string, number: number): ReadSegment {
  const file = readFileSync(join(directory, segmentFileName(number)));
  const numbers = new Map<string, number>();
  const batches: BatchPlace[] = [];
  let lastAt = 0;
  let offset = 0;
  let hasHead = false;
  for (let end = file.indexOf(10); end !== -1; end = file.indexOf(10, offset)) {
    const bytes = end + 1 - offset;
    const line = parseLine(file.subarray(offset, end));
    if (line !== null && "numbers" in line) {
      hasHead = true;
      for (const [process, last] of Object.entries(line.numbers)) numbers.set(process, last);
    } else if (line !== null) {
      const { at, client, batch } = line;
      batches.push({ at, offset, bytes, events: batch.events.length });
      lastAt = Math.max(lastAt, at + batch.events.length);
      const last = batch.first + batch.events.length - 1;
      if (last > (numbers.get(client.applicationInstanceId) ?? 0)) numbers.set(client.applicationInstanceId, last);
    }
    offset += bytes;
  }
  return { hasHead, numbers, batches, bytes: offset, lastAt };
}

export function parseLine(line: Buffer): Batch | SegmentHead | null {
  try {
    const value = JSON.parse(line.toString("utf8")) as Batch | SegmentHead;
    if ("numbers" in value) return value;
    return Array.isArray(value.batch.events) && typeof value.at === "number" ? value : null;
  } catch {
    return null;
  }
}
