// Ends a program that takes too long, with everything that it started: SIGTERM, then SIGKILL five seconds later.
import { isAlive, nativeStart } from "../store/liveness.ts";
import { descendants, liveProcesses, sendSignal } from "./live-processes.ts";

const graceMs = 5000;
const lookAgainMs = 50;
// A longer timer would fire at once.
const longestTimerMs = 2 ** 31 - 1;

export interface TimeLimit {
  /** Why the program was told to end, if it was. */
  readonly passed: "time" | "cancelled" | null;
  /** Call when the program has ended: resolves when nothing of it is left to be killed. */
  finish(): Promise<void>;
}

export function startTimeLimit(
  pid: number,
  /** Null where nothing is recorded: processes that left their parent are then not known. */
  runDirectory: string | null,
  seconds: number | null,
  cancelled?: AbortSignal,
): TimeLimit {
  // By pid, with the start time that tells it from a later process of the same pid.
  const targets = new Map<number, string>();
  const alive = (): number[] =>
    [...targets].filter(([pid, native_start]) => isAlive({ pid, native_start })).map(([pid]) => pid);
  let passed: TimeLimit["passed"] = null;
  let killAt = Infinity;
  let killing: NodeJS.Timeout | undefined;
  // Who its parent was is only known while the parent lives, so the set of targets is collected before each signal.
  const signalAll = (signal: NodeJS.Signals): void => {
    const recorded = runDirectory === null ? [] : liveProcesses(runDirectory).map((each) => each.pid);
    for (const each of [pid, ...descendants(pid), ...recorded]) {
      if (!targets.has(each)) targets.set(each, nativeStart(each) ?? "");
    }
    for (const each of alive()) sendSignal(each, signal);
  };
  const end = (why: "time" | "cancelled"): void => {
    if (passed !== null) return;
    passed = why;
    killAt = Date.now() + graceMs;
    signalAll("SIGTERM");
    // A stopped program would not see it before it goes on.
    signalAll("SIGCONT");
    killing = setTimeout(signalAll, graceMs, "SIGKILL");
  };
  const cancel = (): void => end("cancelled");
  cancelled?.addEventListener("abort", cancel);
  if (cancelled?.aborted) cancel();
  const timer = seconds === null ? undefined : setTimeout(end, Math.min(seconds * 1000, longestTimerMs), "time");
  return {
    get passed() {
      return passed;
    },
    async finish() {
      clearTimeout(timer);
      cancelled?.removeEventListener("abort", cancel);
      // Until everything that was told to end is gone, or was killed and had a second to go.
      while (targets.size > 0 && Date.now() < killAt + 1000 && alive().length > 0) {
        await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
      }
      clearTimeout(killing);
    },
  };
}
