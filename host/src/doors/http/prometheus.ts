// Metric probes in the text format of Prometheus, version 0.0.4 (prometheus.io/docs/instrumenting/exposition_formats): what a scrape of
// the daemon reads. Labels that we add are `probe`, and Spoor's own metrics begin with `spoor_`.
import type { Health, MetricSeries, Probe } from "../../live/live.ts";

export const prometheusType = "text/plain; version=0.0.4; charset=utf-8";

export interface Scraped {
  readonly series: readonly MetricSeries[];
  readonly probes: readonly Probe[];
  readonly health: Health;
}

interface Sample {
  readonly suffix: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  readonly samples: Sample[];
}

export function prometheusText({ series, probes, health }: Scraped): string {
  const families = new Map<string, Family>();
  const add = (family: Omit<Family, "samples">, samples: readonly Sample[]): void => {
    const known = families.get(family.name);
    if (known === undefined) families.set(family.name, { ...family, samples: [...samples] });
    else known.samples.push(...samples);
  };
  for (const each of series) {
    const type = typeOf(each);
    const base = metricName(each.name);
    // A family has one type: a probe that uses another's name for something else gets a name of its own.
    const isTaken = families.has(base) && families.get(base)?.type !== type;
    const name = isTaken ? `${base}_${type}` : base;
    add({ name, type, help: `Metric probe ${each.name}` }, samplesOf(each));
  }
  for (const family of ownFamilies(probes, health)) add(family, family.samples);
  return `${[...families.values()].flatMap(lines).join("\n")}\n`;
}

function typeOf({ kind }: MetricSeries): Family["type"] {
  switch (kind) {
    case "counter":
    case "gauge":
      return kind;
    case "histogram":
    case "timer":
      return "histogram";
  }
}

function samplesOf(series: MetricSeries): Sample[] {
  const labels: Record<string, string> = { probe: series.probe };
  for (const [name, value] of Object.entries(series.labels)) {
    const safe = labelName(name);
    // `le` is a histogram's own.
    if (safe !== "le" && safe !== "probe") labels[safe] = value;
  }
  switch (series.kind) {
    case "counter":
      return [{ suffix: "", labels, value: series.sum }];
    case "gauge":
      return [{ suffix: "", labels, value: series.last }];
    case "histogram":
    case "timer":
      return [
        ...series.buckets
          .filter(({ le }) => Number.isFinite(le))
          .map(({ le, count }) => ({ suffix: "_bucket", labels: { ...labels, le: numberText(le) }, value: count })),
        { suffix: "_bucket", labels: { ...labels, le: "+Inf" }, value: series.samples },
        { suffix: "_sum", labels, value: series.sum },
        { suffix: "_count", labels, value: series.samples },
      ];
  }
}

function ownFamilies(probes: readonly Probe[], health: Health): Family[] {
  const one = (value: number, labels: Record<string, string> = {}): Sample => ({ suffix: "", labels, value });
  const connected = health.processes.filter((each) => each.connected);
  const outcomes = ["sent", "unmet", "limited", "dropped"] as const;
  return [
    {
      name: "spoor_processes",
      type: "gauge",
      help: "Connected processes by state",
      samples: (["awake", "asleep"] as const).map((state) =>
        one(connected.filter((each) => each.state === state).length, { state }),
      ),
    },
    {
      name: "spoor_probe_hits_total",
      type: "counter",
      help: "Hits of probes by what became of them",
      samples: probes.flatMap(({ id, what, counts }) =>
        outcomes.map((outcome) => one(counts[outcome], { probe: id, type: what.type, outcome })),
      ),
    },
    {
      name: "spoor_probe_cost_seconds_total",
      type: "counter",
      help: "Time that probes took in the processes",
      samples: probes.map(({ id, what, counts }) => one(counts.costNs / 1e9, { probe: id, type: what.type })),
    },
    {
      name: "spoor_events_total",
      type: "counter",
      help: "Events by what became of them",
      samples: (["received", "stored", "dropped", "lost"] as const).map((outcome) =>
        one(health.events[outcome], { outcome }),
      ),
    },
  ];
}

function lines({ name, type, help, samples }: Family): string[] {
  if (samples.length === 0) return [];
  return [
    `# HELP ${name} ${help.replaceAll("\\", "\\\\").replaceAll("\n", "\\n")}`,
    `# TYPE ${name} ${type}`,
    ...samples.map(({ suffix, labels, value }) => {
      const inner = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
      return `${name}${suffix}${inner.length === 0 ? "" : `{${inner.join(",")}}`} ${numberText(value)}`;
    }),
  ];
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return String(value);
  return value > 0 ? "+Inf" : "-Inf";
}

function metricName(name: string): string {
  const safe = name.replaceAll(/[^a-zA-Z0-9_:]/g, "_");
  // Ours would otherwise be told apart from a user's by nothing.
  return /^[a-zA-Z_:]/.test(safe) && !/^spoor_(processes|probe_|events_)/.test(safe) ? safe : `_${safe}`;
}

function labelName(name: string): string {
  const safe = name.replaceAll(/[^a-zA-Z0-9_]/g, "_");
  return /^[a-zA-Z_]/.test(safe) ? safe : `_${safe}`;
}
