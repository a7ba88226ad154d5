// The ancestors of a call: its callers, across the start of tasks, threads and processes. All calls that were active at
// one moment come from one scan, so that a deep stack does not cost a scan a frame; and so do those before a cause, so that a long
// chain of causes does not cost a scan a link.

import type { Row, Store } from "../store/store.ts";
import type { Ancestor } from "../answers/call-detail.ts";
import { callHandle } from "./handle.ts";

interface Active extends Row {
  process: number;
  id: number;
  parent_id: number | null;
  stack_parent_id: number | null;
  module: string;
  function: string;
  started_ns: number;
  thread: number;
  thread_name: string | null;
  thread_kind: "thread" | "task" | null;
}

/** More than any stack that somebody wants to see. */
export const mostAncestors = 1000;
/** Calls before a cause that are read with it. */
const before = 2000;

const columns = "c.process, c.id, c.parent_id, c.stack_parent_id, c.module, c.function, c.started_ns, c.thread";

/** Outermost first; `via` says how the next inner call came from it. */
export async function ancestorsOf(
  store: Store,
  call: { readonly run: string; readonly process: number; readonly id: number },
): Promise<Ancestor[]> {
  const ancestors: Ancestor[] = [];
  const one = async (process: number, id: number) => {
    const rows = await activeWhere(store, "c.id = $id", { run: call.run, process, id });
    return rows[0];
  };
  const place = ({ process }: Active) => ({ run: call.run, process });
  let current = await one(call.process, call.id);
  let active = new Map<number, Active>();
  while (current !== undefined && ancestors.length < mostAncestors) {
    let parent: Active | undefined;
    let via: Ancestor["via"];
    if (current.parent_id !== null) {
      parent = active.get(current.parent_id);
      if (parent === undefined && current.stack_parent_id === null) {
        const [from, to] = [current.parent_id - before, current.parent_id];
        const rows = await activeWhere(store, "c.id BETWEEN $from AND $to", { ...place(current), from, to });
        active = new Map(rows.map((row) => [row.id, row]));
        parent = active.get(current.parent_id);
      } else if (parent === undefined) {
        const rows = await activeWhere(
          store,
          "c.started_ns <= $at AND (c.duration_ns IS NULL OR c.started_ns + c.duration_ns >= $at)",
          { ...place(current), at: current.started_ns },
        );
        active = new Map(rows.map((row) => [row.id, row]));
        parent = active.get(current.parent_id) ?? (await one(current.process, current.parent_id));
      }
      if (parent?.thread !== current.thread) via = current.thread_kind ?? "thread";
      else via = current.stack_parent_id === null ? "later" : "call";
    } else {
      via = "process";
      const from = await creatorOf(store, call.run, current.process);
      active = new Map();
      parent = from === null ? undefined : await one(from.process, from.id);
    }
    if (parent === undefined) break;
    ancestors.push({
      handle: callHandle(parent.process, parent.id),
      module: parent.module,
      function: parent.function,
      via,
      on:
        via === "call" || via === "later"
          ? null
          : via === "process"
            ? `process ${current.process}`
            : `${via} ${current.thread_name ?? current.thread}`,
    });
    current = parent;
  }
  return ancestors.toReversed();
}

function activeWhere(store: Store, condition: string, parameters: Record<string, string | number>): Promise<Active[]> {
  return store.query<Active>(
    `SELECT ${columns}, t.name AS thread_name, t.kind AS thread_kind FROM calls c
     LEFT JOIN threads t ON t.run = c.run AND t.process = c.process AND t.thread = c.thread
     WHERE c.run = $run AND c.process = $process AND ${condition}`,
    parameters,
  );
}

async function creatorOf(store: Store, run: string, process: number): Promise<{ process: number; id: number } | null> {
  const [row] = await store.query<{ parent_process: number | null; parent_call_id: number | null }>(
    "SELECT parent_process, parent_call_id FROM processes WHERE run = $run AND process = $process",
    { run, process },
  );
  if (row?.parent_process == null || row.parent_call_id === null || row.parent_call_id === 0) return null;
  return { process: row.parent_process, id: row.parent_call_id };
}
