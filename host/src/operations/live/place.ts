// Where a probe is wanted, and when it fires: the input fields that all three kinds of probe share, and what becomes of them.
import * as z from "zod";
import type { ProbeSettings, WantedPlace } from "../../live/live.ts";
import { Problem } from "../../problem.ts";
import { parseDurationNs } from "../../project/units.ts";

const mostTags = 32;

/** Text that may be shown: what a terminal could obey is refused at the door, and drawn harmless besides. */
export function text(most: number): z.ZodString {
  return z
    .string()
    .max(most)
    .regex(/^[^\p{Cc}]*$/u, "it has control characters");
}

export const source = (most = 4096): z.ZodString => text(most);
export const tag = text(64).min(1);
const onlyProcess = "Only this process: its id, its pid, or the name of the application";
export const processField = text(256).min(1).optional().describe(onlyProcess);

export const placeFields = {
  file: text(1024)
    .min(1)
    .optional()
    .describe("The line: a file, or the end of its path, and a number, such as handlers.py:42")
    .meta({ placeholder: "file:line" }),
  line: z
    .number()
    .int()
    .min(1)
    .max(10_000_000)
    .optional()
    .describe("The line, where file does not say it; counted from 1")
    .meta({ cli: false }),
  function: text(512)
    .min(1)
    .optional()
    .describe("Instead of a line: a function by its qualified name, such as Cart.total")
    .meta({ placeholder: "name" }),
  module: text(512).min(1).optional().describe("With function: its module").meta({ placeholder: "name" }),
};

const rateLimit = z.union([
  z.number().positive().max(1e6),
  z.strictObject({ perSecond: z.number().positive().max(1e6), burst: z.number().int().min(1).max(1e6) }),
]);

/** Seconds, a duration such as `2h`, or never. */
const expiresIn = z.union([text(32), z.number().positive(), z.null()]);

/** What `change` may change of every probe; nothing has a default. */
export const settingFields = {
  condition: source()
    .nullable()
    .optional()
    .describe("Fires only where this holds, such as 'user.id > 100'")
    .meta({ flag: "if", placeholder: "condition" }),
  tags: z
    .array(tag)
    .max(mostTags)
    .optional()
    .describe("A tag, for enabling and disabling several at once")
    .meta({ flag: "tag", placeholder: "tag" }),
  rateLimit: rateLimit
    .optional()
    .describe("At most this many events a second in each process")
    .meta({ placeholder: "n" }),
  hitLimit: z
    .number()
    .int()
    .min(1)
    .max(Number.MAX_SAFE_INTEGER)
    .nullable()
    .optional()
    .describe("Ends after this many events in each process")
    .meta({ placeholder: "n" }),
  expiresIn: expiresIn
    .optional()
    .describe("Ends after this time, such as 10m; or never (default 1h)")
    .meta({ placeholder: "time" }),
  process: processField.unwrap().nullable().optional().describe(onlyProcess),
  enabled: z.boolean().optional().describe("Whether it may fire").meta({ cli: false }),
};

export type PlaceInput = z.infer<z.ZodObject<typeof placeFields>>;
export type SettingInput = z.infer<z.ZodObject<typeof settingFields>>;

export function wantedPlace(given: PlaceInput): WantedPlace {
  const { file, line, module } = given;
  if (given.function !== undefined) {
    if (file !== undefined || line !== undefined) throw invalid("file", "give a line or a function, not both");
    return { function: given.function, ...(module === undefined ? {} : { module }) };
  }
  if (module !== undefined) throw invalid("module", "it goes with a function");
  if (file === undefined) throw invalid("file", "where? Give FILE:LINE, or a function");
  // Editors copy places with a column; a probe is on the whole line.
  const [, path = file, told] = line === undefined ? (/^(.+?):(\d{1,8})(?::\d+)?$/.exec(file) ?? []) : [];
  const number = line ?? Number(told ?? 0);
  if (number < 1) throw invalid("file", `"${file}" has no line: write FILE:LINE`);
  if (path.split(/[/\\]/).includes("..")) throw invalid("file", "a path with .. in it names no file of a program");
  return { file: path, line: number };
}

export function wantedSettings(given: SettingInput, perSecond: number): ProbeSettings {
  return {
    condition: conditionOf(given.condition) ?? null,
    tags: [...new Set(given.tags)],
    enabled: given.enabled ?? true,
    rateLimit: rateLimitOf(given.rateLimit) ?? { perSecond, burst: Math.ceil(perSecond) },
    hitLimit: given.hitLimit ?? null,
    expiresAt: expiryOf(given.expiresIn ?? (given.expiresIn === null ? null : "1h")),
    process: given.process ?? null,
  };
}

/** Only what was given. */
export function changedSettings(given: SettingInput): Partial<ProbeSettings> {
  const condition = conditionOf(given.condition);
  const rateLimit = rateLimitOf(given.rateLimit);
  return {
    ...(condition === undefined ? {} : { condition }),
    ...(given.tags === undefined ? {} : { tags: [...new Set(given.tags)] }),
    ...(given.enabled === undefined ? {} : { enabled: given.enabled }),
    ...(rateLimit === undefined ? {} : { rateLimit }),
    ...(given.hitLimit === undefined ? {} : { hitLimit: given.hitLimit }),
    ...(given.expiresIn === undefined ? {} : { expiresAt: expiryOf(given.expiresIn) }),
    ...(given.process === undefined ? {} : { process: given.process }),
  };
}

/** An empty condition is none. */
function conditionOf(given: string | null | undefined): string | null | undefined {
  return given !== null && given?.trim() === "" ? null : given;
}

function rateLimitOf(given: SettingInput["rateLimit"]): ProbeSettings["rateLimit"] | undefined {
  return typeof given === "number" ? { perSecond: given, burst: Math.max(1, Math.ceil(given)) } : given;
}

function expiryOf(given: string | number | null): number | null {
  if (given === null || given === "never") return null;
  const ms = typeof given === "number" ? given * 1000 : parseDurationNs(given) / 1e6;
  const at = Date.now() + ms;
  if (ms < 1 || at > 8.64e15) throw invalid("expiresIn", "it is from a millisecond to some 200,000 years, or never");
  return Math.round(at);
}

export function invalid(field: string, says: string): Problem {
  return new Problem({
    code: "usage.invalid",
    kind: "usage",
    says: `"${field}" is not valid: ${says}.`,
    tryNext: "spoor probe add handlers.py:42 --if 'user.id > 100'",
    context: { field },
  });
}
