// The tables of spec/store.md as queries over Parquet files, and the views that are made of them.

import { sqlText, sqlTexts } from "./duckdb.ts";
import { columnDefinitions, emptySelect, TABLES, TABLE_NAMES, type Columns, type TableName } from "./schema.ts";
import { carriedFile, tableFiles, type Segments } from "./segments.ts";

/** Every table of one sealed run, as its files hold it, without the `run` column. */
export function tablesOfSegments(segments: Segments): { name: TableName; select: string }[] {
  return TABLE_NAMES.map((name) => {
    const files = filesOf(segments, name);
    const select = files.length > 0 ? `from read_parquet(${sqlTexts(files)})` : emptySelect(TABLES[name]);
    return { name, select: combined(name, allColumns(name, TABLES[name], select), segments.last.amends, "") };
  });
}

function filesOf(segments: Segments, name: TableName): string[] {
  if (name !== "processes") return tableFiles(segments, name);
  const file = carriedFile(segments, "processes");
  return file === null ? [] : [file];
}

export interface OpenedSegments {
  readonly run: string;
  readonly segments: Segments;
  /** Its processes are all in `live.processes`. */
  readonly live: boolean;
}

/**
 * Statements that create every table by name over several runs: a view over Parquet, with the rows of `live.<table>`
 * where `hasLive`. Files of one run are told from another's by their path.
 */
export function createTables(runs: readonly OpenedSegments[], hasLive: boolean): string[] {
  return TABLE_NAMES.map((name) => {
    const parts: string[] = [];
    const withFiles = runs
      .filter((run) => name !== "processes" || !run.live)
      .map((run) => ({ run: run.run, files: filesOf(run.segments, name) }))
      .filter((run) => run.files.length > 0);
    const [only] = withFiles;
    if (only && withFiles.length === 1) {
      parts.push(`select ${sqlText(only.run)} as run, * from read_parquet(${sqlTexts(only.files)})`);
    } else if (only) {
      const all = sqlTexts(withFiles.flatMap((run) => run.files));
      parts.push(`select split_part(replace(filename, '\\', '/'), '/', -4) as run, * exclude (filename)
        from read_parquet(${all}, filename = true${grown.has(name) ? ", union_by_name = true" : ""})`);
    }
    const columns: Columns = [["run", "VARCHAR"], ...TABLES[name]];
    const [stored] = parts;
    if (stored !== undefined) parts[0] = allColumns(name, columns, stored);
    if (hasLive) parts.push(`from live.${name}`);
    if (parts.length === 0) parts.push(emptySelect(columns));
    const amends = hasLive || runs.some((run) => run.segments.last.amends);
    return `create view ${name} as ${combined(name, parts.join(" union all "), amends, "run, ")}`;
  });
}

/** Tables that have got columns since their first version; files that were sealed before have no such column, not a null. */
const grown: ReadonlySet<TableName> = new Set<TableName>(["processes", "requests", "request_threads"]);

function allColumns(name: TableName, columns: Columns, select: string): string {
  return grown.has(name) ? `from (${emptySelect(columns)} union all by name (${select}))` : select;
}

/** What was told of a request last holds; routes and statuses only ever get longer and worse. */
const REQUEST_PARTS = `max_by(route, length(route)) as route, max(handler) as handler, max(status) as status, max(raised) as raised, coalesce(max_by(cut, ended_ns), false) as cut,
  max(started_ns) as started_ns, max(ended_ns) as ended_ns`;

/** Counters are written in parts, a part a segment; an exception may have been written anew. */
function combined(name: TableName, select: string, amends: boolean, run: string): string {
  switch (name) {
    case "gaps":
      return `select ${run}process, caller_id, caller_module, caller, module, callee, kind, file, include,
        sum(calls)::bigint as calls, bool_or(at_least) as at_least from (${select}) group by all`;
    case "counted":
      return `select ${run}process, function_id, module, "function", thread, why, sum(calls)::bigint as calls,
        sum(total_ns)::bigint as total_ns, max(max_ns) as max_ns, sum(raised)::bigint as raised
        from (${select}) group by all`;
    case "requests":
      return `select ${run}process, id, max(thread) as thread, max(call_id) as call_id, max(protocol) as protocol, max(method) as method,
        max(path) as path, max(query) as query, max(framework) as framework, ${REQUEST_PARTS} from (${select}) group by all having max(started_ns) is not null`;
    case "exceptions":
      // The later row has seen at least as much; what happens to an exception only ever adds to these.
      return amends
        ? `from (${select}) qualify row_number() over (partition by ${run}process, id
            order by calls_left desc, greatest(coalesce(caught_ns, 0), 0) desc, fatal desc) = 1`
        : select;
    case "processes":
    case "threads":
    case "functions":
    case "calls":
    case "suspensions":
    case "frames":
    case "request_threads":
    case "drops":
      return select;
  }
}

export const RUN_COLUMNS: Columns = [
  ["run", "VARCHAR"],
  ["project", "VARCHAR"],
  ["command", "VARCHAR"],
  ["cwd", "VARCHAR"],
  ["started_at", "TIMESTAMP"],
  ["ended_at", "TIMESTAMP"],
  ["status", "VARCHAR"],
  ["exit_code", "INTEGER"],
  ["signal", "VARCHAR"],
  ["timed_out", "BOOLEAN"],
];

export function createLiveTables(): string[] {
  return TABLE_NAMES.map((name) => `create table live.${name} (run varchar, ${columnDefinitions(TABLES[name])})`);
}

export const CREATE_TRACES = `create view traces as
  select run as id, started_at, ended_at, status,
    if(ended_at is null, null, date_diff('microsecond', started_at, ended_at) / 1000.0) as duration_ms
  from runs`;

/** Each call is two events: it was called, and it returned or was left by an exception. */
export const CREATE_TRACE_EVENTS = `create view trace_events as
  with events as (
    select *, 'call' as event_type, started_ns as at_ns, args as data from calls
    union all
    select *, if(outcome = 'returned', 'return', 'exception'), started_ns + duration_ns, result
    from calls where outcome <> 'running'
  )
  select if(e.process = 1, '', 'p' || e.process) || 'c' || e.id || ':' || e.event_type as id, e.run as trace_id,
    r.started_at + to_microseconds(e.at_ns // 1000) as timestamp, e.event_type, e."function" as function_name,
    e.module as module_name,
    if(e.event_type = 'exception' and x.id is not null,
      json_object('type', x.type, 'message', x.message)::varchar, e.data) as data
  from events e join runs r on e.run = r.run
    left join exceptions x on e.event_type = 'exception' and x.run = e.run and x.process = e.process
      and x.id = e.exception_id`;
