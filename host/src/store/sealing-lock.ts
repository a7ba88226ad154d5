// `sealing.lock`: one sealer at a time in a run. The lock names its holder by pid and start time, so that the lock of
// a killed sealer is broken by the next one, and by exactly one of several that find it.

import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { HostIdentity } from "../project/run-directory.ts";
import { hostIdentity, isHostAlive } from "./liveness.ts";

export interface SealingLock extends Disposable {
  readonly path: string;
}

let taken = 0;

/** Null if somebody alive held it for all of `waitMs`. */
export async function takeSealingLock(
  path: string,
  { waitMs = 0, signal }: { waitMs?: number; signal?: AbortSignal | undefined } = {},
): Promise<SealingLock | null> {
  const until = Date.now() + waitMs;
  for (;;) {
    signal?.throwIfAborted();
    const lock = tryTakeSealingLock(path);
    if (lock !== null || Date.now() >= until) return lock;
    await sleep(20);
  }
}

/** Null if somebody alive holds it. */
function tryTakeSealingLock(path: string): SealingLock | null {
  for (;;) {
    if (tryLock(path)) return { path, [Symbol.dispose]: () => unlinkQuietly(path) };
    if (!breakIfStale(path)) return null;
  }
}

/** Made complete under another name and linked into place, so that no reader sees a lock without its holder. */
function tryLock(path: string): boolean {
  const own = `${path}.${process.pid}.${++taken}`;
  writeFileSync(own, JSON.stringify(hostIdentity()), { mode: 0o600 });
  try {
    linkSync(own, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    unlinkQuietly(own);
  }
}

/**
 * Renames the stale lock away. Between the look and the rename somebody else may have broken it and taken the lock
 * anew; then what was renamed is a living lock, and it is put back.
 */
function breakIfStale(path: string): boolean {
  const seen = holderOf(path);
  if (seen === undefined) return true;
  if (isHostAlive(seen)) return false;
  const aside = `${path}.${process.pid}.${++taken}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return true;
  }
  const got = holderOf(aside);
  if (got !== undefined && isHostAlive(got)) {
    try {
      linkSync(aside, path);
    } catch {
      // A third one took it in the meantime; both believe to hold it. The rename of a finished segment fails for the
      // later of two, so nothing is doubled.
    }
  }
  unlinkQuietly(aside);
  return true;
}

/** Undefined if there is no lock; null if it names nobody, which counts as stale. */
function holderOf(path: string): HostIdentity | null | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
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
