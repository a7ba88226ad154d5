// Sealing (spec/store.md): spool files that will not change any more become a segment of Parquet that appears by one
// rename, and are then deleted. A crash at any point loses nothing and doubles nothing: files that the last
// `segment.json` names are never read again.

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { readManifest, runPaths, updateManifest, writeFileAtomically } from "../project/run-directory.ts";
import { countRun } from "./completeness.ts";
import { openDuckDb, sqlText, type DuckDb } from "./duckdb.ts";
import { planSealing, type SealingPlan } from "./due.ts";
import { isBeside } from "./generations.ts";
import { isHostAlive } from "./liveness.ts";
import { pairBatch, type Sink } from "./pair.ts";
import { processRows, type ProcessState } from "./processes.ts";
import { castColumns, TABLES } from "./schema.ts";
import { takeSealingLock } from "./sealing-lock.ts";
import { nextSegmentName, readSegments, SEGMENT_FORMAT, type SegmentState } from "./segments.ts";
import { decodeRawFile } from "./raw-files.ts";
import { copyValidText, type SpoolFile } from "./spool-files.ts";
import type { SpoolSource } from "./sql/stage.ts";
import { unreadable, type Unread } from "./unread.ts";

export interface SealOptions {
  /** The recorded command has ended: when no process of the run lives any more, end the run. */
  readonly final: boolean;
  /** How long to wait for another sealer; 0 tries once. */
  readonly waitMs?: number;
  readonly signal?: AbortSignal;
  /** Told before each segment of a long seal. */
  readonly progress?: (sealedBytes: number, totalBytes: number) => void;
}

export interface SealResult {
  /** `busy`: somebody else is sealing. */
  readonly did: "nothing" | "sealed" | "busy";
  /** The run has ended: nothing is open, `run.json` has its counts. */
  readonly final: boolean;
  /** Keys of processes of the run that may still write. */
  readonly living: readonly string[];
}

/** More than this much spool is sealed as several segments, to bound the memory that it takes. */
const BATCH_BYTES = 192 * 1024 * 1024;

export async function sealRun(runDirectory: string, options: SealOptions): Promise<SealResult> {
  const before = planSealing(runDirectory, options.final);
  if (!before.isDue) return { did: "nothing", final: before.segments.last.final, living: before.living };
  const paths = runPaths(runDirectory);
  using lock = await takeSealingLock(paths.lock, { waitMs: options.waitMs ?? 0, signal: options.signal });
  if (lock === null) return { did: "busy", final: false, living: before.living };
  cleanUp(runDirectory);
  const work = planSealing(runDirectory, options.final);
  if (work.isDue) await sealAll(runDirectory, work, options);
  const { segments, living } = planSealing(runDirectory, options.final);
  return { did: work.isDue ? "sealed" : "nothing", final: segments.last.final, living };
}

async function sealAll(runDirectory: string, work: SealingPlan, options: SealOptions): Promise<void> {
  const paths = runPaths(runDirectory);
  const { root } = readManifest(runDirectory);
  mkdirSync(paths.segments, { recursive: true });
  await using db = await openDuckDb({ signal: options.signal });
  const batches = split(work.due);
  let { processes } = work;
  const totalBytes = work.due.reduce((sum, file) => sum + file.sizeBytes, 0);
  let sealedBytes = 0;
  for (const [index, files] of batches.entries()) {
    options.progress?.(sealedBytes, totalBytes);
    const last = work.ends && index === batches.length - 1;
    processes = await sealSegment(db, { runDirectory, root, files, processes, living: work.living, last });
    sealedBytes += files.reduce((sum, file) => sum + file.sizeBytes, 0);
  }
  if (work.ends) await endRun(db, runDirectory, processes);
}

/**
 * At least one batch, also of no file at all: the end of a run can leave only open calls to write. A generation is in one
 * batch.
 */
export function split<File extends Pick<SpoolFile, "first" | "sizeBytes">>(
  files: readonly File[],
  mostBytes = BATCH_BYTES,
): File[][] {
  const batches: File[][] = [[]];
  let bytes = 0;
  for (const file of files) {
    if (bytes > 0 && bytes + file.sizeBytes > mostBytes && !isBeside(file)) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)?.push(file);
    bytes += file.sizeBytes;
  }
  return batches;
}

interface SegmentWork {
  readonly runDirectory: string;
  readonly root: string;
  readonly files: readonly SpoolFile[];
  readonly processes: readonly ProcessState[];
  readonly living: readonly string[];
  readonly last: boolean;
}

async function sealSegment(db: DuckDb, work: SegmentWork): Promise<ProcessState[]> {
  const { runDirectory, root, files, last } = work;
  const earlier = readSegments(runPaths(runDirectory).segments);
  const name = nextSegmentName(earlier);
  const target = join(earlier.directory, name);
  const temporary = `${target}.tmp`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary);

  const unread = files.map(unreadable).filter((file) => file !== null);
  const { sources, truncated, copies, emptyBytes } = await readableText(files, work.processes, join(temporary, "text"));
  const paired = await pairBatch(db, { sources, unread, earlier, root, last }, parquetSink(db, temporary));
  const processes = work.processes.map((state): ProcessState => {
    const seen = paired.processes.get(state.process);
    const exited = seen?.exited === true || state.ended === "exit";
    return {
      ...state,
      ended_ns: Math.max(state.ended_ns, seen?.endedNs ?? 0),
      ended: exited ? "exit" : work.living.includes(state.key) ? "running" : "died",
      truncated: state.truncated || truncated.has(state.process),
      corrupt: state.corrupt + (seen?.corrupt ?? 0),
    };
  });
  await writeProcesses(db, processes, join(temporary, "processes.parquet"));
  rmSync(copies, { recursive: true, force: true });
  const segment: SegmentState = {
    format: SEGMENT_FORMAT,
    consumed: files.map((file) => file.name),
    processes,
    amends: earlier.last.amends || paired.amends,
    returned_bytes: earlier.last.returned_bytes + emptyBytes,
    final: last,
  };
  writeFileAtomically(join(temporary, "segment.json"), `${JSON.stringify(segment)}\n`);
  renameSync(temporary, target);
  keepUnread(unread);
  cleanUp(runDirectory);
  return processes;
}

/**
 * Complete files of text are read where they lie; of others, what can be read is copied, and raw ones are decoded. `emptyBytes` is what those had left
 * empty of what was allocated for them. `live`, what `timesUpToNow` gave, is for processes that go on: all files are copied.
 */
export async function readableText(
  files: readonly SpoolFile[],
  processes: readonly ProcessState[],
  copies: string,
  live?: ReadonlyMap<string, bigint>,
): Promise<{
  sources: SpoolSource[];
  truncated: Set<number>;
  copies: string;
  emptyBytes: number;
}> {
  const numbers = new Map(processes.map((state) => [state.key, state.process]));
  const byProcess = new Map<number, SpoolSource & { paths: string[] }>();
  const several = new Set(files.filter(isBeside).map(({ processKey }) => processKey));
  const truncated = new Set<number>();
  let emptyBytes = 0;
  for (const file of files) {
    const isRaw = file.form === "raw";
    if (!file.complete && !isRaw) emptyBytes += file.sizeBytes;
    const process = numbers.get(file.processKey);
    if (process === undefined || file.first.is !== "header") continue;
    let { path } = file;
    if (live !== undefined || !file.complete || isRaw) {
      mkdirSync(copies, { recursive: true, mode: 0o700 });
      path = join(copies, file.name);
      const copied = isRaw ? await decodeRawFile(file.path, path) : copyValidText(file.path, path);
      if (copied === null) continue;
      if (!file.complete && !isRaw) emptyBytes -= copied.sizeBytes;
      if (copied.truncated) truncated.add(process);
    }
    const source = byProcess.get(process);
    const byTime = several.has(file.processKey);
    if (source) source.paths.push(path);
    else byProcess.set(process, { process, paths: [path], byTime, until: live?.get(file.processKey) });
  }
  const sources = [...byProcess.values()];
  return { sources: sources.sort((a, b) => a.process - b.process), truncated, copies, emptyBytes };
}

function parquetSink(db: DuckDb, directory: string): Sink {
  return async (name, _columns, select) => {
    const path = join(directory, `${name}.parquet`);
    const [written] = await db.rows<{ Count: number }>(
      `copy (${select}) to ${sqlText(path)} (format parquet, compression zstd)`,
    );
    if (!written?.Count) rmSync(path);
  };
}

async function writeProcesses(db: DuckDb, processes: readonly ProcessState[], path: string): Promise<void> {
  if (processes.length === 0) return;
  await db.run(`copy (${processesSql(processes)}) to ${sqlText(path)} (format parquet, compression zstd)`);
}

export function processesSql(processes: readonly ProcessState[]): string {
  const shape = TABLES.processes.map(([name, type]) => `"${name}":"${type === "TIMESTAMP" ? "VARCHAR" : type}"`);
  const rows = sqlText(JSON.stringify(processRows(processes)));
  return `select ${castColumns(TABLES.processes)}
    from (select unnest(from_json(${rows}, '[{${shape.join(",")}}]'), recursive := true))`;
}

/** Removes what crashed or overtaken sealers left: half-made segments, spool files that are sealed, carried files of earlier segments. */
function cleanUp(runDirectory: string): void {
  const paths = runPaths(runDirectory);
  if (!existsSync(paths.segments)) return;
  for (const name of readdirSync(paths.segments)) {
    if (name.endsWith(".tmp")) rmSync(join(paths.segments, name), { recursive: true, force: true });
  }
  const segments = readSegments(paths.segments);
  for (const name of segments.last.consumed) rmSync(join(paths.spool, name), { force: true });
  if (!segments.last.final) giveBack(join(paths.spool, "returned"), segments.last.returned_bytes);
  for (const name of segments.names.slice(0, -1)) {
    for (const carried of ["open", "open_exceptions", "processes"]) {
      rmSync(join(paths.segments, name, `${carried}.parquet`), { force: true });
    }
  }
}

function keepUnread(files: readonly Unread[]): void {
  for (const { path } of files) {
    if (existsSync(path)) renameSync(path, `${path}.unread`);
  }
}

/**
 * Tells the agents what dead processes had left empty, which counts against the run's size limit until then. It is the
 * sum that the last segment knows, so that a sealer that died before it wrote it, or after, changes nothing.
 */
function giveBack(path: string, bytes: number): void {
  const text = String(bytes);
  if (bytes > 0 && (!existsSync(path) || readFileSync(path, "utf8") !== text)) writeFileAtomically(path, text);
}

async function endRun(db: DuckDb, runDirectory: string, processes: readonly ProcessState[]): Promise<void> {
  const manifest = readManifest(runDirectory);
  const counts = await countRun(db, readSegments(runPaths(runDirectory).segments));
  if (manifest.status !== "running" || isHostAlive(manifest.host)) {
    updateManifest(runDirectory, { counts });
    return;
  }
  const lastNs = processes.reduce((latest, state) => Math.max(latest, state.ended_ns), 0);
  const ended = new Date(Date.parse(manifest.started_at) + lastNs / 1e6);
  updateManifest(runDirectory, { counts, status: "recovered", ended_at: ended.toISOString() });
}
