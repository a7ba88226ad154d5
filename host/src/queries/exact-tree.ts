// The call tree of few calls, call by call: small enough to be read whole, so that the order of calls is kept.

import type { Row, Store } from "../store/store.ts";
import { callKey } from "./call-key.ts";
import { later, type TreeNode } from "../answers/tree.ts";
import { groupBy } from "./group-by.ts";
import { callHandle, type CallKey } from "./handle.ts";
import type { SqlCondition } from "./where-sql.ts";

/** So many calls are read at most; beyond that the tree is folded in SQL. */
export const mostCalls = 20_000;

interface TreeRow extends Row {
  run: string;
  process: number;
  id: number;
  parent_id: number | null;
  stack_parent_id: number | null;
  thread: number;
  module: string;
  function: string;
  started_ns: number;
  duration_ns: number | null;
  running_ns: number | null;
  own_ns: number | null;
  outcome: string;
  file: string | null;
  line: number | null;
  kind: string | null;
  thread_name: string | null;
  thread_kind: string | null;
  /** Threads or tasks of this name. */
  namesakes: number | null;
}

const columns = `c.run, c.process, c.id, c.parent_id, c.stack_parent_id, c.thread, c.module, c.function,
  c.started_ns, c.duration_ns, c.running_ns, c.own_ns, c.outcome, f.file, f.line, f.kind, t.name AS thread_name, t.kind AS thread_kind, t.namesakes`;
const joins = `
  LEFT JOIN functions f ON f.run = c.run AND f.process = c.process AND f.function_id = c.function_id
  LEFT JOIN (SELECT *, count(*) OVER (PARTITION BY run, process, kind, name) AS namesakes FROM threads) t ON t.run = c.run AND t.process = c.process AND t.thread = c.thread`;

/** The whole run; null if it has too many calls for that. */
export async function exactTree(store: Store): Promise<TreeNode[] | null> {
  const rows = await store.query<TreeRow>(
    `SELECT ${columns} FROM calls c ${joins} ORDER BY c.started_ns, c.id LIMIT ${mostCalls + 1}`,
  );
  if (rows.length > mostCalls) return null;
  return treeOf(rows, await processNotes(store));
}

/** One call with what it called, level by level; null if that is too much. */
export function exactTreeFrom(store: Store, from: CallKey, depth: number): Promise<TreeNode[] | null> {
  const parameters = { process: from.process, id: from.id };
  return exactTreeOf(store, { sql: "c.process = $process AND c.id = $id", parameters }, depth, 1);
}

/** Calls, by a condition on a row `c` of calls, with what they called; of the newest run if it is `most` that count. */
export async function exactTreeOf(
  store: Store,
  roots: SqlCondition,
  depth: number,
  most = mostCalls + 1,
): Promise<TreeNode[] | null> {
  const key = callKey(store);
  const all = await store.query<TreeRow>(
    `SELECT ${columns} FROM calls c ${joins} WHERE ${roots.sql} ORDER BY c.run DESC LIMIT ${most}`,
    roots.parameters,
  );
  if (all.length > mostCalls) return null;
  let level = all;
  for (let below = 0; below <= depth && level.length > 0; below += 1) {
    level = await store.query<TreeRow>(
      `SELECT ${columns} FROM calls c ${joins}
       JOIN (SELECT unnest(from_json($keys::JSON, '[{"run":"VARCHAR","process":"INTEGER","id":"BIGINT"}]'), recursive := true)) k
         ON ${key("c", "parent_id")} = ${key("k", "id")} LIMIT ${mostCalls + 1}`,
      { keys: JSON.stringify(level.map(({ run, process, id }) => ({ run, process, id }))) },
    );
    all.push(...level);
    if (all.length > mostCalls) return null;
  }
  return treeOf(
    all.toSorted((a, b) => a.started_ns - b.started_ns || a.id - b.id),
    new Map(),
  );
}

/** Builds the tree from calls in time order; calls whose parent is not among them are roots. */
function treeOf(rows: readonly TreeRow[], processes: ReadonlyMap<string, string>): TreeNode[] {
  const keyOf = (row: TreeRow, id: number | null) => `${row.run} ${row.process} ${id}`;
  const known = new Map(rows.map((row) => [keyOf(row, row.id), row]));
  const byParent = groupBy(rows, (row) => {
    const parent = keyOf(row, row.parent_id);
    return known.has(parent) ? parent : "";
  });
  // Iterative, for a recursion of the program may be deeper than JavaScript's stack: children come after parents in time.
  const nodes = new Map(
    rows.map((row) => {
      const parent = known.get(keyOf(row, row.parent_id));
      return [keyOf(row, row.id), nodeOf(row, startsOn(row, parent, processes))];
    }),
  );
  for (const [parent, children] of byParent) {
    const node = nodes.get(parent);
    if (node !== undefined) node.children = children.flatMap((row) => nodes.get(keyOf(row, row.id)) ?? []);
  }
  return (byParent.get("") ?? []).flatMap((row) => nodes.get(keyOf(row, row.id)) ?? []);
}

function nodeOf(row: TreeRow, on: string | null): TreeNode {
  return {
    handle: callHandle(row.process, row.id),
    module: row.module,
    function: row.function,
    file: row.file,
    line: row.line,
    kind: row.kind ?? "function",
    count: 1,
    total_ns: row.duration_ns ?? 0,
    own_ns: row.own_ns ?? 0,
    waiting_ns: row.duration_ns === null || row.running_ns === null ? 0 : row.duration_ns - row.running_ns,
    raised: row.outcome === "raised" ? 1 : 0,
    open: row.outcome === "running" ? 1 : 0,
    on,
    children: [],
    left_out: 0,
  };
}

/**
 * A call begins something if its parent ran elsewhere: a task runs on its creator's thread, even on its stack. One that its
 * parent has caused, but not called, runs later.
 */
function startsOn(row: TreeRow, parent: TreeRow | undefined, processes: ReadonlyMap<string, string>): string | null {
  if (parent?.thread === row.thread) return row.stack_parent_id === null ? later : null;
  const process = row.parent_id === null ? processes.get(`${row.run} ${row.process}`) : undefined;
  const main = row.thread === 1 && row.thread_kind !== "task";
  const number = (row.namesakes ?? 0) > 1 ? ` #${row.thread}` : "";
  const thread = main ? undefined : `${row.thread_kind ?? "thread"} ${row.thread_name ?? row.thread}${number}`;
  const parts = [process, thread].filter((part) => part !== undefined);
  return parts.length === 0 ? null : parts.join(", ");
}

/** What to call each process where there are several: `process 2 (fork from c17)`. */
async function processNotes(store: Store): Promise<Map<string, string>> {
  const rows = await store.query<{
    run: string;
    process: number;
    born: string | null;
    parent_process: number | null;
    parent_call_id: number | null;
  }>("SELECT run, process, born, parent_process, parent_call_id FROM processes ORDER BY run, process");
  if (rows.length < 2) return new Map();
  return new Map(rows.map((row) => [`${row.run} ${row.process}`, processNote(row)]));
}

export function processNote(row: {
  readonly process: number;
  readonly born: string | null;
  readonly parent_process: number | null;
  readonly parent_call_id: number | null;
}): string {
  if (row.parent_process === null) return `process ${row.process}`;
  const from =
    row.parent_call_id === null || row.parent_call_id === 0
      ? ""
      : ` from ${callHandle(row.parent_process, row.parent_call_id)}`;
  return `process ${row.process} (${row.born ?? "spawn"}${from})`;
}
