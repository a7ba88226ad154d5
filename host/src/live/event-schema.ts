// Events as they are shown, as one schema; the published JSON Schema (spec/events.schema.json) is derived from it. What is not named
// here may come, too: agents of later versions know more.
import * as z from "zod";

const value = z.json().describe("A value as spec/values.md says.");
const names = z.record(z.string(), value);
const count = z.int().min(0);
const line = z.int().min(0);

const client = z.looseObject({
  hostname: z.string(),
  applicationName: z.string(),
  applicationInstanceId: z.string().describe("The process, as `processes` lists it."),
  agentVersion: z.string(),
  runtime: z.string(),
  runtimeVersion: z.string(),
});

/** What the payload of every event of a probe begins with. */
const ofProbe = { probeId: z.string(), probeType: z.enum(["tracepoint", "logpoint", "metric"]) };
const place = { file: z.string(), line, function: z.string(), tags: z.array(z.string()) };
const where = {
  thread: z.looseObject({ id: z.int(), name: z.string() }),
  task: z.looseObject({ id: z.int(), name: z.string() }).optional(),
  request: z
    .looseObject({
      id: z
        .int()
        .describe(
          "In a recorded process its number in the recording; else the process counts the requests in which a probe was hit.",
        ),
      run: z.string().optional(),
      process: z.string().optional(),
      method: z.string(),
      path: z.string(),
      route: z.string().nullable(),
    })
    .optional()
    .describe("The web request that was being answered."),
  call: z
    .looseObject({ run: z.string(), process: z.string(), call: z.int() })
    .optional()
    .describe("The recorded call in which it happened, if the process was recorded, too."),
};

const snapshot = z.looseObject({
  ...ofProbe,
  ...place,
  ...where,
  snapshot: z.looseObject({
    arguments: names.optional(),
    locals: names.optional(),
    globals: names.optional(),
    expressions: names.optional(),
    returnValue: value.optional(),
    exception: value.optional(),
  }),
  durationNs: count.optional(),
  stack: z
    .array(z.looseObject({ file: z.string(), line, function: z.string(), locals: names.optional() }))
    .optional()
    .describe("From the innermost."),
});

const metric = z.looseObject({
  ...ofProbe,
  ...place,
  metric: z.string(),
  kind: z.enum(["counter", "gauge", "histogram", "timer"]),
  labels: z.record(z.string(), z.string()),
  samples: count.describe("So many hits this one event tells of."),
  sum: value,
  min: value,
  max: value,
  last: value,
  buckets: z
    .array(z.looseObject({ le: z.number(), count }))
    .optional()
    .describe(
      "Samples of this event above the bound before and up to this one; those above the last are in `samples` alone.",
    ),
});

const failed = z.looseObject({ ...ofProbe, error: z.string(), column: z.int().optional(), count });
const limited = z.looseObject({ ...ofProbe, why: z.enum(["rate", "hits", "budget", "expired", "queue"]), count });
const started = z.looseObject({
  pid: z.int(),
  root: z.string(),
  argv: z.array(z.string()),
  state: z.enum(["asleep", "awake"]),
});
const stopped = z.looseObject({ pid: z.int(), root: z.string(), why: z.string() });

const event = <Name extends string>(name: Name, payload: z.ZodType) =>
  z.looseObject({
    id: z.string().describe("The process and the event's number in it."),
    name: z.literal(name),
    timestamp: z.iso.datetime(),
    client,
    payload,
  });

export const eventSchema = z.discriminatedUnion("name", [
  event("probe.hit.snapshot", snapshot),
  event("probe.hit.logpoint", z.looseObject({ ...ofProbe, ...place, ...where, message: z.string() })),
  event("probe.hit.metric", metric),
  event("probe.error.condition", failed),
  event("probe.error.snapshot", failed),
  event("probe.error.rateLimit", limited),
  event("agent.status.started", started),
  event("agent.status.stopped", stopped),
]);

/** The published JSON Schema, as the text of its file. */
export function eventSchemaText(): string {
  const { $schema, ...rest } = z.toJSONSchema(eventSchema, { io: "input" });
  return `${JSON.stringify({ $schema, title: "Spoor: an event of a live process", ...rest }, null, 2)}\n`;
}
