// Which recorded processes of a run are alive, told from their spool files (a living process always has one), and who
// else descends from the program.
import { readdirSync, readFileSync } from "node:fs";
import { runPaths } from "../project/run-directory.ts";
import { isAlive } from "../store/liveness.ts";
import { listSpoolFiles } from "../store/spool-files.ts";

export interface LiveProcess {
  readonly pid: number;
  /** Its command line, as its spool has it. */
  readonly argv: readonly string[];
}

export function liveProcesses(runDirectory: string): LiveProcess[] {
  const found = new Map<number, LiveProcess>();
  for (const { pid, first } of listSpoolFiles(runPaths(runDirectory).spool)) {
    const header = first.is === "header" ? first.header : {};
    const identity = { pid, native_start: header.native_start ?? "" };
    if (!found.has(pid) && isAlive(identity)) found.set(pid, { pid, argv: (header.argv ?? []).map(String) });
  }
  return [...found.values()];
}

/** All living processes below `pid`, from Linux's /proc; empty where there is none. */
export function descendants(pid: number): number[] {
  const below: number[] = [];
  const queue = [pid];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const child of childrenOf(next)) {
      below.push(child);
      queue.push(child);
    }
  }
  return below;
}

export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already, or not ours to signal.
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8")
        .split(" ")
        .filter((word) => word !== "")
        .map(Number),
    );
  } catch {
    return [];
  }
}
