// Totals of metric probes, as Prometheus wants them: what agents gathered is added up by probe and labels, since the daemon first
// heard of the series.
import type { MetricKind } from "@spoor/protocol/control";
import type { StoredBatch } from "./events/shape.ts";
import type { MetricSeries } from "./live.ts";

export interface Metrics {
  add(batches: readonly StoredBatch[]): void;
  all(): MetricSeries[];
  forget(probe: string): void;
  /** Events that a label with ever new values would have made new series of, and were left out. */
  left(): number;
}

interface Series {
  readonly probe: string;
  readonly name: string;
  readonly kind: MetricKind;
  readonly labels: Readonly<Record<string, string>>;
  samples: number;
  sum: number;
  last: number;
  lastTime: number;
  readonly buckets: Map<number, number>;
}

/** Of one probe: a label that is a user's id would else fill the memory. */
const MOST_SERIES = 2000;

export function metricTotals(): Metrics {
  const probes = new Map<string, Map<string, Series>>();
  let left = 0;
  const seriesOf = (payload: Readonly<Record<string, unknown>>): Series | null => {
    const { probeId: probe, metric: name, kind } = payload;
    if (typeof probe !== "string" || typeof name !== "string" || !isKind(kind)) return null;
    const labels = labelsOf(payload["labels"]);
    const key = JSON.stringify([name, kind, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
    const known = probes.get(probe) ?? new Map<string, Series>();
    probes.set(probe, known);
    const found = known.get(key);
    if (found !== undefined) return found;
    if (known.size >= MOST_SERIES) {
      left++;
      return null;
    }
    const made = {
      probe,
      name,
      kind,
      labels,
      samples: 0,
      sum: 0,
      last: 0,
      lastTime: 0,
      buckets: new Map<number, number>(),
    };
    known.set(key, made);
    return made;
  };
  return {
    add(batches) {
      for (const { events } of batches) {
        for (const event of events) {
          if (event?.name !== "probe.hit.metric") continue;
          const series = seriesOf(event.payload);
          if (series !== null) addTo(series, event.payload, event.time);
        }
      }
    },
    all: () =>
      [...probes.values()].flatMap((known) =>
        [...known.values()].map(({ probe, name, kind, labels, samples, sum, last, buckets }) => ({
          probe,
          name,
          kind,
          labels,
          samples,
          sum,
          last,
          buckets: cumulative(buckets),
        })),
      ),
    forget: (probe) => void probes.delete(probe),
    left: () => left,
  };
}

function addTo(series: Series, payload: Readonly<Record<string, unknown>>, time: number): void {
  series.samples += numberIn(payload["samples"]);
  series.sum += numberIn(payload["sum"]);
  if (time >= series.lastTime) {
    series.last = numberIn(payload["last"]);
    series.lastTime = time;
  }
  const buckets = payload["buckets"];
  if (!Array.isArray(buckets)) return;
  for (const bucket of buckets as readonly unknown[]) {
    if (typeof bucket !== "object" || bucket === null) continue;
    const { le, count } = bucket as { le?: unknown; count?: unknown };
    // The last has no bound, which JSON has no number for.
    const bound = typeof le === "number" ? le : Infinity;
    series.buckets.set(bound, (series.buckets.get(bound) ?? 0) + numberIn(count));
  }
}

function cumulative(buckets: ReadonlyMap<number, number>): { le: number; count: number }[] {
  let count = 0;
  return [...buckets]
    .sort(([a], [b]) => a - b)
    .map(([le, each]) => {
      count += each;
      return { le, count };
    });
}

function labelsOf(value: unknown): Record<string, string> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return {};
  return Object.fromEntries(
    Object.entries(value).map(([name, label]) => [name, typeof label === "string" ? label : JSON.stringify(label)]),
  );
}

function numberIn(value: unknown): number {
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}

function isKind(value: unknown): value is MetricKind {
  return value === "counter" || value === "gauge" || value === "histogram" || value === "timer";
}
