// calls.list: every call of a function, with arguments, result, time, caller and callees.

import { z } from "zod";
import { callsText } from "../views/calls.ts";
import { about } from "./about.ts";
import { absent } from "./absent.ts";
import { readCalls } from "./call-rows.ts";
import { absentShape, type Absent } from "./data/absent.ts";
import { callShape, functionShape, type CallShape } from "./data/call.ts";
import { fullName, matchNames } from "./function-names.ts";
import { ofFunctions, recordedFunctions } from "./functions.ts";
import { runCommand } from "./gaps.ts";
import { parseCallHandle } from "./handle.ts";
import { budget, limit, parseDurationNs, run } from "./input.ts";
import type { Operation } from "./operation.ts";
import { Problem } from "../problem.ts";
import type { SqlValue, Store } from "../store/store.ts";
import { parseWhere } from "./where.ts";
import { whereSql, type SqlCondition } from "./where-sql.ts";

const sorts = z.enum(["time", "duration", "own"]);

const input = z.object({
  function: z
    .string()
    .describe("A function: its name (total), more of it (Cart.total, shop.cart.Cart.total) or a pattern (Cart.*)"),
  where: z
    .array(z.string())
    .default([])
    .describe("Only calls for which this holds, such as 'args.user.id > 100' or \"result contains 'x'\"; repeatable"),
  raised: z.boolean().default(false).describe("Only calls that were left by an exception"),
  slowerThan: z.string().optional().describe("Only calls that took longer, such as 10ms"),
  process: z.number().int().optional().describe("Only calls in this process of the run"),
  sort: sorts.default("time").describe("Order: time (first call first), duration or own (slowest first)"),
  limit: limit(20),
  after: z.string().optional().describe("Go on after this call of the last page: c42"),
  run,
  budget,
});
type Input = z.infer<typeof input>;

const countedShape = z.object({
  calls: z.number(),
  total_ns: z.number(),
  max_ns: z.number(),
  raised: z.number(),
  why: z.array(z.enum(["hot", "sampled", "size"])),
});

const data = z.object({
  asked: z.string(),
  functions: z.array(functionShape.extend({ calls: z.number() })),
  functions_left_out: z.number(),
  absent: absentShape.nullable(),
  recorded: z.number().describe("Calls of these functions recorded one by one"),
  matched: z.number().describe("Those of them that the filters let through"),
  filtered: z.boolean(),
  counted: countedShape.nullable().describe("Further calls that were counted and timed only"),
  calls: z.array(callShape),
  after: z.string().nullable().describe("For the next page"),
  left: z.number().describe("Matching calls after this page"),
});
export type CallsData = z.infer<typeof data>;

const sortKeys: Readonly<Record<z.infer<typeof sorts>, string>> = {
  time: "c.started_ns",
  duration: "-coalesce(c.duration_ns, 0)",
  own: "-coalesce(c.own_ns, 0)",
};

export const calls: Operation<Input, CallsData> = {
  name: "calls.list",
  command: "calls",
  summary: "Calls of a function: arguments, result, duration, caller, callees",
  description:
    "Lists the calls of a function or of all functions that match a pattern, with their arguments, results, durations, callers and what they called. " +
    "Filter by values with --where, such as spoor calls Cart.total --where 'args.user.id > 100'; by --raised and --slower-than 10ms. " +
    "A name that matches nothing is answered with what is known: not called (proven), not recorded (with the pattern that would), or unknown.",
  effect: "reads",
  input,
  data,
  positional: ["function"],

  async run(input, context) {
    const store = await context.openStore(input.run);
    const filters = filtersOf(input);
    const all = await recordedFunctions(store);
    const functions = matchNames(input.function, all);
    if (functions.length === 0) {
      const verdict = await absent(store, input.function, all, await store.completeness());
      return {
        about: await about(context, store, nextForAbsent(verdict, store)),
        data: { ...nothing, asked: input.function, absent: verdict },
      };
    }
    const of = ofFunctions(functions, "c");
    const perFunction = await countCalls(store, of, filters);
    const recorded = sum(perFunction.map((each) => each.recorded));
    const matched = sum(perFunction.map((each) => each.matched));
    const after = input.after === undefined ? always : await afterCall(store, input.after, input.sort);
    const where = all_([of, filters, after]);
    const page = await readCalls(store, {
      where,
      order: `${sortKeys[input.sort]}, c.run, c.process, c.id`,
      limit: input.limit,
    });
    const following = input.after === undefined ? matched : await countMatching(store, where);
    const left = following - page.length;
    const counts = new Map(perFunction.map((each) => [fullName(each), each.recorded]));
    return {
      about: await about(context, store, nextCommands(page)),
      data: {
        asked: input.function,
        functions: functions.slice(0, 20).map((each) => ({ ...each, calls: counts.get(fullName(each)) ?? 0 })),
        functions_left_out: Math.max(0, functions.length - 20),
        absent: null,
        recorded,
        matched,
        filtered: filters.sql !== always.sql,
        counted: await countedCalls(store, functions),
        calls: page,
        after: left > 0 ? (page.at(-1)?.handle ?? null) : null,
        left,
      },
    };
  },

  text(answer, style) {
    return callsText(answer.data, style);
  },
};

const nothing: Omit<CallsData, "asked" | "absent"> = {
  functions: [], functions_left_out: 0, recorded: 0, matched: 0, filtered: false, counted: null, calls: [], after: null, left: 0,
};

const always: SqlCondition = { sql: "true", parameters: {} };

function all_(conditions: readonly SqlCondition[]): SqlCondition {
  return {
    sql: conditions.map((each) => each.sql).join(" AND "),
    parameters: Object.assign({}, ...conditions.map((each) => each.parameters)) as Record<string, SqlValue>,
  };
}

function filtersOf(input: Input): SqlCondition {
  const parts = [whereSql(input.where.map(parseWhere))];
  if (input.raised) parts.push({ sql: "c.outcome = 'raised'", parameters: {} });
  if (input.slowerThan !== undefined) {
    const longer = parseDurationNs(input.slowerThan);
    parts.push({ sql: "c.duration_ns > $slower_than", parameters: { slower_than: longer } });
  }
  if (input.process !== undefined) {
    parts.push({ sql: "c.process = $process", parameters: { process: input.process } });
  }
  return all_(parts.filter((part) => part.sql !== always.sql || parts.length === 1));
}

interface FunctionCount extends Record<string, unknown> {
  module: string;
  function: string;
  recorded: number;
  matched: number;
}

function countCalls(store: Store, of: SqlCondition, filters: SqlCondition): Promise<FunctionCount[]> {
  return store.query<FunctionCount>(
    `SELECT c.module, c.function, count(*) AS recorded, count(*) FILTER (${filters.sql}) AS matched
     FROM calls c WHERE ${of.sql} GROUP BY c.module, c.function`,
    { ...of.parameters, ...filters.parameters },
  );
}

async function countMatching(store: Store, where: SqlCondition): Promise<number> {
  const [row] = await store.query<{ count: number }>(
    `SELECT count(*) AS count FROM calls c WHERE ${where.sql}`,
    where.parameters,
  );
  return row?.count ?? 0;
}

/** The place in the order at which the next page begins. */
async function afterCall(store: Store, handle: string, sort: Input["sort"]): Promise<SqlCondition> {
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

async function countedCalls(
  store: Store,
  functions: Parameters<typeof ofFunctions>[0],
): Promise<CallsData["counted"]> {
  const of = ofFunctions(functions, "c");
  const rows = await store.query<{ why: "hot" | "sampled" | "size"; calls: number; total_ns: number; max_ns: number; raised: number }>(
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

function nextForAbsent({ include, did_you_mean }: Absent, store: Store): string[] {
  return [
    ...(include === null ? [] : [runCommand([include], store.runs[0]?.command ?? [])]),
    ...did_you_mean.slice(0, 1).map((name) => `spoor calls ${name}`),
  ];
}

function nextCommands(page: readonly CallShape[]): string[] {
  const raised = page.find((each) => each.outcome === "raised");
  const slowest = page.toSorted((a, b) => (b.duration_ns ?? 0) - (a.duration_ns ?? 0))[0];
  return [raised, slowest].flatMap((each) => (each === undefined ? [] : [`spoor call ${each.handle}`]));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
