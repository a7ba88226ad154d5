// Reads calls whole: with place, thread, caller, exception and folded callees. First a page of calls is chosen by one
// scan, then only that page is joined with the rest, so that a million calls cost no more than their scan.

import { groupBy } from "./group-by.ts";
import type { Row, SqlValue, Store } from "../store/store.ts";
import { callKey } from "./call-key.ts";
import { callReferences } from "./call-references.ts";
import type { CallReference, CallShape, Folded, Outcome, Unended } from "../answers/call.ts";
import { callHandle, exceptionHandle } from "./handle.ts";
import type { SqlCondition } from "./where-sql.ts";

export interface Page {
  /** On a row `c` of calls. */
  readonly where: SqlCondition;
  /** SQL after ORDER BY; made of fixed text only. */
  readonly order: string;
  readonly limit: number;
}

interface CallRow extends Row {
  run: string;
  process: number;
  id: number;
  parent_id: number | null;
  module: string;
  function: string;
  thread: number;
  started_ns: number;
  duration_ns: number | null;
  running_ns: number | null;
  own_ns: number | null;
  suspends: number;
  outcome: Outcome;
  process_ended: "exit" | "died" | "running" | null;
  /** Suspensions that were recorded one by one, of a call without an end, and whether the last of them lasts. */
  known_suspensions: number | null;
  is_suspended: boolean | null;
  args: string | null;
  result: string | null;
  exception_id: number | null;
  file: string | null;
  line: number | null;
  kind: string | null;
  thread_name: string | null;
  thread_kind: "thread" | "task" | null;
  exception_type: string | null;
  exception_message: string | null;
}

export async function readCalls(store: Store, page: Page): Promise<CallShape[]> {
  const rows = await store.query<CallRow>(
    `WITH page AS MATERIALIZED (
       SELECT c.*, row_number() OVER () AS position FROM (SELECT c.* FROM calls c WHERE ${page.where.sql} ORDER BY ${page.order} LIMIT ${page.limit}) c)
     SELECT page.*, f.file, f.line, f.kind, t.name AS thread_name, t.kind AS thread_kind,
       e.type AS exception_type, e.message AS exception_message, p.ended AS process_ended,
       s.known AS known_suspensions, s.lasts AS is_suspended
     FROM page
     LEFT JOIN processes p ON p.run = page.run AND p.process = page.process
     LEFT JOIN (SELECT run, process, call_id, count(*) AS known, bool_or(resumed_ns IS NULL) AS lasts FROM suspensions
         WHERE call_id IN (SELECT id FROM page WHERE outcome = 'running') GROUP BY ALL) s
       ON page.outcome = 'running' AND s.run = page.run AND s.process = page.process AND s.call_id = page.id
     LEFT JOIN functions f ON f.run = page.run AND f.process = page.process AND f.function_id = page.function_id
     LEFT JOIN threads t ON t.run = page.run AND t.process = page.process AND t.thread = page.thread
     LEFT JOIN exceptions e ON e.run = page.run AND e.process = page.process AND e.id = page.exception_id
     ORDER BY page.position`,
    page.where.parameters,
  );
  const callees = await foldedCallees(store, rows);
  const callers = await callReferences(
    store,
    rows.flatMap(({ run, process, parent_id }) => (parent_id === null ? [] : [{ run, process, id: parent_id }])),
  );
  return rows.map((row) =>
    callOf(row, callers(row.run, row.process, row.parent_id), callees.get(keyOf(row.run, row.process, row.id)) ?? []),
  );
}

function callOf(row: CallRow, called_by: CallReference | null, callees: readonly Folded[]): CallShape {
  return {
    handle: callHandle(row.process, row.id),
    run: row.run,
    process: row.process,
    module: row.module,
    function: row.function,
    file: row.file,
    line: row.line,
    kind: row.kind ?? "function",
    thread: { thread: row.thread, name: row.thread_name ?? `thread ${row.thread}`, kind: row.thread_kind ?? "thread" },
    started_ns: row.started_ns,
    duration_ns: row.duration_ns,
    running_ns: row.running_ns,
    own_ns: row.own_ns,
    suspends: row.suspends,
    outcome: row.outcome,
    unended: row.outcome === "running" ? whyUnended(row) : null,
    args: parsed(row.args) as Record<string, unknown> | null,
    result: parsed(row.result),
    result_captured: row.result !== null,
    exception:
      row.exception_id === null || row.exception_type === null
        ? null
        : {
            handle: exceptionHandle(row.process, row.exception_id),
            type: row.exception_type,
            message: messageText(row.exception_message),
          },
    called_by,
    calls_made: [...callees],
  };
}

function whyUnended({ process_ended, suspends, known_suspensions, is_suspended }: CallRow): Unended | null {
  if (process_ended === "died") return "died";
  // Of suspensions that were only counted, the last may last.
  if (process_ended === null || suspends > (known_suspensions ?? 0)) return null;
  if (process_ended === "running") return is_suspended === true ? "waiting" : "running";
  return is_suspended === true ? "exited_waiting" : "exited";
}

/** A message is text; one that was too long is a cut string as JSON (spec/values.md). */
export function messageText(message: string | null): string | null {
  if (message?.startsWith('{"$":') !== true) return message;
  const value = parsed(message);
  const head = value !== null && typeof value === "object" && "head" in value ? value.head : undefined;
  return typeof head === "string" ? `${head}…` : message;
}

/** Captured JSON as a value; what is not JSON (a damaged record) stays the text that it is. */
export function parsed(json: string | null): unknown {
  if (json === null) return null;
  try {
    return JSON.parse(json) as unknown;
  } catch {
    return json;
  }
}

interface CalleeRow extends Row {
  run: string;
  process: number;
  parent_id: number;
  first: number;
  module: string;
  function: string;
  count: number;
  total_ns: number;
  raised: number;
  later: boolean;
}

/** What each of the calls called, by function, in the order of first call. */
async function foldedCallees(
  store: Store,
  calls: readonly { run: string; process: number; id: number }[],
): Promise<Map<string, Folded[]>> {
  if (calls.length === 0) return new Map();
  const parameters: Record<string, SqlValue> = {
    keys: JSON.stringify(calls.map(({ run, process, id }) => ({ run, process, id }))),
  };
  const key = callKey(store);
  const rows = await store.query<CalleeRow>(
    `SELECT c.run, c.process, c.parent_id, arg_min(c.id, c.started_ns) AS first, c.module, c.function, count(*) AS count,
       coalesce(sum(c.duration_ns), 0)::BIGINT AS total_ns, count(*) FILTER (c.outcome = 'raised') AS raised,
       c.stack_parent_id IS NULL AS later
     FROM calls c JOIN (SELECT unnest(from_json($keys::JSON, '[{"run":"VARCHAR","process":"INTEGER","id":"BIGINT"}]'), recursive := true)) k
       ON ${key("c", "parent_id")} = ${key("k", "id")}
     GROUP BY c.run, c.process, c.parent_id, c.module, c.function, later ORDER BY min(c.started_ns)`,
    parameters,
  );
  const byCaller = groupBy(rows, (row) => keyOf(row.run, row.process, row.parent_id));
  return new Map(
    [...byCaller].map(([key, those]) => [
      key,
      those.map((row) => ({
        handle: callHandle(row.process, row.first),
        module: row.module,
        function: row.function,
        count: row.count,
        total_ns: row.total_ns,
        raised: row.raised,
        later: row.later,
      })),
    ]),
  );
}

function keyOf(run: string, process: number, id: number): string {
  return `${run} ${process} ${id}`;
}
