// One batch of spool text to the rows of every table. Sealing writes them to Parquet, a query about a live run to
// temporary tables: both get them from here, by the same SQL.

import type { DuckDb } from "./duckdb.ts";
import { castColumns, OPEN_CALLS, OPEN_EXCEPTIONS, TABLES, type Columns, type TableName } from "./schema.ts";
import { carriedFile, type CarriedFile, type Segments } from "./segments.ts";
import {
  callsSql,
  countLost,
  findEntries,
  gatherCalls,
  isOneProcess,
  OPEN_CALLS_SQL,
  sumChildTime,
} from "./sql/calls.ts";
import { COUNTED_SQL, dropsSql, gapsSql } from "./sql/counters.ts";
import { REQUESTS_SQL, REQUEST_THREADS_SQL } from "./sql/requests.ts";
import { defineFunctionsAndThreads, REPEATING } from "./sql/definitions.ts";
import { followExceptions, framesSql, OPEN_EXCEPTIONS_SQL, settledExceptionsSql } from "./sql/exceptions.ts";
import { stageRecords, type SpoolSource } from "./sql/stage.ts";
import type { Unread } from "./unread.ts";
import { followSteps, suspensionsSql } from "./sql/steps.ts";

export interface Batch {
  readonly sources: readonly SpoolSource[];
  /** Files that could not be read, for `drops`. */
  readonly unread: readonly Unread[];
  /** Sealed before: definitions, and what was still open. */
  readonly earlier: Segments;
  /** The project's root: files inside it are named relative to it. */
  readonly root: string;
  /** Nothing follows: calls that are open are written as `running`, instead of being carried on. */
  readonly last: boolean;
}

/** Where the rows go. `select` yields exactly `columns`; a sink may skip a table without rows. */
export type Sink = (
  name: Exclude<TableName, "processes"> | CarriedFile,
  columns: Columns,
  select: string,
) => Promise<void>;

export interface Paired {
  /** By process number: what its records of this batch add to what is known of it. */
  readonly processes: ReadonlyMap<number, { endedNs: number | null; exited: boolean; corrupt: number }>;
  /** True if a row of `exceptions` replaces one of an earlier segment. */
  readonly amends: boolean;
}

export async function pairBatch(db: DuckDb, batch: Batch, sink: Sink): Promise<Paired> {
  const { sources, unread, earlier, root, last } = batch;
  // The order of records is told by their rowid; the order of what comes out of them does not matter.
  await db.run("set preserve_insertion_order = true");
  await stageRecords(db, sources);
  await defineFunctionsAndThreads(db, earlier, root);
  await gatherCalls(db, carriedFile(earlier, "open"));
  await db.run("set preserve_insertion_order = false");
  await findEntries(db);
  await followSteps(db);
  const oneProcess = await isOneProcess(db);
  await sumChildTime(db, oneProcess);
  const amends = await followExceptions(db, { carriedFile: carriedFile(earlier, "open_exceptions"), earlier, root });

  const emit = (name: Exclude<TableName, "processes">, sql: string) =>
    sink(name, TABLES[name], `select ${castColumns(TABLES[name])} from (${sql})`);
  const ended = callsSql({ unended: last, oneProcess });
  await sink("calls", TABLES.calls, `select ${castColumns(TABLES.calls, REPEATING)} from (${ended})`);
  await emit("suspensions", suspensionsSql({ unended: last }));
  await emit("functions", "from batch.new_functions");
  await emit("threads", "from batch.new_threads");
  await emit("exceptions", settledExceptionsSql({ all: last }));
  await emit("frames", framesSql(root));
  await emit("gaps", gapsSql(root));
  await emit("counted", COUNTED_SQL);
  await emit("requests", REQUESTS_SQL);
  await emit("request_threads", REQUEST_THREADS_SQL);
  await emit("drops", dropsSql(unread));
  if (!last) {
    await sink("open", OPEN_CALLS, `select ${castColumns(OPEN_CALLS)} from (${OPEN_CALLS_SQL})`);
    await sink(
      "open_exceptions",
      OPEN_EXCEPTIONS,
      `select ${castColumns(OPEN_EXCEPTIONS)} from (${OPEN_EXCEPTIONS_SQL})`,
    );
  }
  const processes = await sumUpProcesses(db);
  await db.run("drop schema batch cascade");
  return { processes, amends };
}

async function sumUpProcesses(db: DuckDb): Promise<Paired["processes"]> {
  await countLost(db);
  const rows = await db.rows<{ process: number; ended_ns: number | null; exited: boolean; corrupt: number }>(`
    with seen as (
      select process, max(last_ns) as ended_ns from batch.census group by process
    ), exits as (select distinct process from batch.records where kind = 'Z'::spool_kind and (payload->>'why') = 'exit'
    ), corrupt as (select process, sum(records)::bigint as records from batch.corrupt group by process)
    select process, ended_ns, process in (from exits) as exited, coalesce(records, 0) as corrupt
    from seen full join corrupt using (process)`);
  return new Map(rows.map((row) => [row.process, { endedNs: row.ended_ns, exited: row.exited, corrupt: row.corrupt }]));
}
