// Input fields that several operations share, with the help text of their flags.

import { z } from "zod";
import { Problem } from "../problem.ts";

export const run = z
  .string()
  .optional()
  .describe("The run: its name, a unique prefix of it, -2 for the one before last, or all; else the latest");

export const budget = z
  .number()
  .int()
  .min(100)
  .optional()
  .describe("About how many tokens the text of the answer may have (default 2000)");

export const module = z
  .string()
  .optional()
  .describe("Only functions of modules that match this pattern, such as shop.*");

export function limit(most: number): z.ZodDefault<z.ZodNumber> {
  return z.number().int().min(1).max(10_000).default(most).describe(`At most this many (default ${most})`);
}

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

/** A pattern of modules as a regular expression for SQL: `*` any text, `?` one character; `shop.*` matches `shop` too. */
export function modulePattern(pattern: string): string {
  const package_ = pattern.endsWith(".*") ? pattern.slice(0, -2) : null;
  return package_ === null ? `^${globToRegex(pattern)}$` : `^${globToRegex(package_)}(\\..*)?$`;
}

export function globToRegex(glob: string): string {
  return glob
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
}
