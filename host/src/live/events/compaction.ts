// Closed segments become Parquet: a thirtieth of the bytes, and read by SQL at once. The new file appears by one rename under a name
// that says which segments it has, so that a crash at any point loses nothing and doubles nothing.
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openDuckDb, sqlText, type DuckDb } from "../../store/duckdb.ts";
import { eventsFileName, linesSelect } from "../../store/live-events.ts";
import type { EventLog, Segment } from "./log.ts";
import { parseLine } from "./segment.ts";

export interface CompactionOptions {
  /** So many closed segments are worth it. */
  readonly segments: number;
  /** Or one that is so old. */
  readonly ageMs: number;
  /** How long who has begun to read a segment may go on. */
  readonly keepMs: number;
}

export const usualCompaction: CompactionOptions = { segments: 4, ageMs: 600_000, keepMs: 60_000 };

const MOST_BYTES = 64 * 1024 * 1024;

/** One step, if there is one to do. `below`: segments from this number on are still needed as they are. */
export async function compact(
  log: EventLog,
  below: number,
  { segments, ageMs, keepMs }: CompactionOptions,
  say: (line: string) => void,
): Promise<boolean> {
  // Never the last one: its head is how the next daemon knows the processes.
  const closed = log
    .segments()
    .slice(0, -1)
    .filter(({ number }) => number < below);
  const [oldest] = closed;
  const isOld = oldest !== undefined && (oldest.batches.at(-1)?.at ?? 0) / 1000 < Date.now() - ageMs;
  if (closed.length < segments && !isOld) return false;
  const chosen = upTo(closed, MOST_BYTES);
  await toParquet(log, chosen, say);
  for (const { number, path } of chosen) {
    log.forget(number);
    setTimeout(() => rmSync(path, { force: true }), keepMs).unref();
  }
  return true;
}

function upTo(segments: readonly Segment[], mostBytes: number): Segment[] {
  const chosen: Segment[] = [];
  let bytes = 0;
  for (const segment of segments) {
    bytes += segment.bytes;
    if (chosen.length > 0 && bytes > mostBytes) break;
    chosen.push(segment);
  }
  return chosen;
}

async function toParquet(log: EventLog, chosen: readonly Segment[], say: (line: string) => void): Promise<void> {
  const [first, last] = [chosen[0], chosen.at(-1)];
  if (first === undefined || last === undefined) return;
  const batches = chosen.flatMap((segment) => segment.batches);
  const newest = batches.at(-1);
  const name = eventsFileName({
    from: first.number,
    to: last.number,
    firstAt: batches[0]?.at ?? 0,
    lastAt: newest === undefined ? 0 : newest.at + newest.events - 1,
  });
  const made = join(log.directory, `${name}.tmp`);
  const expected = batches.reduce((sum, { events }) => sum + events, 0);
  // One thread: the daemon is not to take a second core from the programs.
  await using db = await openDuckDb({ settings: { threads: "1", memory_limit: "512MiB" } });
  const paths = chosen.map(({ path }) => path);
  let written = await write(db, paths, made);
  if (written < expected) {
    // Text that JavaScript reads and DuckDB does not (a number beyond all bounds), or events that were none.
    const cleaned = await Promise.all(paths.map((path) => clean(path)));
    written = await write(db, cleaned, made);
    for (const path of cleaned) rmSync(path);
    const none = expected - written;
    if (none > 0)
      say(`${log.directory}: ${none} of ${expected} events of segments ${first.number} to ${last.number} are none`);
  }
  renameSync(made, join(log.directory, name));
}

async function write(db: DuckDb, paths: readonly string[], to: string): Promise<number> {
  const options = "format parquet, compression zstd, row_group_size 20480";
  const rows = await db.rows<{ Count: number }>(`copy (${linesSelect(paths)}) to ${sqlText(to)} (${options})`);
  return rows[0]?.Count ?? 0;
}

/** A copy of a segment as JavaScript reads it; its path. */
async function clean(path: string): Promise<string> {
  const cleaned = `${path}.clean`;
  const text = await readFile(path);
  const lines: string[] = [];
  for (let start = 0, end = text.indexOf(10); end !== -1; start = end + 1, end = text.indexOf(10, start)) {
    const line = parseLine(text.subarray(start, end));
    if (line !== null) lines.push(JSON.stringify(line, (_, value: unknown) => finite(value)));
  }
  writeFileSync(cleaned, `${lines.join("\n")}\n`, { mode: 0o600 });
  return cleaned;
}

function finite(value: unknown): unknown {
  return typeof value === "string" ? Buffer.from(value).toString() : value;
}
