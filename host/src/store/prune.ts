// Removes old recordings. A run that still goes on is never touched.

import { lstatSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../project/project.ts";
import { listRuns, readManifest, runPaths } from "../project/run-directory.ts";
import { inOtherNamespace, isHostAlive } from "./liveness.ts";
import { takeSealingLock } from "./sealing-lock.ts";
import { readSegments } from "./segments.ts";
import { lookAtSpool } from "./spool-state.ts";
import type { RunInfo } from "./store.ts";

/** A run goes if any limit says so. Without any, nothing is removed. */
export interface PruneOptions {
  /** The newest so many runs stay. */
  readonly keep?: number | undefined;
  /** Runs that started before this go. */
  readonly olderThan?: Date | undefined;
  /** The oldest go until the rest takes no more than this. */
  readonly maxBytes?: number | undefined;
  /** Only say what would be removed. */
  readonly dryRun?: boolean | undefined;
}

export interface PruneResult {
  /** Newest first. */
  readonly removed: readonly { readonly run: string; readonly bytes: number; readonly startedAt: string }[];
  readonly removedBytes: number;
  readonly keptRuns: number;
  readonly keptBytes: number;
}

export async function prune(project: Project, options: PruneOptions): Promise<PruneResult> {
  const removed: { run: string; bytes: number; startedAt: string }[] = [];
  let [keptRuns, keptBytes] = [0, 0];
  for (const run of listRuns(project)) {
    const bytes = sizeOf(run.directory);
    const goes = isBeyond(run, bytes, { keptRuns, keptBytes }, options) && !isLive(run);
    if (goes && (options.dryRun === true || (await remove(run)))) {
      removed.push({ run: run.run, bytes, startedAt: run.startedAt });
    } else {
      keptRuns++;
      keptBytes += bytes;
    }
  }
  const removedBytes = removed.reduce((sum, run) => sum + run.bytes, 0);
  return { removed, removedBytes, keptRuns, keptBytes };
}

function isBeyond(
  run: RunInfo,
  bytes: number,
  { keptRuns, keptBytes }: { keptRuns: number; keptBytes: number },
  { keep, olderThan, maxBytes }: PruneOptions,
): boolean {
  if (keep !== undefined && keptRuns >= keep) return true;
  if (olderThan !== undefined && Date.parse(run.startedAt) < olderThan.getTime()) return true;
  return maxBytes !== undefined && keptBytes + bytes > maxBytes;
}

/** Its host runs, or one of its processes may still write. */
function isLive(run: RunInfo): boolean {
  const { host, status } = readManifest(run.directory);
  if (status === "running" && isHostAlive(host)) return true;
  const paths = runPaths(run.directory);
  const { files, living, isSettled } = lookAtSpool(paths.spool, readSegments(paths.segments), inOtherNamespace(host));
  return living.size > 0 || !files.every(isSettled);
}

/** Renamed first: a directory that is half removed must not look like a run. False if somebody is sealing it. */
async function remove(run: RunInfo): Promise<boolean> {
  using lock = await takeSealingLock(runPaths(run.directory).lock);
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
