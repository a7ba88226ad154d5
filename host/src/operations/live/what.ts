// What a probe does when it fires: the input fields of each kind, all optional, so that `probe change` has them too.
import * as z from "zod";
import type { ProbeWhat } from "../../live/live.ts";
import { invalid, source } from "./place.ts";

const expression = source(1024).min(1);
const metricName = z
  .string()
  .max(200)
  .regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, "letters, digits and _ only, as Prometheus has it");
const labelName = /^(?!__)(?!(?:le|probe)$)[a-zA-Z_][a-zA-Z0-9_]{0,99}$/;

export const tracepointFields = {
  expressions: z
    .array(expression)
    .max(32)
    .optional()
    .describe("An expression to take into the snapshot, such as 'len(items)'")
    .meta({ flag: "show", placeholder: "expression" }),
  globals: z
    .array(source(256).min(1))
    .max(32)
    .optional()
    .describe("A global variable to take into the snapshot")
    .meta({ flag: "global", placeholder: "name" }),
  stack: z
    .union([
      z.number().int().min(0).max(100),
      z.strictObject({ frames: z.number().int().min(0).max(100), locals: z.number().int().min(0).max(100) }),
    ])
    .optional()
    .describe("How many frames of the stack to take (default 1)")
    .meta({ placeholder: "n" }),
  waitForEnd: z
    .boolean()
    .optional()
    .describe(
      "Wait for the end of the function: the snapshot then has its result or exception, and the time from line to end",
    ),
  values: z
    .enum(["full", "default", "shallow", "none"])
    .optional()
    .describe("How deep values are taken: full, default, shallow, none"),
};

export const logpointFields = {
  message: source(4096).min(1).optional().describe("Of a logpoint: what to say, with values in braces"),
};

export const metricFields = {
  name: metricName.optional().describe("Its name, as Prometheus is to have it; else made of the place"),
  kind: z
    .enum(["counter", "gauge", "histogram", "timer"])
    .optional()
    .describe("counter, gauge, histogram or timer (default counter)"),
  expression: expression
    .nullable()
    .optional()
    .describe("The value: what a counter adds, a gauge keeps, a histogram spreads"),
  labels: z
    .union([z.array(source(1100)).max(16), z.record(z.string().regex(labelName, "no name for a label"), expression)])
    .optional()
    .describe("A label and the expression of its value, such as route=request.path")
    .meta({ flag: "label", placeholder: "name=expression" }),
  buckets: z
    .array(z.number())
    .min(1)
    .max(64)
    .optional()
    .describe("Upper bound of a bucket of a histogram or timer")
    .meta({ flag: "bucket", placeholder: "n" }),
};

const allFields = z.object({ ...tracepointFields, ...logpointFields, ...metricFields });
type WhatInput = z.infer<typeof allFields>;

const fieldsOfType = {
  tracepoint: Object.keys(tracepointFields),
  logpoint: Object.keys(logpointFields),
  metric: Object.keys(metricFields).filter((name) => name !== "name" && name !== "kind"),
} as const;

/** Only what was given; what the kind of probe does not have is refused. */
export function changedWhat(type: ProbeWhat["type"], given: WhatInput): Partial<ProbeWhat> | null {
  const names = Object.keys(allFields.shape).filter((name) => given[name as keyof WhatInput] !== undefined);
  for (const name of names) {
    if (fieldsOfType[type].includes(name)) continue;
    const fixed = type === "metric" && (name === "name" || name === "kind");
    throw invalid(name, fixed ? "of a metric it stays as it is: remove it and place another" : `a ${type} has none`);
  }
  if (names.length === 0) return null;
  switch (type) {
    case "tracepoint": {
      const { expressions, globals, waitForEnd, values } = given;
      const stack = stackOf(given.stack);
      return {
        type,
        ...(expressions === undefined ? {} : { expressions }),
        ...(globals === undefined ? {} : { globals }),
        ...(stack === undefined ? {} : { stack }),
        ...(waitForEnd === undefined ? {} : { waitForEnd }),
        ...(values === undefined ? {} : { values }),
      };
    }
    case "logpoint":
      return { type, ...(given.message === undefined ? {} : { message: given.message }) };
    case "metric": {
      const { expression, buckets } = given;
      const labels = labelsOf(given.labels);
      return {
        type,
        ...(expression === undefined ? {} : { expression }),
        ...(labels === undefined ? {} : { labels }),
        ...(buckets === undefined ? {} : { buckets: bucketsOf(buckets) }),
      };
    }
  }
}

export function stackOf(given: WhatInput["stack"]): { frames: number; locals: number } | undefined {
  return typeof given === "number" ? { frames: given, locals: 0 } : given;
}

/** Upper bounds, ascending, each once. */
export function bucketsOf(given: readonly number[]): number[] {
  return [...new Set(given)].sort((a, b) => a - b);
}

/** `route=request.path` of a command line, or an object of HTTP. */
export function labelsOf(given: WhatInput["labels"]): Record<string, string> | undefined {
  if (!Array.isArray(given)) return given;
  return Object.fromEntries(
    given.map((each) => {
      const at = each.indexOf("=");
      const name = each.slice(0, at);
      if (at < 1 || !labelName.test(name)) throw invalid("labels", `"${each}" is not NAME=EXPRESSION`);
      return [name, each.slice(at + 1)];
    }),
  );
}
