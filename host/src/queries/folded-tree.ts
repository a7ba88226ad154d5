// The call tree of any number of calls, folded: alike calls at the same place in the tree are one node with their count
// and times. One query walks down level by level in SQL, so that a million calls never leave DuckDB; JavaScript only
// sees the nodes.

import type { Row, Store } from "../store/store.ts";
import { callKey, type CallKeySql } from "./call-key.ts";
import { later, type TreeNode } from "../answers/tree.ts";
import { processNote } from "./exact-tree.ts";
import { groupBy } from "./group-by.ts";
import { callHandle } from "./handle.ts";
import type { SqlCondition } from "./where-sql.ts";

export interface TreeRequest {
  /** Which calls are the roots, on a row `c` of calls. */
  readonly roots: SqlCondition;
  /** Levels below the roots. */
  readonly depth: number;
  /** Roots are folded within a thread, or wherever they ran. */
  readonly rootsBy: "thread" | "function";
  /** At most this many nodes a level: those with the longest total time. */
  readonly breadth: number;
}

interface NodeRow extends Row {
  depth: number;
  node: string;
  up: string;
  run: string;
  process: number;
  first: number;
  function_id: number;
  count: number;
  total_ns: number;
  own_ns: number;
  waiting_ns: number;
  raised: number;
  open: number;
  first_ns: number;
  /** 0: an ordinary call; 1: later, on the task of what caused it; 2: something begins. */
  starts: 0 | 1 | 2;
  thread: number;
  threads: number;
  siblings: number;
  module: string;
  function: string;
  file: string | null;
  line: number | null;
  kind: string;
  thread_name: string | null;
  thread_kind: string | null;
  processes: number;
  born: string | null;
  parent_process: number | null;
  parent_call_id: number | null;
}

/** The roots with their descendants, each level in the order of first call. */
export async function foldedTree(store: Store, request: TreeRequest): Promise<TreeNode[]> {
  const rows = await store.query<NodeRow>(
    treeSql(
      request,
      callKey(store),
      store.runs.map(({ run }) => run),
    ),
    request.roots.parameters,
  );
  const byParent = groupBy(rows, (row) => row.up);
  const build = (row: NodeRow): TreeNode => {
    const below = byParent.get(row.node) ?? [];
    const shown = below.filter((each) => each.depth <= request.depth);
    const held = shown.reduce((sum, each) => sum + each.count, 0);
    return {
      handle: callHandle(row.process, row.first),
      module: row.module,
      function: row.function,
      file: row.file,
      line: row.line,
      kind: row.kind,
      count: row.count,
      total_ns: row.total_ns,
      own_ns: row.own_ns,
      waiting_ns: row.waiting_ns,
      raised: row.raised,
      open: row.open,
      on: startsOn(row),
      children: shown.map(build),
      left_out: (below[0]?.siblings ?? 0) - held,
    };
  };
  return (byParent.get("") ?? []).map(build);
}

function treeSql({ roots, rootsBy, depth, breadth }: TreeRequest, key: CallKeySql, runs: readonly string[]): string {
  const levels = Array.from({ length: depth + 1 }, (_, index) => index + 1);
  const names = `[${runs.map((run) => `'${run.replaceAll("'", "''")}'`).join(", ")}]`;
  // Read once, and without texts: each level walks over all calls, and Parquet and texts are dear to read a dozen times.
  const narrow = `${key("c", "id")} AS key, ${key("c", "parent_id")} AS parent_key, list_position(${names}, c.run)::INTEGER AS run_at, c.process,
        c.id, c.function_id::INTEGER AS function_id, c.thread::INTEGER AS thread, c.started_ns, c.duration_ns, c.running_ns, c.own_ns,
        if(c.stack_parent_id IS NULL, 1, 0) AS later, c.outcome = 'raised' AS raised, c.outcome = 'running' AS open`;
  const level = (n: number) => `
    l${n} AS MATERIALIZED (
      SELECT hash(p.node, c.function_id, if(c.thread <> p.thread, 2, c.later)) AS node, p.node AS up, if(c.thread <> p.thread, 2, c.later) AS starts, c.*
      FROM every c JOIN l${n - 1} p ON c.parent_key = p.key)`;
  const nodes = (n: number) => `
    SELECT * FROM (
      SELECT ${n} AS depth, node, any_value(up) AS up, any_value(run_at) AS run_at, any_value(process) AS process, any_value(function_id) AS function_id,
        arg_min(id, started_ns) AS first, count(*) AS count, sum(duration_ns) AS total_ns, sum(own_ns) AS own_ns, sum(duration_ns - running_ns) AS waiting_ns,
        count(*) FILTER (raised) AS raised, count(*) FILTER (open) AS open, min(started_ns) AS first_ns,
        any_value(starts) AS starts, min(thread) AS thread, max(thread) - min(thread) AS threads,
        sum(count(*)) OVER (PARTITION BY any_value(up)) AS siblings
      FROM l${n} GROUP BY node) ORDER BY total_ns DESC NULLS FIRST, count DESC LIMIT ${breadth}`;
  return `WITH
    every AS MATERIALIZED (SELECT ${narrow} FROM calls c WHERE c.parent_id IS NOT NULL),
    l0 AS MATERIALIZED (
      SELECT ${rootsBy === "thread" ? "hash(c.run, c.process, c.function_id, c.thread)" : "hash(c.module, c.function)"} AS node,
        NULL::UBIGINT AS up, ${rootsBy === "thread" ? 2 : 0} AS starts, ${narrow} FROM calls c WHERE ${roots.sql}),
    ${levels.map(level).join(",")},
    found AS MATERIALIZED (${[0, ...levels].map((n) => `(${nodes(n)})`).join(" UNION ALL ")}),
    nodes AS (SELECT * EXCLUDE (run_at), ${names}[run_at] AS run FROM found)
    SELECT n.* EXCLUDE (node, up, total_ns, own_ns, waiting_ns), n.node::VARCHAR AS node, coalesce(n.up::VARCHAR, '') AS up,
      coalesce(n.total_ns, 0) AS total_ns, coalesce(n.own_ns, 0) AS own_ns, coalesce(n.waiting_ns, 0) AS waiting_ns,
      f.module, f.function, f.file, f.line, f.kind, t.name AS thread_name, t.kind AS thread_kind,
      p.born, p.parent_process, p.parent_call_id, (SELECT count(*) FROM processes) AS processes
    FROM nodes n
    JOIN functions f USING (run, process, function_id)
    LEFT JOIN threads t USING (run, process, thread)
    LEFT JOIN processes p USING (run, process)
    ORDER BY n.first_ns, n.first`;
}

/** What begins with these calls; null for an ordinary call, which hangs where its stack says. */
function startsOn(row: NodeRow): string | null {
  if (row.starts < 2) return row.starts === 1 ? later : null;
  const parts: string[] = [];
  if (row.up === "" && row.processes > 1) parts.push(processNote(row));
  const main = row.thread_kind === "thread" && row.thread === 1 && row.threads === 0;
  if (!main) {
    const kind = row.thread_kind ?? "thread";
    parts.push(row.threads === 0 ? `${kind} ${row.thread_name ?? row.thread}` : `${row.count} ${kind}s`);
  }
  return parts.length === 0 ? null : parts.join(", ");
}
