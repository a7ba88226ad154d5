// `daemon.lock`: one daemon per user. Held is what is still ours when all who may have found a stale lock before us are done.
import { setTimeout as sleep } from "node:timers/promises";
import { tryProcessLock, type ProcessLock } from "../store/process-lock.ts";

/** Longer than it takes another one to rename a lock away and put it back. */
const SETTLE_MS = 25;

/** Null if another daemon lives. Whoever removes the daemon's directory ends the daemon: it is no longer held then. */
export async function takeDaemonLock(path: string): Promise<ProcessLock | null> {
  for (;;) {
    const lock = tryProcessLock(path);
    if (lock === null) return null;
    // Somebody who found the stale lock before us may be about to rename ours away (and to put it back, unless a third
    // one took its place).
    for (let settled = 0; settled < 4; settled++) {
      await sleep(SETTLE_MS);
      if (!lock.isHeld()) await sleep(SETTLE_MS);
    }
    if (lock.isHeld()) return lock;
  }
}
