// Generators and coroutines: the slices in which a call ran and the waits between them. Only calls that suspended
// themselves are looked at, and those that earlier segments left open.

import type { DuckDb } from "../duckdb.ts";

/**
 * Makes `batch.stepping` (which calls), `batch.steps` (their records in order, each with the one after it) and
 * `batch.waits` (a row a call: times suspended, time spent so, last step).
 */
export async function followSteps(db: DuckDb): Promise<void> {
  await db.run(`create table batch.stepping as
    select process, id from batch.records where kind in ('S'::spool_kind, 'U'::spool_kind, 'Y'::spool_kind)
    union select process, id from batch.carried`);
  await db.run(`create table batch.steps as
    with steps as (
      -- A Y record stands for waits that were only counted; the slice that it is in goes on behind it.
      select process, id, r.rowid as seq, kind, t, parent, if(kind = 'Y'::spool_kind, null, payload) as payload,
        if(kind = 'Y'::spool_kind, ref, 0) as counted, if(kind = 'Y'::spool_kind, (payload->>'waiting_ns')::bigint, 0) as counted_ns
      from batch.records r semi join batch.stepping using (process, id)
      where kind in ('C'::spool_kind, 'R'::spool_kind, 'X'::spool_kind, 'S'::spool_kind, 'U'::spool_kind, 'Y'::spool_kind)
      union all
      -- A carried call goes on where it stood: in a wait, or in a slice.
      select process, id, -1, if(suspended_ns is null, 'U', 'S')::spool_kind, coalesce(suspended_ns, slice_start_ns),
        slice_parent_id, suspended_value, 0, 0
      from batch.carried
    ), ended as (
      -- Not a running count over the steps: DuckDB counts anew for each row of a call with a million.
      select process, id, min(seq) as end_seq from steps where kind in ('R'::spool_kind, 'X'::spool_kind) group by process, id
    )
    select s.*, lead(kind) over w as next_kind, lead(t) over w as next_t, lead(parent) over w as next_parent
    from steps s left join ended e using (process, id) where seq <= coalesce(end_seq, seq)
    window w as (partition by process, id order by seq)`);
  await db.run(`create table batch.waits as
    select process, id, (count(*) filter (kind = 'S'::spool_kind and seq >= 0) + sum(counted))::integer as suspends,
      (coalesce(sum(next_t - t) filter (kind = 'S'::spool_kind), 0) + sum(counted_ns))::bigint as waiting_ns,
      max_by({kind: kind, t: t, parent: parent, payload: payload}, seq) as last
    from batch.steps group by process, id`);
}

/** Rows of `suspensions` that are over; with `unended` also those that no resumption ended. */
export function suspensionsSql({ unended }: { unended: boolean }): string {
  return `select s.process, s.id as call_id, s.t as suspended_ns, if(next_kind = 'U'::spool_kind, next_t, null) as resumed_ns,
      if(next_kind = 'U'::spool_kind, nullif(next_parent, 0), null) as resumed_by, payload as value
    from batch.steps s semi join batch.calls c on c.process = s.process and c.id = s.id
    where s.kind = 'S'::spool_kind ${unended ? "" : "and next_kind is not null"}`;
}
