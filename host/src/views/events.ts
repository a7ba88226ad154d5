// Events as text: one of them in a few lines, as `spoor hits` lists them and `--follow` goes on with them.
import type { EventAnswer, Seen } from "../answers/live.ts";
import type { Style } from "../operations/operation.ts";
import { fitting } from "./budget.ts";
import { timeOfDay } from "./clock.ts";
import { cut, wrap } from "./fit.ts";
import { counted, duration, thousands } from "./numbers.ts";
import { paint } from "./paint.ts";
import { seenLines } from "./seen.ts";
import { languageOf, valueText, type Language } from "./value.ts";
import { visible } from "./visible.ts";

interface Events {
  /** Newest first. */
  readonly events: readonly EventAnswer[];
  readonly cursor: string | null;
  readonly keptFrom: string | null;
  readonly seen: Seen;
}

/** Newest last, where the eye is; what does not fit the budget are older ones. */
export function eventsText({ events, cursor, keptFrom, seen }: Events, style: Style, now = new Date()): string {
  const { aside, missing } = paint(style);
  const gone =
    cursor === null && keptFrom !== null
      ? [missing(`… events from before ${keptFrom} are no longer kept: events.age, events.size`)]
      : [];
  if (events.length === 0) return [...gone, aside("no events"), "", ...seenLines(seen, style)].join("\n");
  const { shown, left } = fitting(events, (event) => eventLines(event, style, now), style);
  const older = [
    ...(left === 0 ? gone : []),
    ...(left > 0 ? [missing(`… ${counted(left, "older event")} not drawn: --budget, --json`)] : []),
    ...(left === 0 && cursor !== null ? [missing("… there are older events: --limit, --cursor")] : []),
  ];
  const lines = events
    .slice(0, shown)
    .toReversed()
    .flatMap((event) => eventLines(event, style, now));
  return [...older, ...lines, "", ...seenLines(seen, style)].join("\n");
}

/** One that came while somebody follows, or how many came too fast for that. */
export function followedText(item: EventAnswer | { readonly missed: number }, style: Style): string {
  if ("payload" in item) return eventLines(item, style, new Date()).join("\n");
  return paint(style).missing(`… ${counted(item.missed, "event")} came too fast to be shown: spoor hits has them`);
}

function eventLines(event: EventAnswer, style: Style, now: Date): string[] {
  const { aside, handle, name } = paint(style);
  const { payload, client } = event;
  const probe = text(payload["probeId"]);
  const place = typeof payload["file"] === "string" ? `${shortened(payload["file"])}:${text(payload["line"])}` : "";
  const who = `${client.applicationName} ${client.applicationInstanceId.split("-", 1)[0] ?? ""}`;
  const request = requestText(payload["request"]);
  const head = [
    aside(timeOfDay(event.timestamp, now)),
    ...(probe === "" ? [] : [handle(visible(probe))]),
    ...(place === "" ? [] : [visible(place)]),
    ...(payload["function"] === undefined || payload["function"] === null
      ? []
      : [name(visible(text(payload["function"])))]),
    aside(visible(who)),
    ...(request === "" ? [] : [aside(visible(request))]),
  ].join("  ");
  return [head, ...bodyLines(event, style)];
}

function bodyLines({ name, payload }: EventAnswer, style: Style): string[] {
  const { bad, missing } = paint(style);
  const said = (line: string): string => `    ${cut(visible(line), style.columns - 4)}`;
  switch (name) {
    case "probe.hit.snapshot":
      return snapshotLines(payload, style);
    case "probe.hit.logpoint":
      return wrap(visible(text(payload["message"])), style.columns - 4).map((line) => `    ${line}`);
    case "probe.hit.metric":
      return [said(metricText(payload))];
    case "probe.error.condition":
    case "probe.error.snapshot": {
      const what = name === "probe.error.condition" ? "condition failed" : "could not be taken";
      const column = typeof payload["column"] === "number" ? ` (column ${payload["column"]})` : "";
      return [bad(said(`${what}: ${text(payload["error"])}${column}${times(payload["count"])}`))];
    }
    case "probe.error.rateLimit":
      return [missing(said(`${notShown(payload["count"])}: ${whyText(payload["why"])}`))];
    case "agent.status.started":
    case "agent.status.stopped": {
      const argv = Array.isArray(payload["argv"]) ? payload["argv"].map(text).join(" ") : "";
      const why = text(payload["why"]);
      const verb = name === "agent.status.started" ? "started" : "stopped";
      return [said([`${verb}${why === "" ? "" : ` (${why})`}`, ...(argv === "" ? [] : [argv])].join(": "))];
    }
  }
}

function snapshotLines(payload: EventAnswer["payload"], style: Style): string[] {
  const { aside, bad } = paint(style);
  const language = languageOf({ file: typeof payload["file"] === "string" ? payload["file"] : null });
  const snapshot = recordOf(payload["snapshot"]);
  const drawn = (given: string, value: unknown): string => named(given, value, language, style);
  const groups = ["arguments", "locals", "globals", "expressions"] as const;
  // An argument is a local variable too: shown once, as it is now.
  const locals = recordOf(snapshot["locals"]);
  const lines = groups.flatMap((group) => {
    const values = Object.entries(recordOf(snapshot[group]));
    const fresh = group === "arguments" ? values.filter(([key]) => !(key in locals)) : values;
    return fresh.map(([key, value]) => drawn(key, value));
  });
  const took = typeof payload["durationNs"] === "number" ? aside(`  in ${duration(payload["durationNs"])}`) : "";
  const frames = Array.isArray(payload["stack"]) ? payload["stack"].map(recordOf) : [];
  const stack = frames.map(
    (frame) => `${shortened(text(frame["file"]))}:${text(frame["line"])} ${text(frame["function"])}`,
  );
  const frameLocals = frames
    .slice(1)
    .flatMap((frame, index) =>
      Object.entries(recordOf(frame["locals"])).map(([key, value]) => drawn(`[${index + 1}] ${key}`, value)),
    );
  return [
    ...lines,
    ...("returnValue" in snapshot ? [`${drawn("returned", snapshot["returnValue"])}${took}`] : []),
    ...("exception" in snapshot ? [`${bad(drawn("raised", snapshot["exception"]))}${took}`] : []),
    ...(stack.length > 1
      ? [aside(`    ${cut(visible(`called by ${stack.slice(1).join(" ← ")}`), style.columns - 4)}`)]
      : []),
    ...frameLocals,
  ];
}

function named(given: string, value: unknown, language: Language, style: Style): string {
  const start = `    ${visible(given)} = `;
  // Drawn first and made harmless then: escapes make it longer.
  return cut(`${start}${visible(valueText(value, 4 * style.columns, language))}`, style.columns);
}

function metricText(payload: EventAnswer["payload"]): string {
  const labels = Object.entries(recordOf(payload["labels"])).map(([name, value]) => `${name}=${text(value)}`);
  const inner = labels.length === 0 ? "" : `{${labels.join(", ")}}`;
  const samples = typeof payload["samples"] === "number" ? payload["samples"] : 0;
  const numbers = ["sum", "min", "max", "last"].flatMap((key) =>
    typeof payload[key] === "number" ? [`${key} ${numberText(payload[key])}`] : [],
  );
  return `${text(payload["metric"])}${inner}: ${[counted(samples, "sample"), ...numbers].join(", ")}`;
}

function numberText(value: number): string {
  return Number.isInteger(value) ? thousands(value) : String(Number(value.toPrecision(6)));
}

function requestText(request: unknown): string {
  const { method, path } = recordOf(request);
  return [text(method), text(path)].filter((each) => each !== "").join(" ");
}

function times(count: unknown): string {
  return typeof count === "number" && count > 1 ? `, ${thousands(count)} times` : "";
}

function notShown(count: unknown): string {
  return typeof count === "number" ? `${counted(count, "hit")} not shown` : "hits not shown";
}

const reasons: Readonly<Record<string, string>> = {
  rate: "more than the rate limit allows",
  hits: "the hit limit is reached",
  budget: "the probe costs too much",
  expired: "the probe expired",
  queue: "the process' queue was full",
};

function whyText(why: unknown): string {
  return reasons[text(why)] ?? text(why);
}

/** A value of a payload where a word is expected; pictures of other values are drawn. */
function text(value: unknown): string {
  if (value === undefined || value === null) return "";
  return typeof value === "string" || typeof value === "number" ? String(value) : valueText(value, 200, "python");
}

function recordOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}

/** The last three parts of a path: which of the project's files it is. */
function shortened(file: string): string {
  const parts = file.split("/");
  return parts.length <= 4 ? file : parts.slice(-3).join("/");
}
