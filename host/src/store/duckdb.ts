// One in-memory DuckDB with one connection. The library is loaded on first use only: commands that need no recording
// must not pay for it.

import { randomBytes } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import type { Row, SqlValue } from "./store.ts";

export interface DuckDb extends AsyncDisposable {
  readonly connection: DuckDBConnection;
  /** Runs one statement for its effect. */
  run(sql: string): Promise<void>;
  rows<T = Row>(sql: string, parameters?: Readonly<Record<string, SqlValue>>): Promise<T[]>;
}

export interface DuckDbOptions {
  readonly settings?: Readonly<Record<string, string>>;
  /** Interrupts whatever runs, and refuses what comes after. */
  readonly signal?: AbortSignal | undefined;
}

export async function openDuckDb({ settings = {}, signal }: DuckDbOptions = {}): Promise<DuckDb> {
  signal?.throwIfAborted();
  const { DuckDBInstance } = await import("./duckdb-client.ts");
  // Made by DuckDB only when it spills; by default it would be `.tmp` in the user's working directory.
  const spill = join(tmpdir(), `spoor-duckdb-${process.pid}-${randomBytes(4).toString("hex")}`);
  const instance = await DuckDBInstance.create(":memory:", {
    temp_directory: spill,
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    ...settings,
  });
  const connection = await instance.connect();
  const interrupt = () => connection.interrupt();
  signal?.addEventListener("abort", interrupt);

  const read = async (sql: string, parameters?: Readonly<Record<string, SqlValue>>) => {
    signal?.throwIfAborted();
    try {
      return await connection.runAndReadAll(sql, parameters);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  };
  return {
    connection,
    run: async (sql) => {
      await read(sql);
    },
    rows: async <T>(sql: string, parameters?: Readonly<Record<string, SqlValue>>) => {
      const reader = await read(sql, parameters);
      return reader.getRowObjectsJS().map((row) => plainRow(row) as T);
    },
    [Symbol.asyncDispose]: () => {
      signal?.removeEventListener("abort", interrupt);
      connection.closeSync();
      instance.closeSync();
      if (existsSync(spill)) rmSync(spill, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}

/** A string literal. */
export function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A list of string literals. */
export function sqlTexts(texts: readonly string[]): string {
  return `[${texts.map(sqlText).join(", ")}]`;
}

function plainRow(row: Record<string, unknown>): Row {
  for (const name of Object.keys(row)) row[name] = plainValue(row[name]);
  return row;
}

/** Integers of 53 bits become numbers, at any depth; dates and bytes stay as they are. */
export function plainValue(value: unknown): unknown {
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : value;
  }
  if (Array.isArray(value)) return value.map(plainValue);
  if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype) {
    return plainRow(value as Record<string, unknown>);
  }
  return value;
}
