// Probes as text: a table of all, and one of them whole.
import type { Counts, ProbeAnswer, Seen } from "../answers/live.ts";
import type { Style } from "../operations/operation.ts";
import type { ProbeState } from "@spoor/protocol/control";
import { linesThatFit } from "./budget.ts";
import { toTheSecond } from "./clock.ts";
import { cut, wrap } from "./fit.ts";
import { counted, duration, thousands } from "./numbers.ts";
import { paint } from "./paint.ts";
import { seenLines } from "./seen.ts";
import { table } from "./table.ts";
import { visible } from "./visible.ts";

type InProcess = ProbeAnswer["processes"][number];

export function probeListText(
  { points, seen }: { readonly points: readonly ProbeAnswer[]; readonly seen: Seen },
  style: Style,
): string {
  const { aside, handle, missing } = paint(style);
  if (points.length === 0) return [aside("no probes"), "", ...seenLines(seen, style)].join("\n");
  const shown = points.slice(0, linesThatFit(style, 1, Math.min(style.columns, 100)));
  const rows = shown.map((each) => [
    each.id,
    each.type,
    placeText(each),
    wordsOf(each),
    stateText(each),
    thousands(each.counts.hits),
    thousands(each.counts.sent),
    visible(each.tags.join(",")),
  ]);
  const lines = table(
    [
      { title: "probe", paint: handle },
      { title: "type", paint: aside },
      { title: "place", cut: "start" },
      { title: "what", cut: "end" },
      { title: "state", cut: "end" },
      { title: "hits", align: "right" },
      { title: "sent", align: "right" },
      { title: "tags", cut: "end", paint: aside },
    ],
    rows,
    style,
  );
  const left = points.length - shown.length;
  const more = left > 0 ? [missing(`… ${counted(left, "more probe")}: --json, or --tag, --type, --process`)] : [];
  return [...lines, ...more, "", ...seenLines(seen, style)].join("\n");
}

export function probeText(
  { probe, seen }: { readonly probe: ProbeAnswer; readonly seen: Seen },
  style: Style,
  verb = "",
  now = new Date(),
): string {
  const { aside, handle, missing } = paint(style);
  const words = wordsOf(probe);
  const head = [verb, handle(probe.id), probe.type, "at", placeText(probe)].filter((each) => each !== "").join(" ");
  const room = style.columns - 4;
  const lines = [
    ...(words === "" ? [] : [words]),
    ...takenText(probe),
    [
      `${thousands(probe.rateLimit.perSecond)} a second at most`,
      ...(probe.hitLimit === null ? [] : [`${counted(probe.hitLimit, "hit")} at most`]),
      probe.expiresAt === null ? "never expires" : `until ${toTheSecond(probe.expiresAt, now)}`,
      ...(probe.process === null ? [] : [`only ${visible(probe.process)}`]),
      ...(probe.tags.length === 0 ? [] : [`tags ${visible(probe.tags.join(", "))}`]),
    ].join(", "),
  ].map((line) => aside(`    ${cut(line, room)}`));
  if (verb === "removed") return [head, `    ${countsText(probe.counts)}`, "", ...seenLines(seen, style)].join("\n");
  const most = linesThatFit(style, 0.5);
  const processes = probe.processes.slice(0, most).flatMap((each) => processLines(each, probe, style));
  const left = probe.processes.length - most;
  const nobody =
    !probe.enabled || probe.processes.length > 0
      ? []
      : [missing(`    no process is connected that it concerns; it is sent to each that comes`)];
  return [
    head,
    ...lines,
    ...(probe.enabled ? [] : [missing("    disabled")]),
    ...processes,
    ...(left > 0 ? [missing(`    … ${counted(left, "more process", "more processes")}: --json`)] : []),
    ...nobody,
    ...(probe.counts.hits === 0 ? [] : [`    ${countsText(probe.counts)}`]),
    "",
    ...seenLines(seen, style),
  ].join("\n");
}

export function placeText(probe: Pick<ProbeAnswer, "file" | "line" | "function" | "module">): string {
  if (probe.file !== null) return visible(`${probe.file}:${probe.line ?? "?"}`);
  return visible([probe.module, probe.function].filter((each) => each !== null).join("."));
}

/** What it says or counts, and when. */
function wordsOf(probe: ProbeAnswer): string {
  const condition = probe.condition === null ? [] : [`if ${probe.condition}`];
  return visible([...whatText(probe), ...condition].join(" "));
}

function whatText(probe: ProbeAnswer): string[] {
  switch (probe.type) {
    case "tracepoint":
      return [];
    case "logpoint":
      return [JSON.stringify(probe.message)];
    case "metric": {
      const labels = Object.entries(probe.labels).map(([name, expression]) => `${name}=${expression}`);
      const inner = labels.length === 0 ? "" : `{${labels.join(", ")}}`;
      return [`${probe.kind} ${probe.name}${inner}${probe.expression === null ? "" : ` of ${probe.expression}`}`];
    }
  }
}

function takenText(probe: ProbeAnswer): string[] {
  if (probe.type !== "tracepoint") return [];
  const { expressions, globals, stack } = probe;
  const parts = [
    ...(expressions.length === 0 ? [] : [`shows ${expressions.join(", ")}`]),
    ...(globals.length === 0 ? [] : [`globals ${globals.join(", ")}`]),
    ...(stack.frames > 1 ? [`${counted(stack.frames, "frame")} of the stack`] : []),
    ...(probe.waitForEnd ? ["waits for the end of the function"] : []),
    ...(probe.values === "default" ? [] : [`values ${probe.values}`]),
  ];
  return parts.length === 0 ? [] : [visible(parts.join(", "))];
}

function countsText(counts: Counts): string {
  const parts = [
    `${thousands(counts.sent)} sent`,
    ...(counts.unmet > 0 ? [`${thousands(counts.unmet)} did not meet the condition`] : []),
    ...(counts.limited > 0 ? [`${thousands(counts.limited)} beyond a limit`] : []),
    ...(counts.dropped > 0 ? [`${thousands(counts.dropped)} dropped`] : []),
  ];
  const each = counts.hits === 0 ? "" : `, ${duration(counts.costNs / counts.hits)} each`;
  return `${counted(counts.hits, "hit")}: ${parts.join(", ")}${each}`;
}

function processLines({ process, state, counts }: InProcess, probe: ProbeAnswer, style: Style): string[] {
  const { aside, bad, missing } = paint(style);
  const said = inProcessText(state as ProbeState);
  const colour = said.tone === "bad" ? bad : said.tone === "missing" ? missing : (text: string) => text;
  const hits = counts.hits === 0 || probe.processes.length === 1 ? [] : wrap(countsText(counts), style.columns - 8);
  return [
    ...wrap(`${visible(process)}: ${visible(said.text)}`, style.columns - 4, "    ").map((line) =>
      colour(`    ${line}`),
    ),
    ...hits.map((line) => aside(`        ${line}`)),
  ];
}

function inProcessText(state: ProbeState): { readonly text: string; readonly tone: "plain" | "missing" | "bad" } {
  switch (state.state) {
    case "placed":
      return {
        text: `placed at ${state.file}:${state.line} in ${state.function}${state.moved === true ? " (the code has moved there)" : ""}${state.note === undefined ? "" : `; ${state.note}`}`,
        tone: "plain",
      };
    case "waiting":
      return { text: "waiting: no such code is loaded there yet", tone: "missing" };
    case "asleep":
      return { text: "the process is asleep: spoor wake", tone: "missing" };
    case "failed": {
      const near = state.nearest === undefined ? "" : `; nearest lines with code: ${state.nearest.join(", ")}`;
      const files = state.files === undefined ? "" : `: ${state.files.join(", ")}`;
      return { text: `not placed: ${state.message}${near}${files}`, tone: "bad" };
    }
    case "ended":
      return { text: state.why === "hit_limit" ? "ended: hit limit" : "ended: expired", tone: "missing" };
    case "over_budget":
      return { text: `disarmed: ${state.message}`, tone: "bad" };
  }
}

/** Over all processes, in few words. */
function stateText(probe: ProbeAnswer): string {
  if (!probe.enabled) return "disabled";
  const counts = new Map<string, number>();
  for (const { state } of probe.processes) counts.set(state.state, (counts.get(state.state) ?? 0) + 1);
  if (counts.size === 0) return "no process";
  const words = {
    placed: "placed",
    waiting: "waiting",
    asleep: "asleep",
    failed: "failed",
    ended: "ended",
    over_budget: "disarmed",
  };
  const [only] = counts.size === 1 && probe.processes.length === 1 ? counts.keys() : [];
  if (only !== undefined) return words[only as keyof typeof words];
  return [...counts].map(([state, count]) => `${words[state as keyof typeof words]} ${count}`).join(", ");
}
