// events.list: what probes and agents sent, newest first.
import * as z from "zod";
import { eventNames } from "@spoor/protocol/control";
import { eventShape, seenShape, type EventAnswer } from "../../answers/live.ts";
import type { EventFilter } from "../../live/live.ts";
import { parseDurationNs } from "../../project/units.ts";
import { eventsText, followedText } from "../../views/events.ts";
import { budget, limit } from "../input.ts";
import type { LiveOperation } from "../operation.ts";
import { about, eventAnswer, seen } from "./answer.ts";
import { invalid, processField, tag } from "./place.ts";

/** The `Last-Event-ID` of who has seen none of those that are kept. */
export const fromTheBeginning = "start";

/** The filters of events; `GET /api/events/stream` and the WebSocket have them too. */
export const filterFields = {
  probe: z
    .string()
    .regex(/^[tlm][1-9]\d{0,14}$/, "a probe is called t1, l2 or m3")
    .optional()
    .describe("Only of this probe, such as t1"),
  name: z
    .enum(eventNames)
    .optional()
    .describe("Only events of this name, such as probe.hit.snapshot")
    .meta({ placeholder: "name" }),
  tag: tag.optional().describe("Only of probes with this tag"),
  process: processField,
  since: z
    .string()
    .max(64)
    .optional()
    .describe("Only from then on: a time, or how long ago, such as 10m")
    .meta({ placeholder: "time" }),
};

const input = z.strictObject({
  ...filterFields,
  limit: limit(100),
  cursor: z.string().max(256).optional().describe("Go on with older ones where the last answer ended"),
  budget: budget.meta({ http: false }),
});
type Input = z.infer<typeof input>;

const data = z.object({
  events: z.array(eventShape).describe("Newest first"),
  cursor: z.string().nullable().describe("Where older ones begin; null: there are none"),
  keptFrom: z
    .string()
    .nullable()
    .describe("Events from before were deleted, as events.age and events.size say; null: none were"),
  seen: seenShape,
});

export const listEvents: LiveOperation<Input, z.infer<typeof data>> = {
  name: "events.list",
  command: "hits",
  summary: "What probes sent: snapshots, lines, numbers, errors",
  description: `Shows the events of probes and agents, the newest last; --follow goes on with those that come. With --json they are data,
the newest first; with --json --follow one event a line, as they come.

  spoor hits
  spoor hits t1 --follow
  spoor hits --tag checkout --since 10m --name probe.error.condition`,
  effect: "reads",
  input,
  data,
  positional: ["probe"],
  http: { method: "GET", path: "/api/events", status: 200 },
  follow: {
    path: "/api/events/stream",
    fields: Object.keys(filterFields),
    begins: { limit: 10 },
    start: ({ events }) => ({ items: events.toReversed(), after: events[0]?.id ?? fromTheBeginning }),
    text: (item, style) => followedText(item as EventAnswer | { readonly missed: number }, style),
  },
  async run(given, context) {
    const page = await context.live.events(eventFilter(given), given.limit, given.cursor ?? null);
    const next = [
      ...(page.cursor === null ? [] : [`spoor hits --cursor ${page.cursor}`]),
      ...(page.events.length === 0 ? ["spoor probe list", "spoor ps"] : []),
    ];
    return {
      about: about(context, next),
      data: {
        events: page.events.map(eventAnswer),
        cursor: page.cursor,
        keptFrom: page.keptFrom,
        seen: await seen(context.live),
      },
    };
  },
  text: ({ data }, style) => eventsText(data, style),
};

export function eventFilter({ probe, name, tag, process, since }: Omit<Input, "limit">): EventFilter {
  return {
    ...(probe === undefined ? {} : { probe }),
    ...(name === undefined ? {} : { name }),
    ...(tag === undefined ? {} : { tag }),
    ...(process === undefined ? {} : { process }),
    ...(since === undefined ? {} : { since: momentOf(since) }),
  };
}

/** `10m` is ten minutes ago; a time is ISO 8601, or milliseconds since 1970. */
function momentOf(text: string): number {
  if (/^\d{12,}$/.test(text)) return Number(text);
  if (/^\d{4}-\d\d-\d\d/.test(text)) {
    const at = Date.parse(text);
    if (Number.isNaN(at)) throw invalid("since", `"${text}" is no time`);
    return at;
  }
  return Date.now() - parseDurationNs(text, "m") / 1e6;
}
