// SQL that users write, boxed in: an in-memory DuckDB of its own that can read the Parquet files of the chosen runs and
// nothing else, whose settings are locked, and in which one reading statement runs for a limited time.

import { existsSync, readdirSync } from "node:fs";
import { totalmem } from "node:os";
import { join } from "node:path";
import type { DuckDBResultReader } from "@duckdb/node-api";
import { Problem } from "../problem.ts";
import type { Project } from "../project/project.ts";
import { listRuns } from "../project/run-directory.ts";
import { openDuckDb, plainValue, sqlTexts, type DuckDb } from "./duckdb.ts";
import { whatIsRefused } from "./reading-only.ts";
import { openRuns, recoverRuns, type OpenedRun } from "./open.ts";
import { projectEventFiles, type ProjectEventFiles } from "./live-events.ts";
import { TABLE_NAMES } from "./schema.ts";
import { selectRuns } from "./select-runs.ts";

export interface UserSqlOptions {
  readonly timeoutMs?: number;
  /** At most this many rows are returned. */
  readonly rows?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface UserSqlResult {
  readonly columns: readonly string[];
  /** In the order of `columns`, which may repeat a name. Integers of 53 bits are numbers, others bigints. */
  readonly rows: readonly (readonly unknown[])[];
  /** There were more rows than asked for. */
  readonly truncated: boolean;
  /** How many recorded runs it was about; none where there are only events of live processes. */
  readonly runs: number;
}

/**
 * @throws Problem `sql.refused` (not one reading statement, or a way out of the box), `sql.invalid` (DuckDB's own
 * message), `sql.timeout`, `sql.memory`, and those of choosing runs.
 */
export async function runUserSql(
  project: Project,
  selector: string | undefined,
  sql: string,
  { timeoutMs = 10_000, rows = 1000, signal }: UserSqlOptions = {},
): Promise<UserSqlResult> {
  const events = projectEventFiles(project);
  const directories = directoriesOf(project, selector, events);
  await recoverRuns(directories, { signal });
  const db = await openDuckDb({ signal });
  let reading: Promise<DuckDBResultReader> | null = null;
  try {
    await lock(db, await openRuns(db, directories, events), events);
    reading = read(db, sql, rows);
    const reader = await within(timeoutMs, reading, () => db.connection.interrupt());
    const all = reader.getRowsJS() as unknown[][];
    return {
      columns: reader.columnNames(),
      rows: all.slice(0, rows).map((row) => row.map(plainValue)),
      truncated: all.length > rows,
      runs: directories.length,
    };
  } catch (error) {
    signal?.throwIfAborted();
    throw asProblem(error);
  } finally {
    // Closed when the query has really ended: a single long function call does not see the interruption.
    const close = () => db[Symbol.asyncDispose]();
    if (reading === null) await close();
    else void reading.then(close, close);
  }
}

/** None is enough where processes were probed and nothing was recorded. */
function directoriesOf(project: Project, selector: string | undefined, events: ProjectEventFiles): string[] {
  const hasEvents = events.parquet.length > 0 || events.lines.length > 0;
  if (selector === undefined && hasEvents && listRuns(project).length === 0) return [];
  return selectRuns(project, selector).map((run) => run.directory);
}

/** Interrupts what takes longer, and does not wait for it to notice. */
async function within<T>(timeoutMs: number, work: Promise<T>, interrupt: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      interrupt();
      reject(tookTooLong(timeoutMs));
    }, timeoutMs);
  });
  try {
    return await Promise.race([work, tooLong]);
  } finally {
    clearTimeout(timer);
  }
}

/** Only these files from now on, and no way to change that: a locked setting cannot be unlocked. */
async function lock(db: DuckDb, runs: readonly OpenedRun[], events: ProjectEventFiles): Promise<void> {
  const recorded = runs.flatMap(({ segments }) =>
    segments.names.flatMap((name) => parquetFiles(join(segments.directory, name))),
  );
  const files = [...recorded, ...events.parquet, ...events.lines];
  const memoryMiB = Math.max(256, Math.min(1024, Math.floor(totalmem() / 1024 / 1024 / 2)));
  await db.run(`set allowed_paths = ${sqlTexts(files)}`);
  await db.run("set allow_community_extensions = false");
  await db.run(`set memory_limit = '${memoryMiB}MiB'`);
  // What does not fit in memory is an error, not a file.
  await db.run("set temp_directory = ''");
  await db.run("set enable_external_access = false");
  await db.run("set lock_configuration = true");
}

function parquetFiles(directory: string): string[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory)
    .filter((name) => name.endsWith(".parquet"))
    .map((name) => join(directory, name));
}

/** `StatementType.SELECT` of DuckDB, as a plain number: the enum would load the library before it is needed. */
const SELECT: number = 1;

async function read(db: DuckDb, sql: string, rows: number): Promise<DuckDBResultReader> {
  const why = await whatIsRefused(db, sql);
  if (why !== null) throw refused(why);
  const statements = await db.connection.extractStatements(sql);
  if (statements.count !== 1) throw refused(`One statement at a time; these are ${statements.count}.`);
  const prepared = await statements.prepare(0);
  try {
    if ((prepared.statementType as number) !== SELECT) throw refused("Only statements that read are possible here.");
    if (prepared.parameterCount > 0) throw refused("A parameter ($name or ?) has no value here.");
    return await prepared.streamAndReadUntil(rows + 1);
  } finally {
    prepared.destroySync();
  }
}

function refused(says: string): Problem {
  return new Problem({
    code: "sql.refused",
    kind: "usage",
    says,
    tryNext: `Use one SELECT, DESCRIBE, SUMMARIZE or SHOW TABLES over ${TABLE_NAMES.join(", ")}, events, runs, traces or trace_events.`,
  });
}

function tookTooLong(timeoutMs: number): Problem {
  return new Problem({
    code: "sql.timeout",
    kind: "usage",
    says: `The query was stopped after ${timeoutMs / 1000} s.`,
    tryNext: "Restrict it (WHERE, LIMIT) or allow it more time.",
    context: { timeoutMs },
  });
}

/** DuckDB's errors begin with their kind: `Binder Error: …`. */
function asProblem(error: unknown): unknown {
  if (error instanceof Problem || !(error instanceof Error)) return error;
  const message = error.message;
  if (
    /^(Permission|Missing Extension|HTTP) Error|disabled (through|by) configuration|configuration has been locked/.test(
      message,
    )
  ) {
    return refused(`A query can read the recordings and nothing else. ${message}`);
  }
  if (message.startsWith("Out of Memory Error")) {
    const says = "The query needs more memory than queries get.";
    return new Problem({
      code: "sql.memory",
      kind: "usage",
      says,
      tryNext: "Restrict it (WHERE, LIMIT) or group less finely.",
      context: { message },
    });
  }
  return new Problem({
    code: "sql.invalid",
    kind: "usage",
    says: message,
    tryNext: 'Tables and columns: spoor sql "SHOW TABLES", spoor sql "DESCRIBE calls".',
  });
}
