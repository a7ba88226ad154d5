// The processes of a run as the store knows them: numbered once, in order of start, and kept from segment to segment.

import type { SpoolHeader } from "@spoor/protocol/spool";
import { isAlive } from "./liveness.ts";
import type { SpoolFile } from "./spool-files.ts";

export interface ProcessState {
  /** The number by which everything else names it. */
  readonly process: number;
  readonly key: string;
  readonly header: Partial<SpoolHeader>;
  readonly started_ns: number;
  /** Last thing recorded. */
  readonly ended_ns: number;
  /** `exit`: its `Z` said so. */
  readonly ended: "exit" | "died" | "running";
  readonly truncated: boolean;
  readonly corrupt: number;
}

/** The known processes and those whose files have appeared since, numbered on in order of start. */
export function numberProcesses(known: readonly ProcessState[], files: readonly SpoolFile[]): ProcessState[] {
  const keys = new Set(known.map((state) => state.key));
  const fresh: Omit<ProcessState, "process">[] = [];
  for (const file of files) {
    if (file.first.is !== "header" || keys.has(file.processKey)) continue;
    keys.add(file.processKey);
    const { startedNs, header } = file.first;
    const key = file.processKey;
    fresh.push({
      key,
      header,
      started_ns: startedNs,
      ended_ns: startedNs,
      ended: "running",
      truncated: false,
      corrupt: 0,
    });
  }
  fresh.sort((a, b) => a.started_ns - b.started_ns || (a.key < b.key ? -1 : 1));
  return [...known, ...fresh.map((state, index) => ({ process: known.length + index + 1, ...state }))];
}

/**
 * Keys of processes that may still write: alive, not ended in order, and not replaced by a later recording of the
 * same pid (`exec` keeps pid and start time).
 */
export function livingKeys(
  processes: readonly ProcessState[],
  files: readonly SpoolFile[],
  othersNamespace: boolean,
): Set<string> {
  const exited = new Set(files.filter((file) => file.exited).map((file) => file.processKey));
  // Worker threads share the pid of their process, and begin after it.
  const latest = new Map<number, number>();
  for (const { header, started_ns } of processes) {
    const pid = header.pid ?? 0;
    if (!header.thread) latest.set(pid, Math.max(latest.get(pid) ?? 0, started_ns));
  }
  const living = new Set<string>();
  for (const { key, header, started_ns, ended } of processes) {
    if (ended !== "running" || exited.has(key) || started_ns < (latest.get(header.pid ?? 0) ?? 0)) continue;
    const identity = {
      pid: header.pid ?? 0,
      native_start: header.native_start ?? "",
      ...(header.started_at === undefined ? {} : { started_at: header.started_at }),
    };
    if (othersNamespace || isAlive(identity)) living.add(key);
  }
  return living;
}

/** Rows of the `processes` table, as JSON for `from_json`. */
export function processRows(processes: readonly ProcessState[]): Record<string, unknown>[] {
  const numbers = new Map(processes.map((state) => [state.key, state.process]));
  return processes.map(({ process, key, header, started_ns, ended_ns, ended, truncated, corrupt }) => ({
    process,
    key,
    pid: header.pid ?? null,
    ppid: header.ppid ?? null,
    parent_process: header.parent ? (numbers.get(header.parent) ?? null) : null,
    parent_call_id: header.parent_call ? header.parent_call : null,
    born: header.born ?? null,
    runtime: header.runtime ?? null,
    runtime_version: header.runtime_version ?? null,
    implementation: header.implementation ?? null,
    executable: header.executable ?? null,
    argv: header.argv === undefined ? null : JSON.stringify(header.argv),
    cwd: header.cwd ?? null,
    engine: header.engine ?? null,
    core: header.core ?? null,
    core_reason: header.core_reason ?? null,
    core_fallback: header.core_fallback ?? null,
    agent_version: header.agent_version ?? null,
    started_at: header.started_at ?? null,
    started_ns,
    ended_ns,
    ended,
    truncated,
    corrupt,
  }));
}
