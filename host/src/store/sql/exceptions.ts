// What became of each exception (spec/spool.md, "Exceptions"). An exception can be raised again long after it was
// handled, so those that something happened to in this batch are carried on, and written once a batch left them alone.

import { sqlText, sqlTexts, type DuckDb } from "../duckdb.ts";
import { tableFiles, type Segments } from "../segments.ts";
import { castColumns, emptySelect, OPEN_EXCEPTIONS, TABLES } from "../schema.ts";
import { relativeFile } from "./definitions.ts";

/**
 * Makes `batch.exceptions`: known so far and not written yet, with `active` for those of this batch.
 * @returns whether a row was made anew that an earlier segment holds already.
 */
export async function followExceptions(
  db: DuckDb,
  { carriedFile, earlier, root }: { carriedFile: string | null; earlier: Segments; root: string },
): Promise<boolean> {
  const carried = carriedFile === null ? emptySelect(OPEN_EXCEPTIONS) : `from read_parquet(${sqlText(carriedFile)})`;
  await db.run(`create table batch.known_exceptions as select *, false as fresh from (${carried})`);
  await db.run(`insert into batch.known_exceptions
    select ${castColumns(TABLES.exceptions)}, true from (${definedSql(root)})
    anti join batch.known_exceptions using (process, id)
    qualify row_number() over (partition by process, id order by seq) = 1`);
  await db.run(`create table batch.handlings as ${handlingsSql(root)}`);
  await db.run(`create table batch.leavings as ${LEAVINGS_SQL}`);
  await db.run(`create table batch.touched as
    select process, id from batch.handlings union select process, id from batch.leavings
    union select process, ref from batch.records where kind = 'Z'::spool_kind and ref is not null`);
  const amends = await bringBack(db, tableFiles(earlier, "exceptions"));
  await db.run(`create table batch.exceptions as ${FATES_SQL}`);
  return amends;
}

/** Exceptions of earlier segments that come up again: rare, such as a failed future that is awaited much later. */
async function bringBack(db: DuckDb, files: readonly string[]): Promise<boolean> {
  if (files.length === 0) return false;
  const count = async (table: string) =>
    (await db.rows<{ n: number }>(`select count(*) as n from ${table}`))[0]?.n ?? 0;
  if ((await count("batch.touched anti join batch.known_exceptions using (process, id)")) === 0) return false;
  const before = await count("batch.known_exceptions");
  await db.run(`insert into batch.known_exceptions
    select * exclude (filename), true from read_parquet(${sqlTexts(files)}, filename = true)
    semi join (from batch.touched anti join batch.known_exceptions using (process, id)) using (process, id)
    qualify row_number() over (partition by process, id order by filename desc) = 1`);
  return (await count("batch.known_exceptions")) > before;
}

function definedSql(root: string): string {
  return `select process, id, nullif(parent, 0) as call_id, thread, t as raised_ns, payload->>'type' as type,
      payload->>'module' as module, payload->>'message' as message, (payload->'args')::varchar as args,
      ${relativeFile("payload->>'file'", root)} as file, coalesce(try_cast(payload->>'line' as integer), ref) as line, payload->>'function' as "function",
      'open' as fate, null as caught_by, null as caught_file, null as caught_line, null as caught_function,
      null as caught_ns, null as left_call_id, 0 as calls_left, false as fatal, payload->>'cause' as cause,
      payload->>'context' as context, rowid as seq
    from batch.records where kind = 'E'::spool_kind`;
}

/** The last handler in a recorded call's own code, and the last outside, of each exception of this batch. */
function handlingsSql(root: string): string {
  return `
    with handlers as (
      select process, id, rowid as seq, payload is null and parent > 0 as own, if(own, parent, null) as own_call, parent,
        ref, t, payload
      from batch.records where kind = 'A'::spool_kind
    ), owners as (
      -- Narrowed first: there may be a million calls and two handlers.
      select c.process, c.id, c.function_id from batch.calls c
      semi join handlers h on c.process = h.process and c.id = h.own_call
    ), places as (
      select a.process, a.id, a.seq, a.own,
        {call_id: nullif(a.parent, 0), line: a.ref, t: a.t,
         file: if(a.own, f.file, ${relativeFile("a.payload->>'file'", root)}),
         name: if(a.own, f."function", a.payload->>'function')} as place
      from handlers a
        left join owners c on a.process = c.process and a.own_call = c.id
        left join batch.known_functions f on c.process = f.process and c.function_id = f.function_id
    )
    select process, id, max(seq) filter (own) as own_seq, max_by(place, seq) filter (own) as own_place,
      max(seq) filter (not own) as outside_seq, max_by(place, seq) filter (not own) as outside_place
    from places group by process, id`;
}

/** The last call that each exception of this batch left, and whether recorded code was below it on the stack then. */
const LEAVINGS_SQL = `
  with exits as (
    select process, ref as id, id as call_id, rowid as seq from batch.records where kind = 'X'::spool_kind and ref > 0
  ), left_calls as (
    select c.process, c.id, c.stack_parent_id from batch.calls c
    semi join exits x on c.process = x.process and c.id = x.call_id
  ), last_slices as (
    select process, id, parent from batch.steps where next_kind = 'X'::spool_kind and kind = 'U'::spool_kind
  )
  select x.process, x.id, count(*) as calls_left, max(x.seq) as seq,
    max_by({call_id: x.call_id, below: if(s.id is null, c.stack_parent_id, if(s.parent > 0, s.parent, null))}, x.seq) as last
  from exits x
    join left_calls c on x.process = c.process and x.call_id = c.id
    left join last_slices s on x.process = s.process and x.call_id = s.id
  group by x.process, x.id`;

const FATES_SQL = `
  with events as (
    select k.*, l.calls_left as more_left, l.last as leaving,
      coalesce(h.own_seq > coalesce(l.seq, -1), false) as caught_now,
      coalesce(h.outside_seq > coalesce(l.seq, -1), false) as handled_now, h.own_place, h.outside_place,
      z.process is not null as fatal_now,
      fresh or coalesce(h.process, l.process, z.process) is not null as active
    from batch.known_exceptions k
      left join batch.handlings h on k.process = h.process and k.id = h.id
      left join batch.leavings l on k.process = l.process and k.id = l.id
      left join (
        select distinct process, ref as id from batch.records
        where kind = 'Z'::spool_kind and ref > 0 and (payload->>'fatal') = 'true'
      ) z on k.process = z.process and k.id = z.id
  ), decided as (
    select *, case when caught_now then 'caught'
        when leaving is not null then if(leaving.below is null, 'left', 'caught_outside') else fate end as now_fate,
      case when caught_now then own_place
        when handled_now and (leaving is not null or fate <> 'caught') then outside_place
        when leaving is not null then null
        else {call_id: caught_by, line: caught_line, t: caught_ns, file: caught_file, name: caught_function} end as place
    from events
  )
  select process, id, call_id, thread, raised_ns, type, module, message, args, file, line, "function",
    now_fate as fate, if(now_fate = 'caught', place.call_id, null) as caught_by, place.file as caught_file,
    place.line as caught_line, place.name as caught_function, place.t as caught_ns,
    coalesce(leaving.call_id, left_call_id) as left_call_id, calls_left + coalesce(more_left, 0) as calls_left,
    fatal or fatal_now as fatal, cause, context, active
  from decided`;

/** Rows to write now: all of them at the end of a run, else those that this batch left alone. */
export function settledExceptionsSql({ all }: { all: boolean }): string {
  return `select * exclude (active) from batch.exceptions ${all ? "" : "where not active"}`;
}

export const OPEN_EXCEPTIONS_SQL = "select * exclude (active) from batch.exceptions where active";

export function framesSql(root: string): string {
  return `select process, id as exception_id, thread as depth, nullif(parent, 0) as call_id,
      ${relativeFile("payload->>'file'", root)} as file, payload->>'function' as "function", ref as line,
      (payload->'locals')::varchar as locals
    from batch.records where kind = 'L'::spool_kind`;
}
