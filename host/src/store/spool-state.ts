// What a run's spool holds at this moment, and who may still write to it. Files are looked at while their processes
// go on, so the order of looking decides what may be believed: the file of a process that died is all there only when
// it was looked at after the process had been seen dead.

import { isAlive } from "./liveness.ts";
import { livingKeys, numberProcesses, type ProcessState } from "./processes.ts";
import type { Segments } from "./segments.ts";
import { listSpoolFiles, type SpoolFile } from "./spool-files.ts";

export interface SpoolState {
  /** Files that are not sealed yet, by process and segment. */
  readonly files: readonly SpoolFile[];
  /** The processes of the run, with those that have files only. */
  readonly processes: readonly ProcessState[];
  /** Keys of those that may still write. */
  readonly living: ReadonlySet<string>;
  /** Whether it may be sealed: nobody writes to it any more, nor to one before it of the same process. */
  isSettled(file: SpoolFile): boolean;
}

/**
 * Looks twice: between the first look at a file and the moment at which its process was found dead, that may have begun
 * the file, gone on in another one and started children. Whoever is met in the second look only counts as alive.
 */
export function lookAtSpool(spool: string, { last }: Segments, othersNamespace: boolean): SpoolState {
  const consumed = new Set(last.consumed);
  const seen = listSpoolFiles(spool).filter((file) => !consumed.has(file.name));
  const dead = keysOfTheDead(numberProcesses(last.processes, seen), seen, othersNamespace);
  const mayHaveChanged = (file: SpoolFile): boolean => !file.complete && dead.has(file.processKey);
  const unchanged = new Map(seen.filter((file) => !mayHaveChanged(file)).map((file) => [file.name, file]));
  const files = listSpoolFiles(spool, unchanged).filter((file) => !consumed.has(file.name));
  const processes = numberProcesses(last.processes, files);
  const living = new Set(processes.map(({ key }) => key).filter((key) => !dead.has(key)));
  const open = openFiles(files, dead);
  return { files, processes, living, isSettled: ({ name }) => !open.has(name) };
}

function keysOfTheDead(
  processes: readonly ProcessState[],
  files: readonly SpoolFile[],
  othersNamespace: boolean,
): Set<string> {
  const living = livingKeys(processes, files, othersNamespace);
  const dead = new Set(processes.map(({ key }) => key).filter((key) => !living.has(key)));
  // A process may be about to write the header of a file that is still empty: its pid is all there is to ask for.
  for (const { processKey, pid } of files) {
    if (living.has(processKey) || othersNamespace || isAlive({ pid, native_start: "" })) continue;
    dead.add(processKey);
  }
  return dead;
}

/**
 * Names of files to which somebody may still write, and of those behind them: definitions are not repeated from file to
 * file, and a thread may be late in ending a file while others have filled the next one.
 */
function openFiles(files: readonly SpoolFile[], dead: ReadonlySet<string>): Set<string> {
  const open = new Set<string>();
  const waiting = new Set<string>();
  for (const { name, processKey, complete } of files) {
    if (dead.has(processKey)) continue;
    if (!complete) waiting.add(processKey);
    if (waiting.has(processKey)) open.add(name);
  }
  return open;
}
