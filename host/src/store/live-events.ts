// The events of live processes as a table (spec/store.md, "Events"): Parquet files of what is older, JSON lines of what is
// newer, in the directories that daemons keep under a project's `.spoor/live/`.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../project/project.ts";
import { writeFileAtomically } from "../project/run-directory.ts";
import { sqlTexts } from "./duckdb.ts";
import { emptySelect, type Columns } from "./schema.ts";

export const EVENT_COLUMNS: Columns = [
  ["position", "BIGINT"],
  ["id", "VARCHAR"],
  ["name", "VARCHAR"],
  ["timestamp", "TIMESTAMP"],
  ["process", "VARCHAR"],
  ["number", "BIGINT"],
  ["application", "VARCHAR"],
  ["hostname", "VARCHAR"],
  ["agent_version", "VARCHAR"],
  ["runtime", "VARCHAR"],
  ["runtime_version", "VARCHAR"],
  ["probe_id", "VARCHAR"],
  ["probe_type", "VARCHAR"],
  ["file", "VARCHAR"],
  ["line", "INTEGER"],
  ["function", "VARCHAR"],
  ["tags", "VARCHAR[]"],
  ["payload", "VARCHAR"],
];

/** A file of older events: those of the segments `from` to `to`, with positions from `firstAt` to `lastAt`. */
export interface EventsFile {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

export interface EventFiles {
  /** Oldest first. */
  readonly parquet: readonly EventsFile[];
  /** Numbers of segments that no Parquet file has, ascending. */
  readonly segments: readonly number[];
}

export function eventsFileName({ from, to, firstAt, lastAt }: Omit<EventsFile, "path">): string {
  return `${padded(from)}-${padded(to)}-${firstAt}-${lastAt}.parquet`;
}

export function segmentFileName(number: number): string {
  return `${padded(number)}.jsonl`;
}

function padded(number: number): string {
  return String(number).padStart(8, "0");
}

const KEPT_FROM = "kept-from.json";

/** What is not kept any more: events before `at`, in microseconds since 1970, in the segments below `segment`. */
export interface KeptFrom {
  readonly at: number;
  readonly segment: number;
}

/** Zeros: all is kept. */
export function readKeptFrom(directory: string): KeptFrom {
  try {
    return JSON.parse(readFileSync(join(directory, KEPT_FROM), "utf8")) as KeptFrom;
  } catch {
    return { at: 0, segment: 0 };
  }
}

export function writeKeptFrom(directory: string, kept: KeptFrom): void {
  writeFileAtomically(join(directory, KEPT_FROM), `${JSON.stringify(kept)}\n`);
}

/** What is in one daemon's directory. Segments that were made into Parquet, and what is kept no more, may still be there for
 * who began to read them. */
export function listEventFiles(directory: string): EventFiles {
  const { segment: least } = readKeptFrom(directory);
  const names = existsSync(directory) ? readdirSync(directory) : [];
  const parquet = names.flatMap((name) => {
    const match = /^(\d+)-(\d+)-(\d+)-(\d+)\.parquet$/.exec(name);
    if (match === null) return [];
    const [from = 0, to = 0, firstAt = 0, lastAt = 0] = match.slice(1).map(Number);
    return to < least ? [] : [{ path: join(directory, name), from, to, firstAt, lastAt }];
  });
  parquet.sort((a, b) => a.from - b.from);
  const segments = names
    .flatMap((name) => /^(\d{8,})\.jsonl$/.exec(name)?.[1] ?? [])
    .map(Number)
    .filter((number) => number >= least && !parquet.some(({ from, to }) => number >= from && number <= to))
    .sort((a, b) => a - b);
  return { parquet, segments };
}

export interface ProjectEventFiles {
  readonly parquet: readonly string[];
  readonly lines: readonly string[];
}

/** Every file of events of a project. */
export function projectEventFiles(project: Project): ProjectEventFiles {
  const live = join(project.spoorDirectory, "live");
  const writers = existsSync(live)
    ? readdirSync(live, { withFileTypes: true }).filter((each) => each.isDirectory())
    : [];
  const all = writers.map(({ name }) => ({ directory: join(live, name), ...listEventFiles(join(live, name)) }));
  return {
    parquet: all.flatMap(({ parquet }) => parquet.map(({ path }) => path)),
    lines: all.flatMap(({ directory, segments }) => segments.map((number) => join(directory, segmentFileName(number)))),
  };
}

/** A query with the columns of `events` over these files. */
export function eventsSelect({ parquet, lines }: ProjectEventFiles): string {
  const parts = [emptySelect(EVENT_COLUMNS)];
  if (parquet.length > 0) parts.push(`select ${names} from read_parquet(${sqlTexts(parquet)})`);
  if (lines.length > 0) parts.push(linesSelect(lines));
  return parts.join(" union all ");
}

const names = EVENT_COLUMNS.map(([name]) => `"${name}"`).join(", ");

/** Of the payload, as `json_extract_string` takes them all at once. */
const payloadPaths = ["$.probeId", "$.probeType", "$.file", "$.line", "$.function"];

/** A line of JSON may be as long as a message, 1 MiB, and what is written around it. */
const MOST_LINE_BYTES = 4 * 1024 * 1024;

/** The last line may be half written: what cannot be read has no batch. */
export function linesSelect(files: readonly string[]): string {
  const client = ["hostname", "applicationName", "applicationInstanceId", "agentVersion", "runtime", "runtimeVersion"];
  const columns = `{"at": 'BIGINT', "client": 'STRUCT(${client.map((name) => `"${name}" VARCHAR`).join(", ")})',
    "batch": 'STRUCT("first" BIGINT, "events" STRUCT("name" VARCHAR, "time" DOUBLE, "payload" JSON)[])'}`;
  return `select "at" + i as position, client.applicationInstanceId || ':' || ("first" + i) as id, event.name as "name",
      make_timestamp((event."time" * 1000)::bigint) as "timestamp", client.applicationInstanceId as process,
      "first" + i as "number", client.applicationName as application, client.hostname as hostname,
      client.agentVersion as agent_version, client.runtime as runtime, client.runtimeVersion as runtime_version,
      of[1] as probe_id, of[2] as probe_type, of[3] as file, try_cast(of[4] as integer) as line, of[5] as "function",
      try_cast(event.payload->'$.tags' as varchar[]) as tags, event.payload::varchar as payload
    from (select *, json_extract_string(event.payload, ${sqlTexts(payloadPaths)}) as of
      from (select "at", client, batch."first" as "first", unnest(batch.events) as event,
          generate_subscripts(batch.events, 1) - 1 as i
        from read_json(${sqlTexts(files)}, format = 'newline_delimited', columns = ${columns}, ignore_errors = true,
          maximum_object_size = ${MOST_LINE_BYTES}) where batch is not null)
      where event is not null)`;
}
