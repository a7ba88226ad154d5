// Web requests: rows for lists, and which calls belong to one. A call belongs to the request that its thread or task worked
// for when it began.

import { Problem } from "../problem.ts";
import type { SqlValue, Store } from "../store/store.ts";
import { sqlText } from "../store/duckdb.ts";
import type { SqlCondition } from "./where-sql.ts";

export interface RequestKey {
  readonly process: number;
  readonly id: number;
}

// A type and no interface, so that it is a row without being open to other columns.
export type RequestRow = {
  run: string;
  process: number;
  id: number;
  protocol: string;
  method: string;
  path: string;
  query: string | null;
  framework: string | null;
  route: string | null;
  handler: string | null;
  status: number | null;
  cut: boolean;
  raised: string | null;
  exception: number | null;
  started_ns: number;
  duration_ns: number | null;
  calls: number;
};

export function requestHandle(process: number, id: number): string {
  return process === 1 ? `r${id}` : `p${process}r${id}`;
}

/** The request that a handle names; a Problem says how handles look. */
export function parseRequestHandle(text: string): RequestKey {
  const parts = /^(?:p(\d+))?r(\d+)$/.exec(text.trim());
  if (parts === null) {
    throw new Problem({
      code: "handle.invalid",
      kind: "usage",
      says: `"${text}" is not the handle of a request.`,
      tryNext: "Handles look like r7, or p2r7 for request 7 of process 2; `spoor requests` shows them.",
      context: { handle: text },
    });
  }
  return { process: Number(parts[1] ?? 1), id: Number(parts[2]) };
}

// A request of which no end is known lasts until the next one in its thread.
const ends = `coalesce(r.ended_ns, (SELECT min(n.started_ns) - 1 FROM requests n
  WHERE n.run = r.run AND n.process = r.process AND n.thread = r.thread AND n.started_ns > r.started_ns), 9223372036854775807)`;

/** Where and when each of the requests `of` (rows with `run`, `process`, `id`, `until_ns`) was worked for. A thread that begins with something else, or leaves, has done with it. */
const spansOf = (of: string): string => `
  SELECT s.run, s.process, s.request_id, s.thread, s.from_ns, least(l.until_ns, coalesce(s.next_ns, l.until_ns)) AS until_ns
  FROM (SELECT *, lead(from_ns) OVER (PARTITION BY run, process, thread ORDER BY from_ns) - 1 AS next_ns FROM request_threads) s
    JOIN ${of} l ON l.run = s.run AND l.process = s.process AND l.id = s.request_id
  WHERE NOT coalesce(s.leaves, false)`;

/** `where` is on a row `r` of requests; `order` is SQL on it too. */
export function readRequests(
  store: Store,
  where: SqlCondition,
  order: string,
  limit: number,
): Promise<(RequestRow & { all: number; open: number })[]> {
  return store.query<RequestRow & { all: number; open: number }>(
    `WITH listed AS (
       SELECT r.*, r.ended_ns - r.started_ns AS duration_ns, count(*) OVER () AS all, count(*) FILTER (r.ended_ns IS NULL) OVER () AS open, ${ends} AS until_ns
       FROM requests r WHERE ${where.sql} ORDER BY ${order} LIMIT ${limit}),
     spans AS (${spansOf("listed")}),
     counts AS (
       SELECT t.run, t.process, t.request_id, count(*) AS calls,
         max_by(e.id, c.started_ns + c.duration_ns) AS exception_id, max_by(e.type, c.started_ns + c.duration_ns) AS type
       FROM spans t JOIN calls c ON c.run = t.run AND c.process = t.process AND c.thread = t.thread
           AND c.started_ns >= t.from_ns AND c.started_ns <= t.until_ns
         -- What left the outermost call that it could leave, for the framework or the server to catch.
         LEFT JOIN exceptions e ON e.run = c.run AND e.process = c.process AND e.id = c.exception_id AND e.left_call_id = c.id AND e.caught_by IS NULL
       GROUP BY ALL)
     SELECT r.run, r.process, r.id, r.protocol, r.method, r.path, r.query, r.framework, r.route, r.handler, r.status, r.cut, r.started_ns,
       r.duration_ns, coalesce(k.calls, 0) AS calls, r.all, r.open, coalesce(r.raised, if(r.status >= 500 OR r.cut, k.type, NULL)) AS raised,
       if(r.raised IS NOT NULL OR r.status >= 500 OR r.cut, k.exception_id, NULL) AS exception
     FROM listed r LEFT JOIN counts k ON k.run = r.run AND k.process = r.process AND k.request_id = r.id ORDER BY ${order}`,
    where.parameters,
  );
}

/** The outermost calls of a request, as a condition on a row `c` of calls. */
export async function rootsOfRequest(store: Store, request: RequestKey): Promise<SqlCondition> {
  const parameters: Record<string, SqlValue> = { process: request.process, id: request.id };
  const spans = await store.query<{ run: string; thread: number; from_ns: string; until_ns: string }>(
    `WITH listed AS (SELECT r.*, ${ends} AS until_ns FROM requests r WHERE r.process = $process AND r.id = $id)
     SELECT run, thread, from_ns::VARCHAR AS from_ns, until_ns::VARCHAR AS until_ns FROM (${spansOf("listed")}) ORDER BY run DESC`,
    parameters,
  );
  const [newest] = spans;
  if (newest === undefined) {
    throw new Problem({
      code: "request.not_found",
      kind: "usage",
      says: `There is no request ${requestHandle(request.process, request.id)} in this run.`,
      tryNext: "spoor requests lists requests with their handles; --run chooses another run.",
      context: { handle: requestHandle(request.process, request.id) },
    });
  }
  const within = (row: string): string => {
    const parts = spans
      .filter(({ run }) => run === newest.run)
      .map(
        (span) => `${row}.thread = ${span.thread} AND ${row}.started_ns BETWEEN ${span.from_ns} AND ${span.until_ns}`,
      );
    return `${row}.run = ${sqlText(newest.run)} AND ${row}.process = ${request.process} AND (${parts.join(" OR ")})`;
  };
  const sql = `${within("c")} AND (c.parent_id IS NULL OR c.parent_id NOT IN (SELECT i.id FROM calls i WHERE ${within("i")}))`;
  return { sql, parameters: {} };
}
