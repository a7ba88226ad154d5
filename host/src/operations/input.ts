// Input fields that several operations share, with the help text of their flags.

import * as z from "zod";

export const run = z
  .string()
  .optional()
  .describe(
    "The run: its name or label, a unique prefix of its name, -2 for the one before last, or all; else the latest",
  );

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
