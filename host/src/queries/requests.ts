// Web requests: rows for lists, and which calls belong to one. A call belongs to the request that was being answered in its
// thread or task when it began.

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

/** `where` is on a row `r` of requests; `order` is SQL on it too. */
export function readRequests(
  store: Store,
  where: SqlCondition,
  order: string,
  limit: number,
): Promise<(RequestRow & { all: number })[]> {
  return store.query<RequestRow & { all: number }>(
    `WITH listed AS (
       SELECT r.*, r.ended_ns - r.started_ns AS duration_ns, count(*) OVER () AS all, ${ends} AS until_ns
       FROM requests r WHERE ${where.sql} ORDER BY ${order} LIMIT ${limit}),
     counts AS (
       SELECT l.run, l.process, l.id, count(*) AS calls
       FROM listed l JOIN request_threads t ON t.run = l.run AND t.process = l.process AND t.request_id = l.id
         JOIN calls c ON c.run = t.run AND c.process = t.process AND c.thread = t.thread
           AND c.started_ns >= t.from_ns AND c.started_ns <= l.until_ns
       GROUP BY ALL)
     SELECT r.run, r.process, r.id, r.protocol, r.method, r.path, r.query, r.framework, r.route, r.handler, r.status, r.started_ns,
       r.duration_ns, coalesce(k.calls, 0) AS calls, r.all
     FROM listed r LEFT JOIN counts k ON k.run = r.run AND k.process = r.process AND k.id = r.id ORDER BY ${order}`,
    where.parameters,
  );
}

/** The outermost calls of a request, as a condition on a row `c` of calls. */
export async function rootsOfRequest(store: Store, request: RequestKey): Promise<SqlCondition> {
  const parameters: Record<string, SqlValue> = { process: request.process, id: request.id };
  const spans = await store.query<{ run: string; thread: number; from_ns: string; until_ns: string }>(
    `SELECT t.run, t.thread, t.from_ns::VARCHAR AS from_ns, (${ends})::VARCHAR AS until_ns
     FROM requests r JOIN request_threads t ON t.run = r.run AND t.process = r.process AND t.request_id = r.id
     WHERE r.process = $process AND r.id = $id ORDER BY t.run DESC`,
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
