// Names for calls that others refer to, such as callers: looked up by id, since a join with all calls costs a hash table
// of all calls.

import type { SqlValue, Store } from "../store/store.ts";
import type { CallReference } from "../answers/call.ts";
import { groupBy } from "./group-by.ts";
import { callHandle } from "./handle.ts";

export interface CallIdentity {
  readonly run: string;
  readonly process: number;
  readonly id: number;
}

/** Finds a reference by the call's identity; null for a call that was not recorded. */
export type FindReference = (run: string, process: number, id: number | null) => CallReference | null;

export async function callReferences(store: Store, wanted: readonly CallIdentity[]): Promise<FindReference> {
  const parameters: Record<string, SqlValue> = {};
  const bind = (value: SqlValue) => {
    const name = `r${Object.keys(parameters).length}`;
    parameters[name] = value;
    return `$${name}`;
  };
  const groups = groupBy(wanted, (each) => `${each.run} ${each.process}`);
  const conditions = [...groups.values()].map((group) => {
    const [first] = group;
    const ids = [...new Set(group.map((each) => each.id))];
    return `(c.run = ${bind(first?.run ?? "")} AND c.process = ${bind(first?.process ?? 0)} AND c.id IN (${ids.map(bind).join(", ")}))`;
  });
  if (conditions.length === 0) return () => null;
  const rows = await store.query<CallIdentity & { module: string; function: string } & Record<string, unknown>>(
    `SELECT c.run, c.process, c.id, c.module, c.function FROM calls c WHERE ${conditions.join(" OR ")}`,
    parameters,
  );
  const found = new Map(rows.map((row) => [`${row.run} ${row.process} ${row.id}`, row]));
  return (run, process, id) => {
    const row = id === null ? undefined : found.get(`${run} ${process} ${id}`);
    if (row === undefined) return null;
    return { handle: callHandle(row.process, row.id), module: row.module, function: row.function };
  };
}
