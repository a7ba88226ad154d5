// Which calls an answer lists, and in which order: the filters of calls.list as SQL on a row `c` of calls.

import * as z from "zod";
import { Problem } from "../problem.ts";
import type { SqlValue, Store } from "../store/store.ts";
import { parseCallHandle } from "./handle.ts";
import { parseDurationNs } from "./duration.ts";
import { parseWhere } from "./where.ts";
import { whereSql, type SqlCondition } from "./where-sql.ts";
import { unseenSql } from "./where-unseen.ts";

export const sorts = z.enum(["time", "duration", "own"]);
type Sort = z.infer<typeof sorts>;

/** Ascending, so that the slowest comes first by its negative. */
const sortKeys: Readonly<Record<z.infer<typeof sorts>, string>> = {
  time: "c.started_ns",
  duration: "-coalesce(c.duration_ns, 0)",
  own: "-coalesce(c.own_ns, 0)",
};

/** Total order: equal keys are told apart by identity, so that pages neither overlap nor leave gaps. */
export function orderBy(sort: Sort): string {
  return `${sortKeys[sort]}, c.run, c.process, c.id`;
}

export const always: SqlCondition = { sql: "true", parameters: {} };

export function allOf(conditions: readonly SqlCondition[]): SqlCondition {
  return {
    sql: conditions.map((each) => each.sql).join(" AND "),
    parameters: Object.assign({}, ...conditions.map((each) => each.parameters)) as Record<string, SqlValue>,
  };
}

interface Filters {
  readonly where: readonly string[];
  readonly raised: boolean;
  readonly slowerThan?: string | undefined;
  readonly process?: number | undefined;
}

export function filtersOf(input: Filters): SqlCondition {
  const parts = [whereSql(input.where.map((each) => parseWhere(each)))];
  if (input.raised) parts.push({ sql: "c.outcome = 'raised'", parameters: {} });
  if (input.slowerThan !== undefined) {
    const longer = parseDurationNs(input.slowerThan);
    parts.push({ sql: "c.duration_ns > $slower_than", parameters: { slower_than: longer } });
  }
  if (input.process !== undefined) {
    parts.push({ sql: "c.process = $process", parameters: { process: input.process } });
  }
  return allOf(parts.filter((part) => part.sql !== always.sql || parts.length === 1));
}

/** Calls of which it is not known whether the filters let them through. */
export function unseenBy(input: Filters): SqlCondition {
  const conditions = input.where.map((each) => parseWhere(each));
  return unseenSql(conditions, whereSql(conditions));
}

/** The place in the order at which the next page begins. */
export async function afterCall(store: Store, handle: string, sort: Sort): Promise<SqlCondition> {
  const { process, id } = parseCallHandle(handle);
  const [anchor] = await store.query<{ key: number; run: string }>(
    `SELECT ${sortKeys[sort]} AS key, c.run FROM calls c WHERE c.process = $process AND c.id = $id ORDER BY c.run DESC LIMIT 1`,
    { process, id },
  );
  if (anchor === undefined) {
    throw new Problem({
      code: "call.not_found",
      kind: "usage",
      says: `There is no call ${handle} in this run to go on after.`,
      tryNext: "Use the handle that the last page ended with.",
      context: { handle },
    });
  }
  return {
    sql: `(${sortKeys[sort]}, c.run, c.process, c.id) > ($after_key::BIGINT, $after_run::VARCHAR, $after_process::INTEGER, $after_id::BIGINT)`,
    parameters: { after_key: anchor.key, after_run: anchor.run, after_process: process, after_id: id },
  };
}
