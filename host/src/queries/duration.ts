// Durations as users write them.

import { Problem } from "../problem.ts";

const unitsNs: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, min: 60e9 };

/** `10ms`, `1.5 s`, `200us` in nanoseconds; a bare number is milliseconds. */
export function parseDurationNs(text: string): number {
  const parts = /^\s*(\d+(?:\.\d+)?)\s*(ns|us|µs|ms|s|min)?\s*$/.exec(text);
  if (parts === null) {
    throw new Problem({
      code: "duration.invalid",
      kind: "usage",
      says: `"${text}" is not a duration.`,
      tryNext: "Write a number with its unit: 200us, 10ms, 1.5s, 2min.",
      context: { duration: text },
    });
  }
  return Number(parts[1]) * (unitsNs[parts[2] ?? "ms"] ?? 1);
}
