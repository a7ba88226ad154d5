// `daemon.lock`: one daemon per user. The lock names its holder by pid and native start, so that the lock of a killed
// daemon, or of one whose pid another program has by now, is taken over, by exactly one of several that find it.
import { linkSync, readFileSync, renameSync, unlinkSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { HostIdentity } from "../project/run-directory.ts";
import { hostIdentity, isHostAlive } from "../store/liveness.ts";

export interface DaemonLock {
  /** Whether the file still names this process; whoever removes the daemon's directory ends the daemon by it. */
  isHeld(): boolean;
  release(): void;
}

/** Longer than it takes another one to rename a lock away and put it back. */
const SETTLE_MS = 25;

/** Null if another daemon lives. */
export async function takeDaemonLock(path: string): Promise<DaemonLock | null> {
  const own = JSON.stringify(hostIdentity());
  const isHeld = (): boolean => textOf(path) === own;
  for (;;) {
    if (tryLink(path, own)) {
      // Somebody who found the stale lock before us may be about to rename ours away (and to put it back, unless a
      // third one took its place): held is what is still ours when that is over.
      for (let settled = 0; settled < 4; settled++) {
        await sleep(SETTLE_MS);
        if (!isHeld()) await sleep(SETTLE_MS);
      }
      if (isHeld()) return { isHeld, release: () => isHeld() && unlinkQuietly(path) };
    } else if (!takeAwayStale(path)) return null;
  }
}

/** Made complete under another name and linked into place, so that no reader sees a lock without its holder. */
function tryLink(path: string, own: string): boolean {
  const made = `${path}.${process.pid}`;
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

/** False if the holder lives. */
function takeAwayStale(path: string): boolean {
  const seen = textOf(path);
  if (seen === null) return true;
  if (isHostAlive(holderIn(seen))) return false;
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return true;
  }
  const got = textOf(aside);
  if (got !== null && isHostAlive(holderIn(got))) {
    try {
      linkSync(aside, path);
    } catch {
      // A third one has it; the one whose lock this was sees that when it settles.
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
