// gaps.list: callees that ran but were not recorded, and the patterns that would record them.

import * as z from "zod";
import type { SqlValue, Store } from "../store/store.ts";
import { gapsText } from "../views/gaps.ts";
import { about } from "./about.ts";
import { modulePattern } from "../queries/patterns.ts";
import { budget, limit, run } from "./input.ts";
import type { Operation } from "./operation.ts";
import { shellWord } from "./shell-word.ts";
import { without } from "../queries/without.ts";

const input = z.object({
  module: z.string().optional().describe("Only callees of modules that match this pattern, such as requests.*"),
  calledBy: z.string().optional().describe("Only callees of callers whose name contains this"),
  native: z.boolean().default(false).describe("Also list native callees one by one; they cannot be recorded"),
  limit: limit(40),
  run,
  budget,
});
type Input = z.infer<typeof input>;

const untracedCall = z.object({
  function: z.string(),
  module: z.string(),
  kind: z.enum(["python", "native", "class"]),
  file: z.string().nullable(),
  called_by: z.array(z.string()).describe("Recorded functions that called it, the most frequent first"),
  call_count: z.number(),
  at_least: z.boolean().describe("True if counting stopped at a bound"),
  suggested_include: z.string().nullable().describe("For spoor run --include; null for native code"),
});

export const gapPackage = z.object({
  package: z.string(),
  callees: z.number(),
  call_count: z.number(),
  at_least: z.boolean(),
  recordable: z.boolean(),
  suggested_include: z.array(z.string()),
});
export type GapPackage = z.infer<typeof gapPackage>;

const data = z.object({
  packages: z.array(gapPackage),
  untraced_calls: z.array(untracedCall),
  left: z.number().describe("Callees beyond the limit"),
  suggested_command: z.string().nullable(),
});
export type GapsData = z.infer<typeof data>;

export const gaps: Operation<Input, GapsData> = {
  name: "gaps.list",
  command: "gaps",
  summary: "What ran but was not recorded, and how to record it",
  description:
    "Lists callees that recorded code called but that were not recorded themselves: who called them, how often, and the include pattern that would record them, by package. " +
    "Look here before concluding that something did not happen. Example: spoor gaps --module 'requests.*'.",
  effect: "reads",
  input,
  data,
  positional: [],

  async run(input, context) {
    const store = await context.openStore(input.run);
    const answer = await gapsOf(store, input);
    const command = store.runs[0]?.command ?? [];
    const suggested_command = suggestedCommand(answer.packages, command);
    return {
      about: await about(context, store, suggested_command === null ? [] : [suggested_command]),
      data: { ...answer, suggested_command },
    };
  },

  text(answer, style) {
    return gapsText(answer.data, style);
  },
};

/** A package of npm has dots of its own, and is what its pattern names. */
const packageOf = `CASE WHEN include IS NOT NULL AND (NOT ends_with(include, '.*') OR regexp_matches(include, '\\.[cm]?[jt]sx?\\.\\*$'))
  THEN regexp_replace(include, '\\.\\*$', '') ELSE split_part(module, '.', 1) END`;

type GapsAnswer = Omit<GapsData, "suggested_command">;

export async function gapsOf(
  store: Store,
  options: Pick<Input, "module" | "calledBy" | "native" | "limit">,
): Promise<GapsAnswer> {
  const parameters: Record<string, SqlValue> = {};
  const conditions = ["true"];
  if (options.module !== undefined) {
    conditions.push("regexp_matches(module, $module)");
    parameters["module"] = modulePattern(options.module);
  }
  if (options.calledBy !== undefined) {
    conditions.push("contains(lower(caller_module || '.' || caller), lower($called_by))");
    parameters["called_by"] = options.calledBy;
  }
  const where = conditions.join(" AND ");
  const packages = await store.query<GapPackage>(
    `SELECT ${packageOf} AS package, count(DISTINCT module || '.' || callee) AS callees, sum(calls)::BIGINT AS call_count,
       bool_or(at_least) AS at_least, bool_or(include IS NOT NULL) AS recordable,
       list_sort(list(DISTINCT include) FILTER (include IS NOT NULL)) AS suggested_include
     FROM gaps WHERE ${where} GROUP BY ALL ORDER BY recordable DESC, call_count DESC, package`,
    parameters,
  );
  const rows = await store.query<z.infer<typeof untracedCall> & { callees: number }>(
    `WITH by_caller AS (
       SELECT module, callee, kind, caller_module || '.' || caller AS caller, sum(calls) AS calls, bool_or(at_least) AS at_least,
         any_value(include) AS include, any_value(file) AS file
       FROM gaps WHERE ${where} ${options.native ? "" : "AND kind <> 'native'"} GROUP BY ALL)
     SELECT callee AS function, module, kind, any_value(file) AS file, list(caller ORDER BY calls DESC, caller) AS called_by,
       sum(calls)::BIGINT AS call_count, bool_or(at_least) AS at_least, any_value(include) AS suggested_include, count(*) OVER () AS callees
     FROM by_caller GROUP BY module, callee, kind
     ORDER BY (suggested_include IS NULL), call_count DESC, module, callee LIMIT ${options.limit}`,
    parameters,
  );
  return {
    packages: packages.map((each) => ({ ...each, suggested_include: each.suggested_include ?? [] })),
    untraced_calls: rows.map((row) => ({ ...without(row, "callees"), called_by: row.called_by.slice(0, 10) })),
    left: (rows[0]?.callees ?? 0) - rows.length,
  };
}

/** One command that records the packages called most; not all of them, for everything at once would drown the rest. */
export function suggestedCommand(packages: readonly GapPackage[], command: readonly string[]): string | null {
  const patterns = packages
    .filter((each) => each.recordable)
    .slice(0, 3)
    .flatMap((each) => broadest(each.package, each.suggested_include));
  if (patterns.length === 0) return null;
  return runCommand(patterns, command);
}

/** The command that records the same program with more included. */
export function runCommand(patterns: readonly string[], command: readonly string[]): string {
  const program = command.length === 0 ? "<command>" : command.map(shellWord).join(" ");
  return `spoor run ${patterns.map((pattern) => `--include ${shellWord(pattern)}`).join(" ")} ${program}`;
}

/** One pattern for the package, where its patterns allow that. */
function broadest(package_: string, patterns: readonly string[]): string[] {
  if (patterns.length === 1 && patterns[0] === package_) return [package_];
  const inside = patterns.every((pattern) => pattern === package_ || pattern.startsWith(`${package_}.`));
  return inside ? [`${package_}.*`] : patterns.slice(0, 2);
}
