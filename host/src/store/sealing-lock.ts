// `sealing.lock`: one sealer at a time in a run. Should two believe to hold it, the rename of a finished segment fails for
// the later of them, so nothing is doubled.
import { setTimeout as sleep } from "node:timers/promises";
import { tryProcessLock } from "./process-lock.ts";

export interface SealingLock extends Disposable {
  readonly path: string;
}

/** Null if somebody alive held it for all of `waitMs`. */
export async function takeSealingLock(
  path: string,
  { waitMs = 0, signal }: { waitMs?: number; signal?: AbortSignal | undefined } = {},
): Promise<SealingLock | null> {
  const until = Date.now() + waitMs;
  for (;;) {
    signal?.throwIfAborted();
    const lock = tryProcessLock(path);
    if (lock !== null) return { path, [Symbol.dispose]: () => lock.release() };
    if (Date.now() >= until) return null;
    await sleep(20);
  }
}
