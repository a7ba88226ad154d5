// How a process ended, as one text to be compared and read. A signal is told as a shell tells it, because `spoor run`
// gives 128+n where the program itself died of signal n.
import { constants } from "node:os";

export interface End {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function exitCode({ code, signal }: Pick<End, "code" | "signal">): number {
  return code ?? 128 + (signal === null ? 0 : constants.signals[signal]);
}

export function sayEnd(end: End, same: (text: string) => string = (text) => text): string {
  return `exit code ${exitCode(end)}\n--- stdout\n${same(end.stdout)}\n--- stderr\n${same(end.stderr)}`;
}

/** Takes out what differs between any two runs: addresses, process ids, times. */
export function withoutChance(text: string): string {
  return text
    .replace(/^=+ (.*) in [\d.]+s(?: \(\d:\d\d:\d\d\))? =+$/gm, "$1")
    .replace(/0x[0-9a-f]{6,}/g, "0x…")
    .replace(/\b\d+(\.\d+)? ?(s|ms|seconds?)\b/g, "… s")
    .replace(/\b\d\d:\d\d:\d\d\b(?:[.,]\d+)?/g, "…")
    .replace(/\b(pid|PID|process)[ =:[]*\d+\]?/g, "$1 …");
}
