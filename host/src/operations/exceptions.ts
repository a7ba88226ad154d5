// exceptions.list: exceptions that left recorded code, with locals; then caught ones, folded by type and place.

import * as z from "zod";
import type { SqlValue, Store } from "../store/store.ts";
import { exceptionsText } from "../views/exceptions.ts";
import { about } from "./about.ts";
import { messageText } from "../queries/call-rows.ts";
import { exceptionShape, fate, type Fate } from "../answers/exception.ts";
import { readExceptions } from "../queries/exception-rows.ts";
import { exceptionHandle } from "../queries/handle.ts";
import { globToRegex } from "../queries/patterns.ts";
import { budget, limit, run } from "./input.ts";
import type { Operation } from "./operation.ts";
import { without } from "../queries/without.ts";

const input = z.object({
  type: z.string().optional().describe("Only of this type, such as ValueError or *Error"),
  fate: fate.optional().describe("Only those with this fate: left, caught, caught_outside or open"),
  all: z.boolean().default(false).describe("Show every exception by itself, caught ones too, instead of folding them"),
  limit: limit(10),
  run,
  budget,
});
type Input = z.infer<typeof input>;

const foldedExceptions = z.object({
  handle: z.string().describe("The first of them"),
  type: z.string(),
  message: z.string().nullable().describe("Of the first of them"),
  messages: z.number().describe("Different messages among them"),
  file: z.string().nullable(),
  line: z.number().nullable(),
  function: z.string().nullable(),
  fate,
  caught_in: z.string().nullable(),
  caught_file: z.string().nullable(),
  caught_line: z.number().nullable(),
  count: z.number(),
});
export type FoldedExceptions = z.infer<typeof foldedExceptions>;

const data = z.object({
  counts: z.record(fate, z.number()).describe("By fate, filters applied"),
  exceptions: z.array(exceptionShape).describe("Those that left recorded code; every one with --all"),
  left: z.number().describe("Of these, beyond the limit"),
  folded: z.array(foldedExceptions),
  folded_left: z.number(),
});
export type ExceptionsData = z.infer<typeof data>;

export const exceptions: Operation<Input, ExceptionsData> = {
  name: "exceptions.list",
  command: "exceptions",
  summary: "Exceptions: those that left with locals at every frame, caught ones folded",
  description:
    "Lists first the exceptions that left recorded code, with message, place, the calls they left and the locals at every frame; then the caught ones, folded by type and place. " +
    "A caught exception is no failure. Example: spoor exceptions --type ValueError --all.",
  effect: "reads",
  input,
  data,
  positional: [],

  async run(input, context) {
    const store = await context.openStore(input.run);
    const data = await exceptionsOf(store, input);
    const first = data.exceptions[0];
    const call = first?.seen_in ?? first?.left_call;
    return { about: await about(context, store, call ? [`spoor call ${call.handle}`] : []), data };
  },

  text(answer, style) {
    return exceptionsText(answer.data, style);
  },
};

export async function exceptionsOf(
  store: Store,
  options: Pick<Input, "type" | "fate" | "all" | "limit">,
): Promise<ExceptionsData> {
  const parameters: Record<string, SqlValue> = {};
  const conditions = ["true"];
  if (options.type !== undefined) {
    conditions.push("regexp_matches(e.type, $type)");
    parameters["type"] = `^(.*\\.)?${globToRegex(options.type)}$`;
  }
  if (options.fate !== undefined) {
    conditions.push("e.fate = $fate");
    parameters["fate"] = options.fate;
  }
  const where = conditions.join(" AND ");
  const counts = await store.query<{ fate: Fate; count: number }>(
    `SELECT e.fate, count(*) AS count FROM exceptions e WHERE ${where} GROUP BY e.fate`,
    parameters,
  );
  const countOf = (each: Fate) => counts.find((row) => row.fate === each)?.count ?? 0;
  const alone = options.all ? where : `${where} AND (e.fate = 'left' OR e.fatal)`;
  const exceptions = await readExceptions(store, { sql: alone, parameters }, options.limit);
  const whole = options.all ? counts.reduce((sum, row) => sum + row.count, 0) : countOf("left");
  const folded = options.all ? [] : await foldedExceptionsOf(store, where, parameters, options.limit);
  return {
    counts: {
      caught: countOf("caught"),
      caught_outside: countOf("caught_outside"),
      left: countOf("left"),
      open: countOf("open"),
    },
    exceptions,
    left: Math.max(0, whole - exceptions.length),
    folded: folded.map((row) => ({
      ...without(row, "process", "first", "groups"),
      message: messageText(row.message),
      handle: exceptionHandle(row.process, row.first),
    })),
    folded_left: (folded[0]?.groups ?? 0) - folded.length,
  };
}

type FoldedRow = Omit<FoldedExceptions, "handle"> & { process: number; first: number; groups: number };

function foldedExceptionsOf(
  store: Store,
  where: string,
  parameters: Record<string, SqlValue>,
  limit: number,
): Promise<FoldedRow[]> {
  return store.query<FoldedRow & Record<string, unknown>>(
    `SELECT arg_min(e.process, e.raised_ns) AS process, arg_min(e.id, e.raised_ns) AS first, e.type, arg_min(e.message, e.raised_ns) AS message,
       count(DISTINCT e.message) AS messages, e.file, e.line, e.function, e.fate,
       e.caught_function AS caught_in, e.caught_file, e.caught_line, count(*) AS count, count(*) OVER () AS groups
     FROM exceptions e WHERE ${where} AND e.fate <> 'left' AND NOT coalesce(e.fatal, false)
     GROUP BY e.type, e.file, e.line, e.function, e.fate, e.caught_function, e.caught_file, e.caught_line
     ORDER BY count DESC, e.type, e.file, e.line LIMIT ${limit}`,
    parameters,
  );
}
