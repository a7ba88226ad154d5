// Lets one process at a time do something that leaves files behind, across processes: a test run starts many workers,
// and two of them may want the same environment at once. The lock is a file that holds the id of the process which
// has it.
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Runs `work` while holding the lock file at `path`, waiting for whoever holds it. A dead holder's lock is taken
 * over.
 */
export async function lockedBy<T>(path: string, work: () => Promise<T>): Promise<T> {
  while (!take(path)) await sleep(200);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function take(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  }
  if (!holderLives(path)) rmSync(path, { force: true });
  return false;
}

function holderLives(path: string): boolean {
  try {
    const holder = Number(readFileSync(path, "utf8"));
    if (holder === 0) return true; // Between its creation and its first byte.
    // Another worker thread of this very process may hold it, and it lives.
    process.kill(holder, 0);
    return true;
  } catch (error) {
    // EPERM: it lives and is somebody else's. ENOENT: it was given back meanwhile; ESRCH: it died.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
