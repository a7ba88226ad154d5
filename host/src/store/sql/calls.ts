// Pairs calls with their outcomes and works out who called them and how long they ran, for a batch of records and
// the calls that earlier segments left open. All of it is hash joins and sums; nothing is sorted but suspensions.

import { sqlText, type DuckDb } from "../duckdb.ts";
import { emptySelect, OPEN_CALLS } from "../schema.ts";
import { removeRecords } from "./stage.ts";

/** Makes `batch.carried` and the view `batch.calls` of all calls that this batch may end. */
export async function gatherCalls(db: DuckDb, carriedFile: string | null): Promise<void> {
  const carried = carriedFile === null ? emptySelect(OPEN_CALLS) : `from read_parquet(${sqlText(carriedFile)})`;
  await db.run(`create table batch.carried as ${carried}`);
  await removeRecords(
    db,
    `select r.rowid as seq from batch.records r
     anti join batch.known_functions f on r.process = f.process and r.ref = f.function_id where r.kind = 'C'::spool_kind`,
  );
  await db.run(`create view batch.calls as
    select process, id, if(parent > 0, parent, null) as stack_parent_id, if(parent < 0, -parent, null) as cause_id,
      ref as function_id, thread, t as started_ns,
      payload as args, 0 as waiting_ns, 0 as child_ns, 0 as suspends, null::bigint as carried_parent_id,
      false as was_carried
    from batch.records where kind = 'C'::spool_kind
    union all
    select process, id, stack_parent_id, null, function_id, thread, started_ns, args, waiting_ns, child_ns, suspends,
      parent_id, true
    from batch.carried`);
  await db.run(`create view batch.outcomes as
    select process, id, t as ended_ns, kind, ref, payload from batch.records where kind in ('R'::spool_kind, 'X'::spool_kind)`);
  await removeDoubles(db);
}

/**
 * Ids are unique in a process. If an agent breaks that, the first counts; joins would multiply rows otherwise. Calls
 * are nearly always in order of id, which costs far less to see than that no id comes twice.
 */
async function removeDoubles(db: DuckDb): Promise<void> {
  const [order] = await db.rows<{ breaks: number }>(`
    select count(*) filter (id <= before and process = process_before) as breaks from (
      select process, id, lag(id) over () as before, lag(process) over () as process_before
      from batch.records where kind = 'C'::spool_kind)`);
  if (order?.breaks !== 0) await removeLaterOf(db, "kind = 'C'::spool_kind");
  await removeLaterOf(db, "kind in ('R'::spool_kind, 'X'::spool_kind)");
}

async function removeLaterOf(db: DuckDb, where: string): Promise<void> {
  if (!(await someComeTwice(db, where))) return;
  await removeRecords(
    db,
    `select rowid as seq from batch.records where ${where}
     qualify row_number() over (partition by process, id order by rowid) > 1`,
  );
}

/** Ids are dense, so that a bit for each tells most cheaply how many there are. */
async function someComeTwice(db: DuckDb, where: string): Promise<boolean> {
  const [range] = await db.rows<{ low: number | null; high: number | null }>(
    `select min(id) as low, max(id) as high from batch.records where ${where}`,
  );
  if (range === undefined || range.low === null || range.high === null) return false;
  const distinct =
    range.high - range.low < MOST_BITS
      ? `bit_count(bitstring_agg(id, ${range.low}, ${range.high}))`
      : "count(distinct id)";
  const [found] = await db.rows<{ doubles: number }>(
    `select coalesce(sum(n - ids), 0)::bigint as doubles
     from (select count(*) as n, ${distinct} as ids from batch.records where ${where} group by process)`,
  );
  return Boolean(found?.doubles);
}

const MOST_BITS = 1 << 28;

/**
 * Makes `batch.entries`: the first calls of tasks and threads with the call that created the task or started the thread.
 * Few rows: only threads that a recorded call created are looked at.
 */
export async function findEntries(db: DuckDb): Promise<void> {
  await db.run(`create table batch.entries as
    with candidates as (
      select c.process, c.id, c.thread, c.stack_parent_id, h.kind, h.created_by
      from batch.calls c join batch.known_threads h on c.process = h.process and c.thread = h.thread
      where h.created_by is not null and not c.was_carried and (h.kind = 'task' or c.stack_parent_id is null)
    )
    select e.process, e.id, e.created_by as parent_id
    from candidates e left join batch.calls p on p.process = e.process and p.id = e.stack_parent_id
    where e.stack_parent_id is null or (p.thread is not null and p.thread <> e.thread)`);
}

/**
 * Most batches are of one process; comparing its number in joins of millions of rows would cost a quarter of them.
 */
export async function isOneProcess(db: DuckDb): Promise<boolean> {
  const [found] = await db.rows<{ processes: number }>(
    "select count(*) as processes from (select process from batch.census union select process from batch.carried)",
  );
  return found?.processes === 1;
}

function sameProcess(oneProcess: boolean): (a: string, b: string) => string {
  return (a, b) => (oneProcess ? "" : `${a}.process = ${b}.process and`);
}

/**
 * How long calls ran on the stack of the call below them: `batch.child_time`, with `id` null for those that had none
 * below, and `ended` how many outcomes found their call.
 */
export async function sumChildTime(db: DuckDb, oneProcess: boolean): Promise<void> {
  const same = sameProcess(oneProcess);
  await db.run(`create table batch.child_time as
    select process, id, sum(ns)::bigint as ns, count(ended) as ended from (
      select c.process, if(c.parent > 0, c.parent, null) as id, o.ended_ns - c.t as ns, true as ended
      from batch.records c join batch.outcomes o on ${same("c", "o")} c.id = o.id
        anti join batch.stepping s on ${same("c", "s")} c.id = s.id
      where c.kind = 'C'::spool_kind
      union all
      select process, if(parent > 0, parent, null), next_t - t, null from batch.steps
      where kind in ('C'::spool_kind, 'U'::spool_kind, 'Y'::spool_kind) and next_t is not null
      union all
      select process, if(parent > 0, parent, null), -counted_ns, null from batch.steps where counted_ns > 0
      union all
      select s.process, null, 0, true from batch.steps s semi join batch.calls c on s.process = c.process and s.id = c.id
      where next_kind in ('R'::spool_kind, 'X'::spool_kind)
    ) group by process, id`);
}

const PARENT = "coalesce(c.cause_id, e.parent_id, c.carried_parent_id, c.stack_parent_id)";

/** Rows of `calls`: those that ended, and with `unended` also those that did not. */
export function callsSql({ unended, oneProcess }: { unended: boolean; oneProcess: boolean }): string {
  const same = sameProcess(oneProcess);
  return `
    select c.process, c.id, ${PARENT} as parent_id, c.stack_parent_id, c.function_id, f.module, f."function", c.thread,
      c.started_ns, o.ended_ns - c.started_ns as duration_ns,
      duration_ns - c.waiting_ns - coalesce(w.waiting_ns, 0) as running_ns,
      -- greatest() skips nulls: calls that run still have no own time yet.
      if(running_ns is null, null, greatest(running_ns - c.child_ns - coalesce(d.ns, 0), 0)) as own_ns,
      c.suspends + coalesce(w.suspends, 0) as suspends,
      case when o.kind is null then 'running' when o.kind = 'R'::spool_kind then 'returned'
        when o.payload is not null and regexp_matches(o.payload, '"closed"\\s*:\\s*true') then 'closed'
        else 'raised' end as outcome,
      c.args, if(o.kind = 'R'::spool_kind, o.payload, null) as result, if(o.kind = 'X'::spool_kind, nullif(o.ref, 0), null) as exception_id
    from batch.calls c
      ${unended ? "left join" : "join"} batch.outcomes o on ${same("c", "o")} c.id = o.id
      join batch.named_functions f on c.process = f.process and c.function_id = f.function_id
      left join batch.child_time d on ${same("c", "d")} c.id = d.id
      left join batch.waits w on ${same("c", "w")} c.id = w.id
      left join batch.entries e on ${same("c", "e")} c.id = e.id`;
}

/** Rows of `open.parquet`. */
export const OPEN_CALLS_SQL = `
  select c.process, c.id, ${PARENT} as parent_id, c.stack_parent_id, c.function_id, f.module, f."function", c.thread,
    c.started_ns, c.args, c.suspends + coalesce(w.suspends, 0) as suspends,
    c.waiting_ns + coalesce(w.waiting_ns, 0) as waiting_ns, c.child_ns + coalesce(d.ns, 0) as child_ns,
    if(w.last.kind = 'S'::spool_kind, w.last.t, null) as suspended_ns, if(w.last.kind = 'S'::spool_kind, w.last.payload, null) as suspended_value,
    if(w.last.kind = 'S'::spool_kind, null, coalesce(w.last.t, c.started_ns)) as slice_start_ns,
    if(w.last is null, c.stack_parent_id, if(w.last.parent > 0, w.last.parent, null)) as slice_parent_id
  from batch.calls c
    anti join batch.outcomes o on c.process = o.process and c.id = o.id
    join batch.known_functions f on c.process = f.process and c.function_id = f.function_id
    left join batch.child_time d on c.process = d.process and c.id = d.id
    left join batch.waits w on c.process = w.process and c.id = w.id
    left join batch.entries e on c.process = e.process and c.id = e.id`;

/** Outcomes and steps of calls that nobody recorded the start of, into `batch.corrupt`. */
export async function countLost(db: DuckDb): Promise<void> {
  const [seen] = await db.rows<{ outcomes: number; found: number }>(`select
    (select coalesce(sum(n), 0)::bigint from batch.census
     where kind in ('R'::spool_kind, 'X'::spool_kind)) as outcomes,
    (select coalesce(sum(ended), 0)::bigint from batch.child_time) as found`);
  if (seen?.outcomes !== seen?.found) {
    await db.run(`insert into batch.corrupt
      select r.process, count(*) from batch.records r anti join batch.calls c on r.process = c.process and r.id = c.id
      where r.kind in ('R'::spool_kind, 'X'::spool_kind) group by r.process`);
  }
  // Steps are few beside calls: the smaller side is hashed.
  await db.run(`insert into batch.corrupt
    with stepping as (
      select process, id, count(*) as n from batch.records where kind in ('S'::spool_kind, 'U'::spool_kind, 'Y'::spool_kind) group by all
    ), known as (
      select c.process, c.id from batch.calls c semi join stepping s on c.process = s.process and c.id = s.id
    )
    select process, sum(n)::bigint from stepping anti join known using (process, id) group by process`);
}
