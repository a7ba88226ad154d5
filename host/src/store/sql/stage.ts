// Reads spool text into `batch.records`, one row a record in the order of the files (its rowid is the order of
// writing), and takes out, and counts, what is not a record of the format.

import { SPOOL_KINDS, type SpoolKind } from "@spoor/protocol/spool";
import { sqlText, sqlTexts, type DuckDb } from "../duckdb.ts";

export interface SpoolSource {
  readonly process: number;
  /** Files of text that ends with a newline and holds no NUL, in order of segment. */
  readonly paths: readonly string[];
  /** Threads have files of their own: the order of the records is that of their times. */
  readonly byTime: boolean;
  /** Nothing that is later is read. */
  readonly until?: bigint | undefined;
}

/** A line can be as long as the largest segment; DuckDB's own limit is 2 MB. */
const LARGEST_LINE_BYTES = 16 * 1024 * 1024 + 1;

export async function stageRecords(db: DuckDb, sources: readonly SpoolSource[]): Promise<void> {
  await db.run("drop schema if exists batch cascade");
  await db.run("drop type if exists spool_kind");
  await db.run("create schema batch");
  await db.run(`create type spool_kind as enum (${SPOOL_KINDS.map(sqlText).join(", ")})`);
  await db.run(
    `create table batch.records (process integer, kind spool_kind, id bigint, t bigint, parent bigint, ref bigint,
       thread bigint, payload varchar)`,
  );
  await db.run("create table batch.corrupt (process integer, records bigint)");
  for (const { process, paths, byTime, until } of sources) {
    if (paths.length === 0) continue;
    await load(db, process, paths);
    if (byTime) await orderByTime(db, process, until);
    await db.run(
      `insert into batch.corrupt
       select ${process}, count(distinct (scan_id, file_id, line_byte_position)) from work_rejects having count(*) > 0`,
    );
    await db.run("drop table work_rejects");
    await db.run("drop table work_rejected_scans");
  }
  await removeMalformed(db);
}

/**
 * A record was written at the latest time that its file has up to there, or later: some name one that was before, such as
 * that of a suspension that was not recorded at first. Each file begins with a header.
 */
async function orderByTime(db: DuckDb, process: number, until: bigint | undefined): Promise<void> {
  await db.run(`create table batch.by_time as
    with files as (
      select *, rowid as seq, count(*) filter (kind = 'H'::spool_kind) over (order by rowid) as file
      from batch.records where process = ${process}
    ), timed as (
      select *, coalesce(max(t) over (partition by file order by seq rows unbounded preceding), 0) as written from files
    )
    select * exclude (seq, file, written) from timed ${until === undefined ? "" : `where written <= ${until}`}
    order by written, seq`);
  await db.run(`delete from batch.records where process = ${process}`);
  await db.run("insert into batch.records select * from batch.by_time order by rowid");
  await db.run("drop table batch.by_time");
}

/** A stray carriage return stops DuckDB's strict reading; it is read again as the end of a line. */
async function load(db: DuckDb, process: number, paths: readonly string[]): Promise<void> {
  try {
    await db.run(`insert into batch.records select ${process}, * from ${readSpool(paths, true)}`);
  } catch (error) {
    if (!(error instanceof Error) || !/strict_mode|invalid state/.test(error.message)) throw error;
    await db.run("drop table if exists work_rejects");
    await db.run("drop table if exists work_rejected_scans");
    await db.run(`insert into batch.records select ${process}, * from ${readSpool(paths, false)}`);
  }
}

/** Lines that do not fit the columns are left out and listed in `work_rejects`; nothing stops the reading. */
function readSpool(paths: readonly string[], strict: boolean): string {
  return `read_csv(${sqlTexts(paths)}, auto_detect = false, header = false, delim = '\t', quote = '', escape = '',
    comment = '', new_line = '\\n', nullstr = '', strict_mode = ${strict}, null_padding = false,
    columns = {'kind': 'spool_kind', 'id': 'BIGINT', 't': 'BIGINT', 'parent': 'BIGINT', 'ref': 'BIGINT',
      'thread': 'BIGINT', 'payload': 'VARCHAR'},
    store_rejects = true, rejects_table = 'work_rejects', rejects_scan = 'work_rejected_scans', rejects_limit = 0,
    max_line_size = ${LARGEST_LINE_BYTES}, buffer_size = ${2 * LARGEST_LINE_BYTES})`;
}

/**
 * Takes out records that lack a number their kind cannot do without, and payloads that are no JSON where the store
 * looks inside. Payloads of C, R, X, S and U stay unread: there are millions. Makes `batch.census`, a row a process and kind.
 */
async function removeMalformed(db: DuckDb): Promise<void> {
  await db.run(`create table batch.census as
    select process, kind, count(*) as n, count(id) as ids, count(t) as times, count(parent) as parents,
      count(ref) as refs, count(thread) as threads, max(t) as last_ns
    from batch.records group by process, kind`);
  const lacking = await db.rows<{ kind: SpoolKind }>(
    "select distinct kind from batch.census where kind is not null and (ids < n or times < n or parents < n or refs < n or threads < n)",
  );
  const conditions = lacking
    .map(({ kind }) => ({ kind, needs: NEEDS[kind] }))
    .filter(({ needs }) => needs.length > 0)
    .map(
      ({ kind, needs }) =>
        `kind = '${kind}'::spool_kind and (${needs.map((column) => `${column} is null`).join(" or ")})`,
    );
  await removeRecords(
    db,
    `select rowid as seq from batch.records where kind is null or kind not in ('C'::spool_kind, 'R'::spool_kind, 'X'::spool_kind, 'S'::spool_kind, 'U'::spool_kind, 'H'::spool_kind)
       and not coalesce(json_valid(payload), kind = 'A'::spool_kind)
     ${conditions.map((condition) => `union select rowid from batch.records where ${condition}`).join("\n")}`,
  );
}

/** Columns of each kind without which a record says nothing. */
const NEEDS: Record<SpoolKind, readonly ("id" | "t" | "parent" | "ref" | "thread")[]> = {
  H: [],
  F: ["id"],
  T: ["id"],
  K: ["id"],
  C: ["id", "t", "ref", "thread"],
  R: ["id", "t"],
  X: ["id", "t"],
  S: ["id", "t"],
  U: ["id", "t"],
  Y: ["id", "t", "ref"],
  E: ["id"],
  A: ["id"],
  L: ["id"],
  G: ["parent", "ref"],
  N: ["id", "ref"],
  Q: ["id", "t", "thread"],
  P: ["id", "t"],
  D: ["ref"],
  Z: [],
};

/** Deletes the records that `query` names by `seq`, and counts them as corrupt. */
export async function removeRecords(db: DuckDb, query: string): Promise<void> {
  await db.run(`create or replace table batch.bad as ${query}`);
  const [found] = await db.rows<{ n: number }>("select count(*) as n from batch.bad");
  if (!found?.n) return;
  await db.run(
    `insert into batch.corrupt
     select process, count(*) from batch.records where rowid in (select seq from batch.bad) group by process`,
  );
  await db.run("delete from batch.records where rowid in (select seq from batch.bad)");
}
