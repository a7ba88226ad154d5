// Checks what an agent says before anything else looks at it: the shapes of protocol/src/control.ts, of which keys that are
// not known are ignored. Events come by the thousand, and are checked by hand.
import { controlProtocol, eventNames, type SentEvent } from "@spoor/protocol/control";
import * as z from "zod";

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const processId = z.string().regex(/^[\w.-]{1,100}$/);
const text = z.string().max(4096);

const client = z.object({
  hostname: text,
  applicationName: text,
  applicationInstanceId: processId,
  agentVersion: text,
  runtime: text,
  runtimeVersion: text,
});

const hello = z.object({
  type: z.literal("hello"),
  protocol: z.number(),
  id: processId,
  parent: processId.nullable(),
  client,
  pid: count,
  nativeStart: text,
  ppid: count,
  root: text,
  argv: z.array(z.string()).max(10_000),
  cwd: text,
  startedAt: text,
  state: z.enum(["asleep", "awake"]),
  held: z.boolean(),
  engine: text,
  features: z.array(text).max(1000),
  run: z.object({ directory: text, process: text }).nullable(),
  firstEvent: count,
});

const line = z.number().int();
const probeState = z.discriminatedUnion("state", [
  z.object({ id: text, state: z.literal(["waiting", "asleep"]) }),
  z.object({
    id: text,
    state: z.literal("placed"),
    file: text,
    line,
    function: text,
    moved: z.boolean().exactOptional(),
    note: text.exactOptional(),
  }),
  z.object({
    id: text,
    state: z.literal("failed"),
    code: z.enum(["no_code", "ambiguous", "source_differs", "unsupported"]),
    message: text,
    nearest: z.array(line).max(100).exactOptional(),
    files: z.array(text).max(1000).exactOptional(),
  }),
  z.object({ id: text, state: z.literal("ended"), why: z.enum(["hit_limit", "expired"]) }),
  z.object({ id: text, state: z.literal("over_budget"), message: text }),
]);

const probeCounts = z.object({
  hits: count,
  sent: count,
  unmet: count,
  limited: count,
  dropped: count,
  errors: count,
  costNs: z.number().min(0),
});

const resolved = z.object({ type: z.literal("resolved"), request: count });
const resolution = z.union([
  z.object({ found: z.literal(true), file: text, line, function: text }),
  z.object({ found: z.literal(false), why: z.literal("no_code"), file: text, nearest: z.array(line).max(100) }),
  z.object({ found: z.literal(false), why: z.literal("ambiguous"), files: z.array(text).max(1000) }),
  z.object({ found: z.literal(false), why: z.literal("unknown") }),
]);

const rare = z.discriminatedUnion("type", [
  hello,
  z.object({ type: z.literal("state"), state: z.enum(["asleep", "awake"]), held: z.boolean() }),
  z.object({ type: z.literal("probes"), revision: count, probes: z.array(probeState) }),
  z.object({ type: z.literal("counts"), made: count.optional(), probes: z.record(text, probeCounts) }),
  z.object({ type: z.literal("pong") }),
  z.object({ type: z.literal("bye"), why: text }),
]);

export type Resolved = { readonly type: "resolved"; readonly request: number } & z.infer<typeof resolution>;

export type CheckedMessage =
  | z.infer<typeof rare>
  | Resolved
  /** Null stands for what is no event: its number is used up. */
  | { readonly type: "events"; readonly first: number; readonly events: readonly (SentEvent | null)[] }
  | { readonly type: "unknown" };

const rareTypes = new Set<unknown>(rare.options.map((option) => option.shape.type.value));
const names = new Set<string>(eventNames);

/** A sentence instead of a message for what is none. */
export function checkMessage(bytes: Buffer): CheckedMessage | string {
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    return `not JSON: ${(error as Error).message.slice(0, 100)}`;
  }
  if (!isObject(value)) return "not an object";
  const type = value["type"];
  if (type === "events") return checkEvents(value);
  if (type === "resolved") return checkResolved(value);
  if (!rareTypes.has(type)) return typeof type === "string" ? { type: "unknown" } : "no type";
  const checked = rare.safeParse(value);
  if (checked.success) {
    const { data } = checked;
    // Events are known by the one, the process by the other.
    const isTwo = data.type === "hello" && data.client.applicationInstanceId !== data.id;
    return isTwo ? "hello: id is not client.applicationInstanceId" : data;
  }
  const issue = checked.error.issues[0];
  return `${String(type)}: ${issue?.path.join(".") ?? ""}: ${issue?.message ?? "wrong"}`;
}

function checkEvents(value: Record<string, unknown>): CheckedMessage | string {
  const { first, events } = value;
  if (!Number.isSafeInteger(first) || (first as number) < 1) return "events: first is no number of an event";
  if (!Array.isArray(events)) return "events: no list";
  let given: (SentEvent | null)[] = events as SentEvent[];
  for (let index = 0; index < events.length; index++) {
    if (isEvent(events[index])) continue;
    if (given === events) given = [...(events as SentEvent[])];
    given[index] = null;
  }
  return { type: "events", first: first as number, events: given };
}

/** ECMAScript's last moment, in milliseconds. */
const LATEST = 8.64e15;

function isEvent(value: unknown): value is SentEvent {
  if (!isObject(value)) return false;
  const { name, time, payload } = value;
  return (
    typeof name === "string" &&
    names.has(name) &&
    typeof time === "number" &&
    time >= 0 &&
    time <= LATEST &&
    isObject(payload)
  );
}

function checkResolved(value: Record<string, unknown>): Resolved | string {
  const head = resolved.safeParse(value);
  const checked = resolution.safeParse(value);
  if (!head.success || !checked.success) return "resolved: wrong fields";
  return { ...head.data, ...checked.data };
}

/** Why no such agent can be served; null if it can. */
export function refusal(given: { readonly protocol: number }): { code: string; message: string } | null {
  if (given.protocol === controlProtocol) return null;
  const message = `This daemon speaks protocol ${controlProtocol}, the agent ${given.protocol}: use the same version of Spoor for both.`;
  return { code: "protocol", message };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
