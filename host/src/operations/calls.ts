// calls.list: every call of a function, with arguments, result, time, caller and callees.

import * as z from "zod";
import { callsText } from "../views/calls.ts";
import { about } from "./about.ts";
import { absent } from "./absent.ts";
import { countCalls, countedCalls, countedShape, countMatching, sum } from "../queries/call-counts.ts";
import { readCalls } from "../queries/call-rows.ts";
import { afterCall, allOf, always, filtersOf, orderBy, sorts, unseenBy } from "../queries/call-selection.ts";
import { absentShape, type Absent } from "../answers/absent.ts";
import { callShape, functionShape, type CallShape } from "../answers/call.ts";
import { fullName, matchNames } from "../queries/function-names.ts";
import { ofFunctions, recordedFunctions } from "../queries/functions.ts";
import { runCommand } from "./gaps.ts";
import { budget, limit, run } from "./input.ts";
import type { Operation } from "./operation.ts";
import { shellWord } from "./shell-word.ts";
import type { Store } from "../store/store.ts";

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

const data = z.object({
  asked: z.string(),
  functions: z.array(functionShape.extend({ calls: z.number() })),
  functions_left_out: z.number(),
  absent: absentShape.nullable(),
  recorded: z.number().describe("Calls of these functions recorded one by one"),
  matched: z.number().describe("Those of them that the filters let through"),
  filtered: z.boolean(),
  unseen: z
    .number()
    .describe(
      "Calls of which it is not known whether they match: a value that the filters ask for was cut or not opened",
    ),
  counted: countedShape.nullable().describe("Further calls that were counted and timed only"),
  calls: z.array(callShape),
  after: z.string().nullable().describe("For the next page"),
  left: z.number().describe("Matching calls after this page"),
});
export type CallsData = z.infer<typeof data>;

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
    const perFunction = await countCalls(store, of, filters, unseenBy(input));
    const recorded = sum(perFunction.map((each) => each.recorded));
    const matched = sum(perFunction.map((each) => each.matched));
    const after = input.after === undefined ? always : await afterCall(store, input.after, input.sort);
    const where = allOf([of, filters, after]);
    const page = await readCalls(store, {
      where,
      order: orderBy(input.sort),
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
        unseen: sum(perFunction.map((each) => each.unseen)),
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
  functions: [],
  functions_left_out: 0,
  recorded: 0,
  matched: 0,
  filtered: false,
  unseen: 0,
  counted: null,
  calls: [],
  after: null,
  left: 0,
};

function nextForAbsent({ include, did_you_mean }: Absent, store: Store): string[] {
  return [
    ...(include === null ? [] : [runCommand([include], store.runs[0]?.command ?? [])]),
    ...did_you_mean.slice(0, 1).map((name) => `spoor calls ${shellWord(name)}`),
  ];
}

function nextCommands(page: readonly CallShape[]): string[] {
  const raised = page.find((each) => each.outcome === "raised");
  const slowest = page.toSorted((a, b) => (b.duration_ns ?? 0) - (a.duration_ns ?? 0))[0];
  return [raised, slowest].flatMap((each) => (each === undefined ? [] : [`spoor call ${each.handle}`]));
}
