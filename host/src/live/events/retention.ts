// How long events are kept: files whose newest event is too old go, and the oldest while all take more room than they may. First
// it is written down what is kept no more, so that nobody begins to read it and answers can say so; the files go a while later.
import { rmSync, statSync } from "node:fs";
import { listEventFiles, readKeptFrom, writeKeptFrom } from "../../store/live-events.ts";
import type { EventLog, Segment } from "./log.ts";

export interface Retention {
  readonly ageMs: number;
  readonly bytes: number;
  /** How long who has begun to read a file may go on. */
  readonly keepMs: number;
}

/** How many events went with a segment is told; those of Parquet files were sent to a sink before. */
export function retain(
  log: EventLog,
  { ageMs, bytes, keepMs }: Retention,
  lost: (segment: number, events: number) => void,
): void {
  const oldestAt = (Date.now() - ageMs) * 1000;
  const parquet = listEventFiles(log.directory).parquet.map((file) => ({ ...file, bytes: sizeOf(file.path) }));
  // The one that is being written stays: it has the numbers of all processes.
  const closed = log.segments().slice(0, -1);
  let total = [...parquet, ...log.segments()].reduce((sum, file) => sum + file.bytes, 0);
  let { at, segment: below } = readKeptFrom(log.directory);
  const paths: string[] = [];
  for (const file of parquet) {
    if (file.lastAt >= oldestAt && total <= bytes) break;
    at = Math.max(at, file.lastAt + 1);
    below = file.to + 1;
    paths.push(file.path);
    total -= file.bytes;
  }
  for (const segment of closed) {
    const isOld = endOf(segment) <= oldestAt;
    if (!isOld && total <= bytes) break;
    at = Math.max(at, endOf(segment));
    below = segment.number + 1;
    lost(segment.number, segment.events);
    log.forget(segment.number);
    paths.push(segment.path);
    total -= segment.bytes;
  }
  if (paths.length === 0) return;
  const remove = (): void => {
    for (const path of paths) rmSync(path, { force: true });
  };
  try {
    writeKeptFrom(log.directory, { at, segment: below });
    setTimeout(remove, keepMs).unref();
  } catch {
    // The disk is full: room is what is wanted first.
    remove();
  }
}

/** Behind its last event; 0 if it has none. */
function endOf({ batches }: Segment): number {
  const last = batches.at(-1);
  return last === undefined ? 0 : last.at + last.events;
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
