// report.show: what a run did, on one page.

import * as z from "zod";
import type { RunInfo, Store } from "../store/store.ts";
import { reportText } from "../views/report.ts";
import { about } from "./about.ts";
import { exceptionShape } from "../answers/exception.ts";
import { treeNode, type TreeNode } from "../answers/tree.ts";
import { readExceptions } from "../queries/exception-rows.ts";
import { exactTree, mostCalls } from "../queries/exact-tree.ts";
import { cutDepth, foldSiblings } from "../queries/fold.ts";
import { foldedTree } from "../queries/folded-tree.ts";
import { fullName } from "../queries/function-names.ts";
import { gapPackage, gapsOf, suggestedCommand } from "./gaps.ts";
import { budget, run } from "./input.ts";
import type { Operation } from "./operation.ts";
import { shellWord } from "./shell-word.ts";
import { slowFunction, slowFunctions } from "./slow.ts";

const input = z.object({
  top: z
    .number()
    .int()
    .min(1)
    .max(100)
    .default(5)
    .describe("So many of the most called, the slowest, the exceptions and the gaps (default 5)"),
  run,
  budget,
});
type Input = z.infer<typeof input>;

const data = z.object({
  command: z.array(z.string()),
  started_at: z.string().nullable(),
  duration_ns: z.number(),
  status: z.enum(["running", "finished", "recovered"]).nullable(),
  exit_code: z.number().nullable(),
  signal: z.string().nullable(),
  timed_out: z.boolean(),
  processes: z.number(),
  threads: z.number(),
  tasks: z.number(),
  functions: z.number(),
  calls: z.number(),
  counted: z.number().describe("Further calls that were counted only"),
  open: z.number(),
  exceptions: z.number(),
  exceptions_left: z.number().describe("That left recorded code"),
  order: z.enum(["exact", "first"]),
  tree: z.array(treeNode),
  most_called: z.array(slowFunction),
  slowest: z.array(slowFunction).describe("By own time"),
  own_ns: z.number(),
  left: z.array(exceptionShape).describe("Exceptions that left recorded code"),
  gaps: z.array(gapPackage),
  gaps_left: z.number(),
});
export type ReportData = z.infer<typeof data>;

export const report: Operation<Input, ReportData> = {
  name: "report.show",
  command: "report",
  summary: "What a run did, on one page",
  description:
    "Shows the key figures of a run, its call tree with repeats folded, the most called and the slowest functions, exceptions that left recorded code, what was not recorded, and what to look at next. " +
    "The first thing to ask about a new run: spoor report.",
  effect: "reads",
  input,
  data,
  positional: [],

  async run(input, context) {
    const store = await context.openStore(input.run);
    const seen = await store.completeness();
    const { order, tree } = await treeOf(store, seen.calls);
    const most = await slowFunctions(store, { sort: "count", limit: input.top });
    const slowest = await slowFunctions(store, { sort: "own", limit: input.top });
    const left = await readExceptions(store, { sql: "(e.fate = 'left' OR e.fatal)", parameters: {} }, input.top);
    const { packages } = await gapsOf(store, { native: false, limit: 1 });
    const recordable = packages.filter((each) => each.recordable);
    const data: ReportData = {
      ...runFacts(store.runs),
      ...(await figures(store)),
      processes: seen.processes,
      calls: seen.calls,
      counted: seen.counted.hot + seen.counted.sampled + seen.counted.size,
      open: seen.open,
      exceptions: seen.exceptions,
      order,
      tree,
      most_called: most.functions,
      slowest: slowest.functions,
      own_ns: slowest.own_ns,
      left,
      gaps: recordable.slice(0, input.top),
      gaps_left: Math.max(0, recordable.length - input.top),
    };
    return { about: await about(context, store, next(data)), data };
  },

  text(answer, style) {
    return reportText(answer.data, style);
  },
};

async function treeOf(store: Store, calls: number): Promise<{ order: ReportData["order"]; tree: TreeNode[] }> {
  const [depth, foldedDepth] = [5, 3];
  const exact = calls <= mostCalls ? await exactTree(store) : null;
  if (exact !== null) return { order: "exact", tree: foldSiblings(cutDepth(exact, depth)) };
  const roots = { sql: "c.parent_id IS NULL", parameters: {} };
  const folded = await foldedTree(store, { roots, rootsBy: "thread", depth: foldedDepth, breadth: 60 });
  return { order: "first", tree: foldSiblings(folded) };
}

function runFacts(
  runs: readonly RunInfo[],
): Pick<ReportData, "command" | "started_at" | "status" | "exit_code" | "signal" | "timed_out"> {
  const [run] = runs;
  return {
    command: [...(run?.command ?? [])],
    started_at: run?.startedAt ?? null,
    status: run?.status ?? null,
    exit_code: run?.exitCode ?? null,
    signal: run?.signal ?? null,
    timed_out: run?.timedOut ?? false,
  };
}

type Figures = Pick<ReportData, "threads" | "tasks" | "functions" | "exceptions_left" | "duration_ns">;

async function figures(store: Store): Promise<Figures> {
  const [row] = await store.query<Figures & Record<string, unknown>>(
    `SELECT (SELECT count(*) FROM threads WHERE kind = 'thread') AS threads, (SELECT count(*) FROM threads WHERE kind = 'task') AS tasks,
       (SELECT count(DISTINCT module || '.' || function) FROM functions) AS functions,
       (SELECT count(*) FROM exceptions WHERE fate = 'left') AS exceptions_left,
       (SELECT coalesce(max(ended_ns) - min(started_ns), 0) FROM processes) AS duration_ns`,
  );
  if (row === undefined) throw new Error("a query of totals gives one row");
  return row;
}

function next(data: ReportData): string[] {
  const exception = data.left[0];
  const slowest = data.slowest[0];
  const record = suggestedCommand(data.gaps, data.command);
  return [
    ...(exception === undefined ? [] : ["spoor exceptions"]),
    ...(slowest === undefined ? [] : [`spoor calls ${shellWord(fullName(slowest))} --sort own`]),
    "spoor flow",
    ...(record === null ? [] : [record]),
  ];
}
