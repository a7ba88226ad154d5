// Every operation there is, in the groups in which help, the reference and the doors show them.
import { readOperations } from "./list.ts";
import { configEdit } from "./config-edit.ts";
import { configPath } from "./config-path.ts";
import { configSet, configUnset } from "./config-set.ts";
import { configShow } from "./config-show.ts";
import { doctor } from "./doctor.ts";
import { init } from "./init.ts";
import { liveOperations } from "./live/list.ts";
import type { AnyOperation } from "./operation.ts";
import { prune } from "./prune.ts";
import { runCaptured } from "./run-captured.ts";
import { run } from "./run.ts";
import { runs } from "./runs.ts";

export interface OperationGroup {
  readonly title: string;
  /**
   * Which directory will do: one with recordings, or any (the command may be the first in its project).
   */
  readonly needs: "recordings" | "directory";
  readonly operations: readonly AnyOperation[];
}

export const groups: readonly OperationGroup[] = [
  { title: "Record", needs: "directory", operations: [run, init] },
  { title: "Ask", needs: "recordings", operations: [runs, ...readOperations] },
  { title: "Probe", needs: "directory", operations: liveOperations },
  {
    title: "Manage",
    needs: "directory",
    operations: [configShow, configSet, configUnset, configEdit, configPath, prune, doctor],
  },
];

/** What a model may ask for: every question, to record a command whose output comes back in the answer, and to probe. */
export const modelOperations: readonly AnyOperation[] = [runCaptured, runs, ...readOperations, ...liveOperations];
