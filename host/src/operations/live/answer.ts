// What the daemon holds, as answers have it: places and settings side by side, times as text, and what was seen of it all.
import type { Counts, EventAnswer, ProbeAnswer, ProcessAnswer, Seen } from "../../answers/live.ts";
import type { Live, LiveProcess, Probe } from "../../live/live.ts";
import type { LiveEvent } from "@spoor/protocol/control";
import type { About, LiveContext } from "../operation.ts";

export function about(context: LiveContext, next: readonly string[]): About {
  return { project: context.project.name, runs: [], completeness: null, next: [...new Set(next)].slice(0, 4) };
}

export function probeAnswer(probe: Probe): ProbeAnswer {
  const { place, settings, what } = probe;
  const common = {
    id: probe.id,
    file: "file" in place ? place.file : null,
    line: "file" in place ? place.line : null,
    function: "file" in place ? null : place.function,
    module: "file" in place ? null : (place.module ?? null),
    condition: settings.condition,
    tags: [...settings.tags],
    enabled: settings.enabled,
    rateLimit: settings.rateLimit,
    hitLimit: settings.hitLimit,
    createdAt: new Date(probe.createdAt).toISOString(),
    expiresAt: settings.expiresAt === null ? null : new Date(settings.expiresAt).toISOString(),
    process: settings.process,
    counts: probe.counts,
    processes: probe.processes.map((each) => ({ ...each, state: { ...each.state } })),
  };
  switch (what.type) {
    case "tracepoint":
      return { ...common, ...what, expressions: [...what.expressions], globals: [...what.globals] };
    case "logpoint":
      return { ...common, ...what };
    case "metric":
      return { ...common, ...what, labels: { ...what.labels }, buckets: [...what.buckets] };
  }
}

export function processAnswer(process: LiveProcess): ProcessAnswer {
  return { ...process, features: [...process.features], argv: [...process.argv] };
}

export function eventAnswer(event: LiveEvent): EventAnswer {
  return { ...event, payload: { ...event.payload } };
}

/** Over all processes and probes; what an answer is about may be fewer of them. */
export async function seen(live: Live): Promise<Seen> {
  const [processes, probes] = await Promise.all([live.processes(), live.probes({})]);
  const connected = processes.filter((each) => each.connected);
  const counts: Counts = { hits: 0, sent: 0, unmet: 0, limited: 0, dropped: 0, errors: 0, costNs: 0 };
  for (const probe of probes) {
    for (const key of Object.keys(counts) as (keyof Counts)[]) counts[key] += probe.counts[key];
  }
  const enabled = probes.filter((each) => each.settings.enabled).map(standing);
  return {
    connected: connected.length,
    away: processes.length - connected.length,
    held: connected.filter((each) => each.held && each.state === "asleep").length,
    probes: probes.length,
    disabled: probes.length - enabled.length,
    waiting: enabled.filter((each) => each === "waiting").length,
    failed: enabled.filter((each) => each === "failed").length,
    ended: enabled.filter((each) => each === "ended").length,
    counts,
  };
}

export type Standing = "placed" | "waiting" | "failed" | "ended" | "asleep";

/** How a probe stands over all of its processes: at its best, but what failed anywhere has failed. */
export function standing(probe: Probe): Standing {
  const expired = probe.settings.expiresAt !== null && probe.settings.expiresAt <= Date.now();
  if (expired) return "ended";
  const states = new Set(probe.processes.map((each) => each.state.state));
  if (states.has("failed") || states.has("over_budget")) return "failed";
  if (states.has("placed")) return "placed";
  if (states.has("asleep")) return "asleep";
  return states.has("ended") && !states.has("waiting") ? "ended" : "waiting";
}
