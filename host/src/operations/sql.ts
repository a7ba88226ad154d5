// sql.query: a user's own SQL over the recordings, read-only and boxed in.

import * as z from "zod";
import { sqlTextOf } from "../views/sql-rows.ts";
import { about } from "./about.ts";
import { budget, run } from "./input.ts";
import type { Operation } from "./operation.ts";

const input = z.object({
  query: z
    .string()
    .describe(
      "One SQL statement (DuckDB's dialect); tables: runs, processes, threads, functions, calls, suspensions, exceptions, frames, gaps, counted, drops, events",
    ),
  rows: z.number().int().min(1).max(100_000).default(1000).describe("At most this many rows (default 1000)"),
  timeout: z.number().min(0.1).max(600).default(10).describe("Seconds before the query is stopped (default 10)"),
  format: z.enum(["table", "csv", "jsonl"]).default("table").describe("How rows are written: table, csv or jsonl"),
  run,
  budget,
});
type Input = z.infer<typeof input>;

const data = z.object({
  format: z.enum(["table", "csv", "jsonl"]),
  columns: z.array(z.string()),
  rows: z.array(z.array(z.unknown())),
  truncated: z.boolean().describe("True if there were more rows than asked for"),
});
export type SqlData = z.infer<typeof data>;

export const sql: Operation<Input, SqlData> = {
  name: "sql.query",
  command: "sql",
  summary: "Your own SQL over the recordings, read-only",
  description:
    "Runs one read-only SQL statement (DuckDB) over the recorded tables: calls, functions, exceptions, gaps, threads, processes, events of live processes and more; spec/store.md lists the columns. args and result are JSON. " +
    'It cannot write, reach other files or the network, or run for long. Example: spoor sql "SELECT function, count(*) FROM calls GROUP BY 1 ORDER BY 2 DESC".',
  effect: "reads",
  input,
  data,
  positional: ["query"],

  async run(input, context) {
    const { runUserSql } = await import("../store/boxed-sql.ts");
    const { columns, rows, truncated, runs } = await runUserSql(context.project, input.run, input.query, {
      timeoutMs: input.timeout * 1000,
      rows: input.rows,
    });
    const nothingRecorded = { project: context.project.name, runs: [], completeness: null, next: [] };
    return {
      about: runs === 0 ? nothingRecorded : await about(context, await context.openStore(input.run), []),
      data: { format: input.format, columns: [...columns], rows: rows.map((row) => [...row]), truncated },
    };
  },

  text(answer, style) {
    return sqlTextOf(answer.data, style);
  },
};
