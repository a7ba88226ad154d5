// Removes old recordings. A run that still goes on is never touched.

import { lstatSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../project/project.ts";
import { listRuns, readManifest, runPaths } from "../project/run-directory.ts";
import { inOtherNamespace, isHostAlive } from "./liveness.ts";
import { livingKeys, numberProcesses } from "./processes.ts";
import { tryTakeSealingLock } from "./sealing-lock.ts";
import { readSegments } from "./segments.ts";
import { listSpoolFiles } from "./spool-files.ts";
import type { RunInfo } from "./store.ts";

/** A run goes if any limit says so; null is no limit, and without any nothing is removed. */
export interface PruneLimits {
  /** The newest so many runs stay. */
  readonly keep: number | null;
  /** Runs that ended longer ago go. */
  readonly olderThanMs: number | null;
  /** The oldest go until the rest takes no more than this. */
  readonly maxBytes: number | null;
  /** Only say what would be removed. */
  readonly dryRun: boolean;
}

export interface PrunedRun {
  readonly run: string;
  readonly bytes: number;
  /** Which limit it was beyond, in words. */
  readonly why: string;
}

export interface Pruned {
  /** Newest first. */
  readonly removed: readonly PrunedRun[];
  readonly kept: number;
  readonly keptBytes: number;
}

export function pruneRuns(project: Project, limits: PruneLimits, now: number = Date.now()): Pruned {
  const removed: PrunedRun[] = [];
  let [kept, keptBytes] = [0, 0];
  for (const run of listRuns(project)) {
    const bytes = sizeOf(run.directory);
    const why = whyNot(run, bytes, { kept, keptBytes }, limits, now);
    if (why !== null && !isLive(run) && (limits.dryRun || remove(run))) {
      removed.push({ run: run.run, bytes, why });
    } else {
      kept++;
      keptBytes += bytes;
    }
  }
  return { removed, kept, keptBytes };
}

function whyNot(
  run: RunInfo,
  bytes: number,
  { kept, keptBytes }: { kept: number; keptBytes: number },
  { keep, olderThanMs, maxBytes }: PruneLimits,
  now: number,
): string | null {
  if (keep !== null && kept >= keep) return `not among the latest ${keep}`;
  if (olderThanMs !== null && now - Date.parse(run.endedAt ?? run.startedAt) > olderThanMs) return "too old";
  if (maxBytes !== null && keptBytes + bytes > maxBytes) return "beyond the size limit";
  return null;
}

/** Its host runs, or one of its processes may still write. */
function isLive(run: RunInfo): boolean {
  const { host, status } = readManifest(run.directory);
  if (status === "running" && isHostAlive(host)) return true;
  const paths = runPaths(run.directory);
  const known = numberProcesses(readSegments(paths.segments).last.processes, listSpoolFiles(paths.spool));
  return livingKeys(known, inOtherNamespace(host)).size > 0;
}

/** Renamed first: a directory that is half removed must not look like a run. False if somebody is sealing it. */
function remove(run: RunInfo): boolean {
  using lock = tryTakeSealingLock(runPaths(run.directory).lock);
  if (lock === null) return false;
  const gone = join(run.directory, "..", `.removed-${run.run}`);
  renameSync(run.directory, gone);
  rmSync(gone, { recursive: true, force: true });
  return true;
}

/** Files may vanish meanwhile: somebody may be sealing. */
function sizeOf(path: string): number {
  try {
    const stat = lstatSync(path);
    if (!stat.isDirectory()) return stat.size;
    return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), 0);
  } catch {
    return 0;
  }
}
