// Opens recordings for questions: chooses the runs, seals what nobody else will seal, and puts one in-memory DuckDB
// over their Parquet files and, for runs that are still going on, over what their spools hold at this moment.

import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseSpoolFileName } from "@spoor/protocol/spool";
import type { Project } from "../project/project.ts";
import { readManifest, runInfo, runPaths, type RunManifest } from "../project/run-directory.ts";
import { addUp, countTables } from "./completeness.ts";
import { openDuckDb, sqlText, type DuckDb } from "./duckdb.ts";
import { eventsSelect, projectEventFiles, type ProjectEventFiles } from "./live-events.ts";
import { isHostAlive } from "./liveness.ts";
import { readLiveRun } from "./live.ts";
import { sealRun } from "./seal.ts";
import { castColumns } from "./schema.ts";
import { readSegments, type Segments } from "./segments.ts";
import { selectRuns } from "./select-runs.ts";
import type { Row, SqlValue, Store } from "./store.ts";
import { CREATE_TRACE_EVENTS, CREATE_TRACES, createLiveTables, createTables, RUN_COLUMNS } from "./views.ts";

export interface OpenStoreOptions {
  readonly signal?: AbortSignal | undefined;
  readonly progress?: ((message: string) => void) | undefined;
}

/** How long to wait for another process that is sealing the same run, before reading what is there. */
const OTHER_SEALER_MS = 5000;

/**
 * @throws Problem `run.none`, `run.not_found`, `run.ambiguous`, `run.unknown_format`.
 */
export async function openStore(
  project: Project,
  selector?: string,
  { signal, progress }: OpenStoreOptions = {},
): Promise<Store> {
  const directories = selectRuns(project, selector).map((run) => run.directory);
  await recoverRuns(directories, { signal, progress });
  const db = await openDuckDb({ signal });
  try {
    const opened = await openRuns(db, directories, projectEventFiles(project));
    return storeOver(db, opened);
  } catch (error) {
    await db[Symbol.asyncDispose]();
    throw error;
  }
}

export interface OpenedRun {
  readonly directory: string;
  readonly manifest: RunManifest;
  readonly segments: Segments;
  /** Has rows in the `live` schema: something of it is not sealed yet. */
  readonly live: boolean;
}

/** Seals what dead hosts left behind. A living host seals for itself. */
export async function recoverRuns(directories: readonly string[], options: OpenStoreOptions): Promise<void> {
  for (const directory of directories) await recover(directory, options);
}

async function recover(directory: string, { signal, progress }: OpenStoreOptions): Promise<void> {
  const manifest = readManifest(directory);
  if (isSealed(directory, manifest)) return;
  if (manifest.status === "running" && isHostAlive(manifest.host)) return;
  await sealRun(directory, {
    final: false,
    waitMs: OTHER_SEALER_MS,
    ...(signal ? { signal } : {}),
    progress: (done, total) => progress?.(`sealing ${manifest.run}: ${mebibytes(done)} of ${mebibytes(total)} MiB`),
  });
}

function isSealed(directory: string, manifest: RunManifest): boolean {
  if (manifest.status === "running" || !manifest.counts) return false;
  try {
    return !readdirSync(runPaths(directory).spool).some((name) => parseSpoolFileName(name) !== null);
  } catch {
    return true;
  }
}

/** Makes all tables and views of spec/store.md over these runs. */
export async function openRuns(
  db: DuckDb,
  directories: readonly string[],
  events: ProjectEventFiles,
): Promise<OpenedRun[]> {
  const opened: OpenedRun[] = [];
  for (const directory of directories)
    opened.push(
      await openRun(
        db,
        directory,
        opened.some((run) => run.live),
      ),
    );
  const hasLive = opened.some((run) => run.live);
  for (const sql of createTables(
    opened.map(({ manifest, segments, live }) => ({ run: manifest.run, segments, live })),
    hasLive,
  )) {
    await db.run(sql);
  }
  await db.run(`create table runs as ${runsSql(opened.map((run) => run.manifest))}`);
  await db.run(`create view events as ${eventsSelect(events)}`);
  await db.run(CREATE_TRACES);
  await db.run(CREATE_TRACE_EVENTS);
  return opened;
}

async function openRun(db: DuckDb, directory: string, hasLive: boolean): Promise<OpenedRun> {
  const manifest = readManifest(directory);
  if (isSealed(directory, manifest)) {
    return { directory, manifest, segments: readSegments(runPaths(directory).segments), live: false };
  }
  if (!hasLive) {
    await db.run("create schema live");
    for (const sql of createLiveTables()) await db.run(sql);
  }
  const copies = mkdtempSync(join(tmpdir(), "spoor-read-"));
  try {
    const segments = await readLiveRun(db, { directory, manifest, copies });
    return { directory, manifest, segments, live: true };
  } finally {
    rmSync(copies, { recursive: true, force: true });
  }
}

function runsSql(manifests: readonly RunManifest[]): string {
  const shape = RUN_COLUMNS.map(([name, type]) => `"${name}":"${type === "TIMESTAMP" ? "VARCHAR" : type}"`).join(",");
  const rows = manifests.map((manifest) => ({ ...manifest, command: JSON.stringify(manifest.command) }));
  return `select ${castColumns(RUN_COLUMNS)}
    from (select unnest(from_json(${sqlText(JSON.stringify(rows))}, '[{${shape}}]'), recursive := true))`;
}

function storeOver(db: DuckDb, opened: readonly OpenedRun[]): Store {
  return {
    runs: opened.map(({ directory, manifest }) => runInfo(directory, manifest)),
    query: <T extends Row>(sql: string, parameters?: Readonly<Record<string, SqlValue>>) => db.rows<T>(sql, parameters),
    completeness: async () => {
      const counted = [];
      for (const { manifest, live } of opened) {
        const counts =
          (live ? null : manifest.counts) ?? (await countTables(db, "main", `run = ${sqlText(manifest.run)}`));
        counted.push({ manifest, live, counts });
      }
      return addUp(counted);
    },
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

function mebibytes(bytes: number): string {
  return (bytes / 1024 / 1024).toFixed(0);
}
