// A store over made-up rows, in a DuckDB in memory with the real tables, so that operations are tested with real SQL.

import { DuckDBInstance } from "@duckdb/node-api";
import type { Context } from "../../src/operations/operation.ts";
import { plainValue } from "../../src/store/duckdb.ts";
import { TABLES } from "../../src/store/schema.ts";
import type { Completeness, Row, RunInfo, Store } from "../../src/store/store.ts";
import { rowsOf } from "./picture.ts";

export type Rows = { readonly [Table in keyof typeof TABLES]?: readonly Record<string, unknown>[] };

export const runInfo: RunInfo = {
  label: null,
  run: "20261101-093000-abc",
  directory: "/p/.spoor/runs/20261101-093000-abc",
  command: ["python3", "app.py"],
  cwd: "/p",
  startedAt: "2026-11-01T09:30:00.000Z",
  endedAt: "2026-11-01T09:30:01.500Z",
  status: "finished",
  exitCode: 1,
  signal: null,
  timedOut: false,
};

export const complete: Completeness = {
  runs: [runInfo.run],
  live: false,
  recovered: false,
  processes: 1,
  processesTruncated: 0,
  calls: 10,
  open: 0,
  counted: { hot: 0, sampled: 0, size: 0, suspensions: 0 },
  exceptions: 0,
  gaps: 0,
  gapCalls: 0,
  gapCallsAtLeast: false,
  valuesLevel: "default",
  pure: [],
  corrupt: 0,
  drops: [],
  include: [],
  exclude: [],
};

/** A store over a picture (see picture.ts) and further rows. */
export async function recording(
  picture: string,
  more: Rows = {},
  completeness: Partial<Completeness> = {},
): Promise<Store> {
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const drawn: Rows = rowsOf(picture, runInfo.run);
  for (const [table, columns] of Object.entries(TABLES)) {
    const all = [["run", "VARCHAR"], ...columns] as readonly (readonly [string, string])[];
    await connection.run(`CREATE TABLE ${table} (${all.map(([name, type]) => `"${name}" ${type}`).join(", ")})`);
    const rows = [...(drawn[table as keyof Rows] ?? []), ...(more[table as keyof Rows] ?? [])];
    if (rows.length === 0) continue;
    const shape = JSON.stringify([Object.fromEntries(all)]);
    const names = all.map(([name]) => `r."${name}"`).join(", ");
    await connection.run(
      `INSERT INTO ${table} SELECT ${names} FROM (SELECT unnest(from_json($rows::JSON, '${shape}')) AS r)`,
      { rows: JSON.stringify(rows.map((row) => ({ run: runInfo.run, ...row }))) },
    );
  }
  return {
    runs: [runInfo],
    completeness: () => Promise.resolve({ ...complete, ...completeness }),
    query: async <T extends Row = Row>(
      sql: string,
      parameters: Record<string, string | number | bigint | boolean | null> = {},
    ) => {
      const reader = await connection.runAndReadAll(sql, parameters);
      return reader.getRowObjectsJS().map((row) => plainValue(row) as T);
    },
    [Symbol.asyncDispose]: () => {
      connection.closeSync();
      instance.closeSync();
      return Promise.resolve();
    },
  };
}

export function contextOf(store: Store): Context {
  return {
    project: { name: "shop", root: "/p", spoorDirectory: "/p/.spoor", runsDirectory: "/p/.spoor/runs" },
    openStore: () => Promise.resolve(store),
    progress: () => {},
    say: () => {},
    signal: new AbortController().signal,
    daemon: () => Promise.reject(new Error("no daemon here")),
  };
}
