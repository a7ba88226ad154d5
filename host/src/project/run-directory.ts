// The inside of `.spoor/runs/<run>/` (spec/store.md): its paths, the making of run ids, the list of runs, and the
// manifest `run.json`, which is replaced as a whole so that no reader ever sees half of one.

import { randomInt } from "node:crypto";
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readdirSync, readFileSync } from "node:fs";
import { renameSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../problem.ts";
import type { RunInfo, RunStatus } from "../store/store.ts";
import type { Project } from "./project.ts";
import type { RecordingSettings } from "./settings.ts";

export const RUN_FORMAT = 1;

export interface RunPaths {
  readonly directory: string;
  readonly config: string;
  readonly manifest: string;
  readonly spool: string;
  readonly segments: string;
  readonly lock: string;
}

/** Who runs `spoor run`; `pid_namespace` tells a process of this machine from one of the same pid in a container. */
export interface HostIdentity {
  readonly pid: number;
  readonly native_start: string;
  readonly pid_namespace?: string;
}

/** What a final seal found in the whole run; the completeness line is drawn from it. */
export interface RunCounts {
  readonly processes: number;
  readonly calls: number;
  /** Of `calls`, those that never returned. */
  readonly open: number;
  /** `suspensions`: of calls that were recorded; absent in runs that were sealed before there were such. */
  readonly counted: {
    readonly hot: number;
    readonly sampled: number;
    readonly size: number;
    readonly suspensions?: number;
  };
  readonly exceptions: number;
  readonly gaps: number;
  readonly gap_calls: number;
  readonly gap_calls_at_least: boolean;
  readonly dropped: readonly { readonly why: string; readonly count: number; readonly note: string }[];
  /** Processes in which the pure twin stood in for the native core, by reason; runs of earlier versions do not say. */
  readonly pure?: readonly { readonly reason: string; readonly processes: number }[];
  readonly corrupt: number;
  /** Processes whose last record was cut short. */
  readonly truncated: number;
  /** Bytes of Parquet. */
  readonly bytes: number;
}

/** `run.json`. `counts` is there once the run is sealed. */
export interface RunManifest {
  readonly format: number;
  readonly run: string;
  /** What `run --name` called it; several runs may have the same. */
  readonly label?: string | null;
  readonly project: string;
  readonly root: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly started_at: string;
  readonly ended_at: string | null;
  readonly status: RunStatus;
  readonly exit_code: number | null;
  readonly signal: string | null;
  readonly timed_out: boolean;
  readonly host: HostIdentity | null;
  readonly git?: { readonly revision: string; readonly dirty: boolean } | null;
  readonly versions?: Readonly<Record<string, string>>;
  readonly settings?: Partial<RecordingSettings>;
  readonly counts?: RunCounts | null;
}

export function runPaths(directory: string): RunPaths {
  return {
    directory,
    config: join(directory, "config.json"),
    manifest: join(directory, "run.json"),
    spool: join(directory, "spool"),
    segments: join(directory, "segments"),
    lock: join(directory, "sealing.lock"),
  };
}

/** `YYYYMMDD-HHMMSS-xxx` in local time with three random letters, so that names sort by time. */
export function newRunId(now: Date = new Date()): string {
  const two = (part: number) => String(part).padStart(2, "0");
  const day = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  const letters = Array.from({ length: 3 }, () => String.fromCodePoint(97 + randomInt(26)));
  return `${day}-${time}-${letters.join("")}`;
}

/** Makes the directory of a new run with an empty spool, private to its owner; recordings hold program data. */
export function createRunDirectory(project: Project, now: Date = new Date()): { run: string; paths: RunPaths } {
  mkdirSync(project.runsDirectory, { recursive: true, mode: 0o700 });
  for (;;) {
    const run = newRunId(now);
    const paths = runPaths(join(project.runsDirectory, run));
    try {
      mkdirSync(paths.directory, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") continue;
      throw error;
    }
    mkdirSync(paths.spool, { mode: 0o700 });
    mkdirSync(paths.segments, { mode: 0o700 });
    return { run, paths };
  }
}

/**
 * Every run with a manifest that this version can read, newest first. Directories without one are not runs (yet); one
 * broken run must not hide the others.
 */
export function listRuns(project: Project): RunInfo[] {
  if (!existsSync(project.runsDirectory)) return [];
  const runs: RunInfo[] = [];
  for (const name of readdirSync(project.runsDirectory)) {
    const directory = join(project.runsDirectory, name);
    if (!existsSync(runPaths(directory).manifest)) continue;
    try {
      runs.push(runInfo(directory, readManifest(directory)));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }
  return runs.sort((a, b) => compare(b.startedAt, a.startedAt) || compare(b.run, a.run));
}

export function runInfo(directory: string, manifest: RunManifest): RunInfo {
  return {
    run: manifest.run,
    label: manifest.label ?? null,
    directory,
    command: manifest.command,
    cwd: manifest.cwd,
    startedAt: manifest.started_at,
    endedAt: manifest.ended_at,
    status: manifest.status,
    exitCode: manifest.exit_code,
    signal: manifest.signal,
    timedOut: manifest.timed_out,
  };
}

/**
 * @throws Problem `run.unknown_format` for a manifest of a newer Spoor, `run.unreadable` for one that is no JSON.
 */
export function readManifest(directory: string): RunManifest {
  const path = runPaths(directory).manifest;
  let manifest: RunManifest;
  try {
    manifest = JSON.parse(readFileSync(path, "utf8")) as RunManifest;
  } catch (error) {
    throw new Problem({
      code: "run.unreadable",
      kind: "environment",
      says: `The manifest ${path} cannot be read: ${(error as Error).message}`,
      tryNext: "Remove that run's directory if it is no longer wanted.",
      context: { path },
    });
  }
  if (manifest.format !== RUN_FORMAT) {
    throw new Problem({
      code: "run.unknown_format",
      kind: "environment",
      says: `The recording ${directory} has format ${String(manifest.format)}; this Spoor knows format ${RUN_FORMAT}.`,
      tryNext: "Use the version of Spoor that recorded it, or a newer one.",
      context: { format: manifest.format, known: [RUN_FORMAT] },
    });
  }
  return manifest;
}

export function writeManifest(directory: string, manifest: RunManifest): void {
  writeFileAtomically(runPaths(directory).manifest, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Reads, changes some fields, writes. Whoever seals may do so too: change only what is yours. */
export function updateManifest(directory: string, changes: Partial<RunManifest>): RunManifest {
  const manifest = { ...readManifest(directory), ...changes };
  writeManifest(directory, manifest);
  return manifest;
}

/** The file is there whole or not at all, also after a power cut. */
export function writeFileAtomically(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const file = openSync(temporary, "w", 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
