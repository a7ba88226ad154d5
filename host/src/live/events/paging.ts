// Kept events, newest first: from the JSON lines of what is newer, read backward, and where those do not suffice from the Parquet
// files of what is older. A cursor is a position, so that a page stays what it is while new events come.
import { open, type FileHandle } from "node:fs/promises";
import type { EventName, LiveEvent, Payload } from "@spoor/protocol/control";
import { openDuckDb, type DuckDb } from "../../store/duckdb.ts";
import { eventsSelect, listEventFiles, readKeptFrom, type EventsFile } from "../../store/live-events.ts";
import type { SqlValue } from "../../store/store.ts";
import type { EventFilter, EventPage } from "../live.ts";
import { fits } from "./filter.ts";
import type { EventLog } from "./log.ts";
import { parseLine, type BatchPlace } from "./segment.ts";
import { eventsOf } from "./shape.ts";

interface Found {
  readonly position: number;
  readonly event: LiveEvent;
}

/** Problem-free: a cursor that is none begins at the newest. */
export async function pageOfEvents(
  logs: readonly EventLog[],
  filter: EventFilter,
  limit: number,
  cursor: string | null,
): Promise<EventPage> {
  const before = cursor === null || !/^\d{1,16}$/.test(cursor) ? Number.MAX_SAFE_INTEGER : Number(cursor);
  const found: Found[] = [];
  for (const log of logs) found.push(...(await newestOf(log, filter, limit + 1, before)));
  found.sort((a, b) => b.position - a.position);
  const page = found.slice(0, limit);
  const last = page.at(-1);
  const from = Math.max(0, ...logs.map(({ directory }) => readKeptFrom(directory).at));
  return {
    events: page.map(({ event }) => event),
    cursor: found.length > limit && last !== undefined ? String(last.position) : null,
    keptFrom: from === 0 ? null : new Date(from / 1000).toISOString(),
  };
}

/** An event is kept after it happened: what was kept longer before `since` than clocks differ did not happen after it. */
const CLOCKS_MS = 3_600_000;

async function newestOf(log: EventLog, filter: EventFilter, most: number, before: number): Promise<Found[]> {
  const from = filter.since === undefined ? 0 : (filter.since - CLOCKS_MS) * 1000;
  const needles = needlesOf(filter);
  const found: Found[] = [];
  // As they are now: a segment may become Parquet while it is read, and is not to be read twice.
  const segments = [...log.segments()];
  const older = listEventFiles(log.directory).parquet.filter(({ to }) => to < (segments[0]?.number ?? Infinity));
  for (const { path, batches } of segments.reverse()) {
    const wanted = batches.filter(({ at, events }) => at < before && at + events > from);
    if (wanted.length === 0) continue;
    await using file = await open(path, "r");
    for (const chunk of backward(wanted)) {
      await readChunk(file, chunk, (line) => {
        if (!needles.every((needle) => line.includes(needle))) return;
        const batch = parseLine(line);
        if (batch === null || "numbers" in batch) return;
        const { at, client, batch: sent } = batch;
        for (const each of [...eventsOf({ at, client, ...sent })].reverse()) {
          if (each.position < before && found.length < most && fits(filter, each.event)) found.push(each);
        }
      });
      if (found.length >= most) return found;
    }
  }
  return [...found, ...(await fromParquet(older, filter, most - found.length, { before, from }))];
}

const CHUNK_BYTES = 1024 * 1024;

/** Neighbouring batches as one read each, from the last. */
function* backward(batches: readonly BatchPlace[]): Generator<readonly BatchPlace[]> {
  let chunk: BatchPlace[] = [];
  let bytes = 0;
  for (let index = batches.length - 1; index >= 0; index--) {
    const batch = batches[index];
    if (batch === undefined) continue;
    chunk.unshift(batch);
    bytes += batch.bytes;
    if (bytes < CHUNK_BYTES) continue;
    yield chunk;
    chunk = [];
    bytes = 0;
  }
  if (chunk.length > 0) yield chunk;
}

async function readChunk(file: FileHandle, chunk: readonly BatchPlace[], line: (bytes: Buffer) => void): Promise<void> {
  const start = chunk[0]?.offset ?? 0;
  const last = chunk.at(-1);
  const bytes = last === undefined ? 0 : last.offset + last.bytes - start;
  const { buffer } = await file.read(Buffer.allocUnsafe(bytes), 0, bytes, start);
  for (const { offset, bytes } of [...chunk].reverse())
    line(buffer.subarray(offset - start, offset - start + bytes - 1));
}

/** What every fitting line holds byte by byte, so that most others need not be parsed. */
function needlesOf({ name, probe, tag }: EventFilter): Buffer[] {
  return [name, probe, tag]
    .filter((text) => text !== undefined && /^[\w.:-]+$/.test(text))
    .map((text) => Buffer.from(JSON.stringify(text)));
}

async function fromParquet(
  files: readonly EventsFile[],
  filter: EventFilter,
  most: number,
  { before, from }: { readonly before: number; readonly from: number },
): Promise<Found[]> {
  const wanted = files.filter(({ firstAt, lastAt }) => firstAt < before && lastAt >= from).reverse();
  const found: Found[] = [];
  if (wanted.length === 0 || most <= 0) return found;
  await using db = await openDuckDb({ settings: { threads: "1", memory_limit: "256MiB" } });
  for (const { path } of wanted) {
    found.push(...(await newestIn(db, path, filter, most - found.length, before)));
    if (found.length >= most) break;
  }
  return found;
}

async function newestIn(db: DuckDb, path: string, filter: EventFilter, most: number, before: number): Promise<Found[]> {
  const parameters: Record<string, SqlValue> = { before };
  const conditions = ["position < $before::bigint"];
  const also = (condition: string, name: string, value: SqlValue): void => {
    parameters[name] = value;
    conditions.push(condition);
  };
  if (filter.name !== undefined) also(`"name" = $name`, "name", filter.name);
  if (filter.probe !== undefined) also("probe_id = $probe", "probe", filter.probe);
  if (filter.tag !== undefined) also("list_contains(tags, $tag)", "tag", filter.tag);
  if (filter.since !== undefined) also(`"timestamp" >= make_timestamp($since::bigint * 1000)`, "since", filter.since);
  if (filter.process !== undefined) {
    also(`(process = $process or application = $process or process like $pid)`, "process", filter.process);
    parameters["pid"] = /^\d+$/.test(filter.process) ? `${filter.process}-%` : filter.process;
  }
  const rows = await db.rows<EventRow>(
    `select *, epoch_ms("timestamp") as ms from (${eventsSelect({ parquet: [path], lines: [] })})
      where ${conditions.join(" and ")} order by position desc limit ${most}`,
    parameters,
  );
  return rows.map((row) => ({ position: row.position, event: eventOf(row) }));
}

interface EventRow {
  readonly position: number;
  readonly id: string;
  readonly name: EventName;
  readonly ms: number;
  readonly process: string;
  readonly application: string;
  readonly hostname: string;
  readonly agent_version: string;
  readonly runtime: string;
  readonly runtime_version: string;
  readonly payload: string;
}

function eventOf(row: EventRow): LiveEvent {
  return {
    id: row.id,
    name: row.name,
    timestamp: new Date(row.ms).toISOString(),
    client: {
      hostname: row.hostname,
      applicationName: row.application,
      applicationInstanceId: row.process,
      agentVersion: row.agent_version,
      runtime: row.runtime,
      runtimeVersion: row.runtime_version,
    },
    payload: JSON.parse(row.payload) as Payload,
  };
}
