// Files of several threads (spec/spool.md): an agent of a runtime without a global lock has one file for each thread,
// beside the main one of its process. Those that are beside one another are a generation, and are read as one file
// whose records are in the order of their times.

import { listSpoolFiles, readValidText, type SpoolFile } from "./spool-files.ts";

/** Whether it is a thread's own, so that it belongs to the generation of a file before it. */
export function isBeside({ first }: Pick<SpoolFile, "first">): boolean {
  return first.is === "header" && first.header.beside !== undefined;
}

/** Records whose time is that of their writing, or nearly; so many of them at the end of a file are looked at. */
const TIMED = /^[CRXSUYEALZ]\t/;
const LAST_LINES = 32;

/**
 * Files are copied one after the other while their process goes on: what is later than any record was before the first
 * copy is left out of them, for what it refers to may be missing. By process, of those that have files of threads; to be
 * asked before the files are listed that are copied.
 */
export function timesUpToNow(spoolDirectory: string): Map<string, bigint> {
  const files = listSpoolFiles(spoolDirectory);
  const several = new Set(files.filter(isBeside).map(({ processKey }) => processKey));
  const latest = new Map<string, bigint>();
  for (const { processKey, path, form } of files) {
    if (!several.has(processKey) || form !== "text") continue;
    const time = latestTime(readValidText(path)?.bytes.toString("latin1") ?? "");
    if (time > (latest.get(processKey) ?? 0n)) latest.set(processKey, time);
  }
  return latest;
}

function latestTime(text: string): bigint {
  let latest = 0n;
  const lines = text.split("\n");
  for (let at = lines.length - 1, seen = 0; at >= 0 && seen < LAST_LINES; at--) {
    const line = lines[at] ?? "";
    if (!TIMED.test(line)) continue;
    seen++;
    const time = line.split("\t", 3)[2] ?? "";
    if (/^\d+$/.test(time) && BigInt(time) > latest) latest = BigInt(time);
  }
  return latest;
}
