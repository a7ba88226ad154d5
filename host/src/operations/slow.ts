// slow.list: where the time went, by function.

import * as z from "zod";
import type { SqlValue, Store } from "../store/store.ts";
import { slowText } from "../views/slow.ts";
import { about } from "./about.ts";
import { functionShape } from "../answers/call.ts";
import { fullName } from "../queries/function-names.ts";
import { modulePattern } from "../queries/patterns.ts";
import { budget, limit, module, run } from "./input.ts";
import type { Operation } from "./operation.ts";
import { shellWord } from "./shell-word.ts";
import { without } from "../queries/without.ts";

const sorts = z.enum(["own", "total", "count", "mean", "p95", "max", "waiting"]);

const input = z.object({
  sort: sorts
    .default("own")
    .describe("Largest first: own (time in the function itself), total, count, mean, p95, max or waiting"),
  module,
  limit: limit(20),
  run,
  budget,
});
type Input = z.infer<typeof input>;

export const slowFunction = functionShape.extend({
  count: z.number().describe("All calls: recorded and counted"),
  counted: z.number().describe("Those of them that were counted and timed only; percentiles do not know them"),
  total_ns: z.number().describe("Time from call to return, counted calls included; recursion counts again"),
  own_ns: z
    .number()
    .describe(
      "Running time less recorded calls below; for counted calls estimated by the share it has in recorded ones",
    ),
  running_ns: z.number().describe("Of recorded calls: total less waiting"),
  waiting_ns: z.number().describe("Of recorded calls: suspended, as in await"),
  p50_ns: z.number().nullable(),
  p95_ns: z.number().nullable(),
  p99_ns: z.number().nullable(),
  max_ns: z.number(),
  raised: z.number(),
  open: z.number().describe("Calls that never returned; their time is in none of the sums"),
});
export type SlowFunction = z.infer<typeof slowFunction>;

const data = z.object({
  sort: sorts,
  functions: z.array(slowFunction),
  left: z.number().describe("Functions beyond the limit"),
  own_ns: z.number().describe("Own time of all functions that match, for shares"),
});
export type SlowData = z.infer<typeof data>;

const sortKeys: Readonly<Record<z.infer<typeof sorts>, string>> = {
  own: "own_ns",
  total: "total_ns",
  count: "count",
  mean: "total_ns / count",
  p95: "p95_ns",
  max: "max_ns",
  waiting: "waiting_ns",
};

export const slow: Operation<Input, SlowData> = {
  name: "slow.list",
  command: "slow",
  summary: "Functions by time: count, total, own, percentiles, waiting",
  description:
    "Lists functions by the time spent in them: own time (without what they called), total, number of calls, p50, p95, p99 and the longest call; for coroutines, waiting is told apart from running. " +
    "Calls of hot functions that were only counted are in count, total and max exactly; percentiles come from recorded calls. Example: spoor slow --sort p95 --module 'shop.*'.",
  effect: "reads",
  input,
  data,
  positional: [],

  async run(input, context) {
    const store = await context.openStore(input.run);
    const { functions, left, own_ns } = await slowFunctions(store, input);
    return {
      about: await about(
        context,
        store,
        functions.slice(0, 1).map((each) => `spoor calls ${shellWord(fullName(each))} --sort duration`),
      ),
      data: { sort: input.sort, functions, left, own_ns },
    };
  },

  text(answer, style) {
    return slowText(answer.data, style);
  },
};

/** The functions with the largest sort key, and how many there are beyond them. */
export async function slowFunctions(
  store: Store,
  options: { readonly sort: Input["sort"]; readonly limit: number; readonly module?: string | undefined },
): Promise<Omit<SlowData, "sort">> {
  const parameters: Record<string, SqlValue> = {};
  let where = "true";
  if (options.module !== undefined) {
    where = "regexp_matches(module, $module)";
    parameters["module"] = modulePattern(options.module);
  }
  const rows = await store.query<SlowFunction & { functions: number; all_own_ns: number }>(
    `WITH recorded AS (
       SELECT module, function, count(*) AS count, coalesce(sum(duration_ns), 0) AS total_ns, coalesce(sum(own_ns), 0) AS own_ns,
         coalesce(sum(running_ns), 0) AS running_ns, coalesce(sum(duration_ns - running_ns), 0) AS waiting_ns,
         quantile_cont(duration_ns, [0.5, 0.95, 0.99]) AS percentiles, coalesce(max(duration_ns), 0) AS max_ns,
         count(*) FILTER (outcome = 'raised') AS raised, count(*) FILTER (outcome = 'running') AS open
       FROM calls WHERE ${where} GROUP BY module, function),
     more AS (
       SELECT module, function, sum(calls) AS count, sum(total_ns) AS total_ns, max(max_ns) AS max_ns, sum(raised) AS raised
       FROM counted WHERE ${where} GROUP BY module, function),
     merged AS (
       SELECT module, function, coalesce(r.count, 0) + coalesce(m.count, 0) AS count, coalesce(m.count, 0) AS counted,
         coalesce(r.total_ns, 0) + coalesce(m.total_ns, 0) AS total_ns, coalesce(r.own_ns, 0)
           + round(coalesce(m.total_ns, 0) * coalesce(r.own_ns / nullif(r.total_ns, 0), 1)) AS own_ns,
         coalesce(r.running_ns, 0) AS running_ns, coalesce(r.waiting_ns, 0) AS waiting_ns,
         round(r.percentiles[1]) AS p50_ns, round(r.percentiles[2]) AS p95_ns, round(r.percentiles[3]) AS p99_ns,
         greatest(coalesce(r.max_ns, 0), coalesce(m.max_ns, 0)) AS max_ns,
         coalesce(r.raised, 0) + coalesce(m.raised, 0) AS raised, coalesce(r.open, 0) AS open
       FROM recorded r FULL JOIN more m USING (module, function)),
     places AS (
       SELECT module, function, arg_min(file, line) AS file, min(line) AS line, any_value(kind) AS kind
       FROM functions GROUP BY module, function),
     largest AS (
       SELECT *, count(*) OVER () AS functions, sum(own_ns) OVER () AS all_own_ns FROM merged
       ORDER BY ${sortKeys[options.sort]} DESC NULLS LAST, count DESC, module, function LIMIT ${options.limit})
     SELECT l.*, p.file, p.line, coalesce(p.kind, 'function') AS kind
     FROM largest l LEFT JOIN places p USING (module, function)
     ORDER BY ${sortKeys[options.sort]} DESC NULLS LAST, count DESC, module, function`,
    parameters,
  );
  return {
    functions: rows.map((row) => without(row, "functions", "all_own_ns")),
    left: (rows[0]?.functions ?? 0) - rows.length,
    own_ns: rows[0]?.all_own_ns ?? 0,
  };
}
