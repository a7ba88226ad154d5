// A file that one living process holds. It names its holder by pid and native start, so that the lock of a killed process,
// or of one whose pid another program has by now, is taken over, by exactly one of several that find it.
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import type { HostIdentity } from "../project/run-directory.ts";
import { hostIdentity, isHostAlive } from "./liveness.ts";

export interface ProcessLock {
  readonly path: string;
  /** Whether the file still names this process. For a moment it may not: somebody who broke a stale lock looks at it. */
  isHeld(): boolean;
  release(): void;
}

let taken = 0;
/** What this process has written into the locks that it holds. */
const held = new Set<string>();

/** Null if somebody alive holds it, be it this process. */
export function tryProcessLock(path: string): ProcessLock | null {
  const own = JSON.stringify({ ...hostIdentity(), number: ++taken });
  const isHeld = (): boolean => textOf(path) === own;
  const release = (): void => {
    held.delete(own);
    if (isHeld()) unlinkQuietly(path);
  };
  held.add(own);
  for (;;) {
    if (tryLink(path, own)) return { path, isHeld, release };
    if (!breakIfStale(path)) break;
  }
  held.delete(own);
  return null;
}

/** Made complete under another name and linked into place, so that no reader sees a lock without its holder. */
function tryLink(path: string, own: string): boolean {
  const made = `${path}.${process.pid}.${++taken}`;
  writeFileSync(made, own, { mode: 0o600 });
  try {
    linkSync(made, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    unlinkQuietly(made);
  }
}

/**
 * Renames the stale lock away; false if its holder lives. Between the look and the rename somebody else may have broken it
 * and taken the lock anew; then what was renamed is a living lock, and it is put back, unless a third one took its place
 * in the meantime: then two believe to hold it, and the first finds by `isHeld` that it does not.
 */
function breakIfStale(path: string): boolean {
  const seen = textOf(path);
  if (seen === null) return true;
  if (isHolding(seen)) return false;
  const aside = `${path}.${process.pid}.${++taken}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return true;
  }
  const got = textOf(aside);
  if (got !== null && isHolding(got)) {
    try {
      linkSync(aside, path);
    } catch {
      // The third one has it.
    }
  }
  unlinkQuietly(aside);
  return true;
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** One of ours that was released while somebody looked at it, and put back, is stale although this process lives. */
function isHolding(text: string): boolean {
  const holder = holderIn(text);
  const self = hostIdentity();
  const isSelf =
    holder?.pid === self.pid &&
    holder.native_start === self.native_start &&
    holder.pid_namespace === self.pid_namespace;
  return isSelf ? held.has(text) : isHostAlive(holder);
}

/** Null names nobody, which counts as stale. */
function holderIn(text: string): HostIdentity | null {
  try {
    return JSON.parse(text) as HostIdentity;
  } catch {
    return null;
  }
}

function unlinkQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // Already gone.
  }
}
