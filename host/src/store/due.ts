// What of a run's spool is to be sealed: files that will not change any more, because they are complete or because
// nobody lives who could write to them.

import { readManifest, runPaths } from "../project/run-directory.ts";
import { inOtherNamespace, isHostAlive } from "./liveness.ts";
import type { ProcessState } from "./processes.ts";
import { readSegments, type Segments } from "./segments.ts";
import type { SpoolFile } from "./spool-files.ts";
import { lookAtSpool } from "./spool-state.ts";

export interface SealingPlan {
  readonly segments: Segments;
  readonly processes: readonly ProcessState[];
  readonly living: readonly string[];
  /** Spool files to seal now, by process and segment. */
  readonly due: readonly SpoolFile[];
  /** This seal ends the run. */
  readonly ends: boolean;
  readonly isDue: boolean;
}

/** Looks, without a lock and without DuckDB, so that the periodic seal of a quiet run costs next to nothing. */
export function planSealing(runDirectory: string, final: boolean): SealingPlan {
  const paths = runPaths(runDirectory);
  const manifest = readManifest(runDirectory);
  const segments = readSegments(paths.segments);
  const others = inOtherNamespace(manifest.host) && isHostAlive(manifest.host);
  const { files, processes, living, isSettled } = lookAtSpool(paths.spool, segments, others);
  const due = files.filter(isSettled);
  const isOver = living.size === 0 && due.length === files.length;
  const hostEnded = manifest.status !== "running" || !isHostAlive(manifest.host);
  const ends = isOver && (final || hostEnded) && (due.length > 0 || !segments.last.final);
  return { segments, processes, living: [...living], due, ends, isDue: due.length > 0 || ends };
}
