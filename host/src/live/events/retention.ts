// How long events are kept: files whose newest event is too old go, and the oldest while all take more room than they may.
import { rmSync, statSync } from "node:fs";
import { listEventFiles } from "../../store/live-events.ts";
import type { EventLog } from "./log.ts";

export interface Retention {
  readonly ageMs: number;
  readonly bytes: number;
}

/** `below`: segments from this number on are not for age, but for size they may go; how many events went with them is told. */
export function retain(
  log: EventLog,
  { ageMs, bytes }: Retention,
  lost: (segment: number, events: number) => void,
): void {
  const oldestAt = (Date.now() - ageMs) * 1000;
  const parquet = listEventFiles(log.directory).parquet.map((file) => ({ ...file, bytes: sizeOf(file.path) }));
  // The one that is being written stays: it has the numbers of all processes.
  const closed = log.segments().slice(0, -1);
  let total = [...parquet, ...log.segments()].reduce((sum, file) => sum + file.bytes, 0);
  for (const file of parquet) {
    if (file.lastAt >= oldestAt && total <= bytes) break;
    rmSync(file.path, { force: true });
    total -= file.bytes;
  }
  for (const segment of closed) {
    const isOld = (segment.batches.at(-1)?.at ?? 0) < oldestAt;
    if (!isOld && total <= bytes) break;
    lost(segment.number, segment.events);
    log.forget(segment.number);
    rmSync(segment.path, { force: true });
    total -= segment.bytes;
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
