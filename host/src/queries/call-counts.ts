// How many calls there are: recorded one by one, matching, and counted only.

import * as z from "zod";
import type { Store } from "../store/store.ts";
import type { FunctionShape } from "../answers/call.ts";
import { ofFunctions } from "./functions.ts";
import type { SqlCondition } from "./where-sql.ts";

export const countedShape = z.object({
  calls: z.number(),
  total_ns: z.number(),
  max_ns: z.number(),
  raised: z.number(),
  why: z.array(z.enum(["hot", "sampled", "size"])),
});

export interface FunctionCount extends Record<string, unknown> {
  module: string;
  function: string;
  recorded: number;
  matched: number;
  unseen: number;
}

/** `unseen`: of those that do not match, the ones of which `unseen` holds. */
export function countCalls(
  store: Store,
  of: SqlCondition,
  filters: SqlCondition,
  unseen: SqlCondition,
): Promise<FunctionCount[]> {
  return store.query<FunctionCount>(
    `SELECT c.module, c.function, count(*) AS recorded, count(*) FILTER (${filters.sql}) AS matched, count(*) FILTER (${unseen.sql}) AS unseen
     FROM calls c WHERE ${of.sql} GROUP BY c.module, c.function`,
    { ...of.parameters, ...filters.parameters, ...unseen.parameters },
  );
}

export async function countMatching(store: Store, where: SqlCondition): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    `SELECT count(*) AS count FROM calls c WHERE ${where.sql}`,
    where.parameters,
  );
  return row?.count ?? 0;
}

/** Calls of these functions that were counted and timed only; null if there are none. */
export async function countedCalls(
  store: Store,
  functions: readonly FunctionShape[],
): Promise<z.infer<typeof countedShape> | null> {
  const of = ofFunctions(functions, "c");
  const rows = await store.query<{
    why: "hot" | "sampled" | "size";
    calls: number;
    total_ns: number;
    max_ns: number;
    raised: number;
  }>(
    `SELECT c.why, sum(c.calls)::BIGINT AS calls, sum(c.total_ns)::BIGINT AS total_ns, max(c.max_ns) AS max_ns, sum(c.raised)::BIGINT AS raised
     FROM counted c WHERE ${of.sql} GROUP BY c.why ORDER BY c.why`,
    of.parameters,
  );
  if (rows.length === 0) return null;
  return {
    calls: sum(rows.map((row) => row.calls)),
    total_ns: sum(rows.map((row) => row.total_ns)),
    max_ns: Math.max(...rows.map((row) => row.max_ns)),
    raised: sum(rows.map((row) => row.raised)),
    why: rows.map((row) => row.why),
  };
}

export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
