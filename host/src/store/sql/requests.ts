// Requests: a batch holds a part of what became of each, and queries put the parts together.

/** A row a request and batch; only the one with the `Q` record has a start. */
export const REQUESTS_SQL = `
  select process, id, max(thread) filter (kind = 'Q'::spool_kind) as thread, max(nullif(parent, 0)) filter (kind = 'Q'::spool_kind) as call_id,
    max(payload->>'protocol') as protocol, max(payload->>'method') as method, max(payload->>'path') as path, max(payload->>'query') as query,
    max(payload->>'framework') as framework, max_by(payload->>'route', length(payload->>'route')) as route, max(payload->>'handler') as handler,
    max(try_cast(payload->>'status' as integer)) as status, max(payload->>'raised') as raised, max_by(coalesce(try_cast(payload->>'cut' as boolean), false), t) filter (try_cast(payload->>'over' as boolean)) as cut, min(t) filter (kind = 'Q'::spool_kind) as started_ns,
    max(t) filter (kind = 'P'::spool_kind and try_cast(payload->>'over' as boolean)) as ended_ns
  from batch.records where kind in ('Q'::spool_kind, 'P'::spool_kind) and id > 0 group by process, id`;

/** Where a request was answered: in its own thread or task, in those that were made meanwhile, and in threads of a pool until they leave it. */
export const REQUEST_THREADS_SQL = `
  select process, id as request_id, thread, t as from_ns,
    coalesce(try_cast(payload->>'left' as boolean), false) as leaves from batch.records
  where kind in ('Q'::spool_kind, 'P'::spool_kind) and thread > 0`;
