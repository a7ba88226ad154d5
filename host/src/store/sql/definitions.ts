// Functions, threads and tasks: what this batch defines, and all that is known with what earlier segments hold.
// Definitions are written once by an agent, so calls of later segments need the earlier ones.

import { sqlText, sqlTexts, type DuckDb } from "../duckdb.ts";
import { tableFiles, type Segments } from "../segments.ts";
import { castColumns, emptySelect, TABLES, type Columns } from "../schema.ts";

export async function defineFunctionsAndThreads(db: DuckDb, earlier: Segments, root: string): Promise<void> {
  await define(db, "functions", TABLES.functions, "function_id", tableFiles(earlier, "functions"), functionsSql(root));
  await nameFunctions(db);
  await define(db, "threads", TABLES.threads, "thread", tableFiles(earlier, "threads"), THREADS_SQL);
}

/**
 * Makes `batch.named_functions`, in which names are numbers (enums): millions of calls repeat them, and Parquet gets its
 * dictionary without looking at a text twice. In the file they are texts again.
 */
async function nameFunctions(db: DuckDb): Promise<void> {
  await db.run(
    `create type batch.module_name as enum (select distinct module from batch.known_functions where module is not null)`,
  );
  await db.run(
    `create type batch.function_name as enum (select distinct "function" from batch.known_functions where "function" is not null)`,
  );
  await db.run(`create type batch.outcome as enum ('running', 'returned', 'closed', 'raised')`);
  await db.run(`create table batch.named_functions as
    select process, function_id, module::batch.module_name as module, "function"::batch.function_name as "function"
    from batch.known_functions`);
}

/** Types of the columns of `calls` that repeat. */
export const REPEATING = { module: "batch.module_name", function: "batch.function_name", outcome: "batch.outcome" };

/** Makes `batch.new_<name>` and `batch.known_<name>`; the first definition of an id counts. */
async function define(
  db: DuckDb,
  name: string,
  columns: Columns,
  id: string,
  earlierFiles: readonly string[],
  sql: string,
): Promise<void> {
  const earlier = earlierFiles.length > 0 ? `from read_parquet(${sqlTexts(earlierFiles)})` : emptySelect(columns);
  await db.run(`create table batch.known_${name} as ${earlier}`);
  await db.run(
    `create table batch.new_${name} as select ${castColumns(columns)} from (${sql})
     anti join batch.known_${name} using (process, ${id})
     qualify row_number() over (partition by process, ${id} order by seq) = 1`,
  );
  await db.run(`insert into batch.known_${name} select * from batch.new_${name}`);
}

function functionsSql(root: string): string {
  return `select process, id as function_id, payload->>'module' as module, payload->>'name' as "function",
      ${relativeFile("payload->>'file'", root)} as file, ref as line, payload->>'kind' as kind,
      (payload->'parameters')::varchar as parameters, rowid as seq
    from batch.records where kind = 'F'::spool_kind`;
}

const THREADS_SQL = `
  select process, id as thread, if(kind = 'K'::spool_kind, 'task', 'thread') as kind, payload->>'name' as name,
    if(kind = 'T'::spool_kind, ref, null) as native_id, if(kind = 'T'::spool_kind, try_cast(payload->>'daemon' as boolean), null) as daemon,
    if(kind = 'K'::spool_kind, nullif(thread, 0), null) as parent_thread, nullif(parent, 0) as created_by, t as started_ns,
    rowid as seq
  from batch.records where kind in ('T'::spool_kind, 'K'::spool_kind)`;

/** A file inside the project by its path from the project's root. */
export function relativeFile(expression: string, root: string): string {
  const prefix = sqlText(root.endsWith("/") ? root : `${root}/`);
  return `if(starts_with(${expression}, ${prefix}), substr(${expression}, length(${prefix}) + 1), ${expression})`;
}
