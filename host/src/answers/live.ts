// Shapes of answers about live processes, their probes and events. Field names are those of spec/control.md.
import { eventNames } from "@spoor/protocol/control";
import * as z from "zod";

export const countsShape = z.object({
  hits: z.number().describe("hits = sent + unmet + limited + dropped"),
  sent: z.number(),
  unmet: z.number().describe("The condition was false, or could not be evaluated"),
  limited: z.number().describe("Beyond rate limit or hit limit"),
  dropped: z.number().describe("The process' queue was full"),
  errors: z.number().describe("Of unmet: the condition could not be evaluated"),
  costNs: z.number(),
});
export type Counts = z.infer<typeof countsShape>;

const stateShape = z.looseObject({
  id: z.string(),
  state: z.enum(["waiting", "asleep", "placed", "failed", "ended", "over_budget"]),
});

export const rateLimitShape = z.object({ perSecond: z.number(), burst: z.number() });
const stackShape = z.object({ frames: z.number(), locals: z.number() });

const commonShape = z.object({
  id: z.string(),
  file: z.string().nullable(),
  line: z.number().nullable(),
  function: z.string().nullable(),
  module: z.string().nullable(),
  condition: z.string().nullable(),
  tags: z.array(z.string()),
  enabled: z.boolean(),
  rateLimit: rateLimitShape,
  hitLimit: z.number().nullable(),
  createdAt: z.string(),
  expiresAt: z.string().nullable().describe("Null: never"),
  process: z.string().nullable().describe("The only process or application that it concerns; null: all"),
  counts: countsShape.describe("Over all processes there ever were"),
  processes: z.array(z.object({ process: z.string(), state: stateShape, counts: countsShape })),
});

export const probeShape = z.discriminatedUnion("type", [
  commonShape.extend({
    type: z.literal("tracepoint"),
    expressions: z.array(z.string()),
    globals: z.array(z.string()),
    stack: stackShape,
    waitForEnd: z.boolean(),
    values: z.enum(["full", "default", "shallow", "none"]),
  }),
  commonShape.extend({ type: z.literal("logpoint"), message: z.string() }),
  commonShape.extend({
    type: z.literal("metric"),
    name: z.string(),
    kind: z.enum(["counter", "gauge", "histogram", "timer"]),
    expression: z.string().nullable(),
    labels: z.record(z.string(), z.string()),
    buckets: z.array(z.number()),
  }),
]);
export type ProbeAnswer = z.infer<typeof probeShape>;

export const processShape = z.object({
  id: z.string(),
  name: z.string(),
  pid: z.number(),
  parent: z.string().nullable(),
  hostname: z.string(),
  runtime: z.string(),
  runtimeVersion: z.string(),
  agentVersion: z.string(),
  engine: z.string(),
  features: z.array(z.string()),
  root: z.string(),
  cwd: z.string(),
  argv: z.array(z.string()),
  startedAt: z.string(),
  state: z.enum(["asleep", "awake"]),
  held: z.boolean().describe("Somebody put it to sleep: it wakes only when told"),
  connected: z.boolean().describe("False: it went without farewell less than a minute ago, and may come back"),
  probes: z.number(),
  run: z.string().nullable().describe("The run that it is recorded in, too"),
});
export type ProcessAnswer = z.infer<typeof processShape>;

export const eventShape = z.object({
  id: z.string().describe("The process and the number of the event in it"),
  name: z.enum(eventNames),
  timestamp: z.string(),
  client: z.object({
    hostname: z.string(),
    applicationName: z.string(),
    applicationInstanceId: z.string(),
    agentVersion: z.string(),
    runtime: z.string(),
    runtimeVersion: z.string(),
  }),
  payload: z.record(z.string(), z.unknown()).describe("As spec/control.md says, by name"),
});
export type EventAnswer = z.infer<typeof eventShape>;

/** What an answer about live processes saw, and what it did not. */
export const seenShape = z.object({
  connected: z.number().describe("Processes"),
  away: z.number().describe("Processes that went without farewell, and may come back"),
  held: z.number().describe("Connected processes that are asleep until they are woken"),
  probes: z.number(),
  disabled: z.number(),
  waiting: z.number().describe("Enabled probes that no process has placed: no file or function like that is loaded"),
  failed: z.number().describe("Enabled probes that some process refused or disarmed"),
  ended: z.number().describe("Probes that reached their hit limit or expired"),
  counts: countsShape.describe("Of all probes that there are"),
});
export type Seen = z.infer<typeof seenShape>;
