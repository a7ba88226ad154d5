// What a scrape reads, read by Prometheus' own client library for Python: names, types, labels and buckets come back as they were.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { pythonsOf, venvFor } from "../../../../scripts/python-environments.ts";
import { prometheusText } from "../../../src/doors/http/prometheus.ts";
import type { Health, MetricSeries } from "../../../src/live/live.ts";
import { simulatedAgent } from "../../live/simulated-agent.ts";
import { run, served, type Served } from "./served.ts";

let here: Served;
let python: string;
beforeAll(async () => {
  here = await served();
  const newest = pythonsOf("readers").at(-1);
  if (newest === undefined) throw new Error("no Python that is new enough");
  ({ python } = await venvFor(newest, "readers"));
});
afterAll(async () => {
  await here[Symbol.asyncDispose]();
});

interface Family {
  readonly type: string;
  readonly samples: readonly (readonly [
    name: string,
    labels: Readonly<Record<string, string>>,
    value: number | string,
  ])[];
}

const reading = `
import json, sys, math
from prometheus_client.parser import text_string_to_metric_families
families = list(text_string_to_metric_families(open(sys.argv[1], encoding="utf-8").read()))
value = lambda number: number if math.isfinite(number) else str(number)
print(json.dumps({family.name: {"type": family.type, "samples": [(s.name, s.labels, value(s.value)) for s in family.samples]} for family in families}))
`;

async function read(text: string): Promise<Record<string, Family>> {
  const file = join(here.daemon.base, "scraped.txt");
  writeFileSync(file, text);
  const { stdout, stderr } = await run(python, ["-I", "-c", reading, file], process.env, "/");
  if (stderr !== "") throw new Error(stderr);
  return JSON.parse(stdout) as Record<string, Family>;
}

const health = { processes: [], events: { received: 1, stored: 1, dropped: 0 } } as unknown as Health;
const series = (given: Partial<MetricSeries>): MetricSeries => ({
  probe: "m1",
  name: "orders",
  kind: "counter",
  labels: {},
  samples: 3,
  sum: 4.5,
  last: 2,
  buckets: [],
  ...given,
});

test("values of labels are escaped, and no line of theirs is one of ours", async () => {
  const hostile = 'a"b\\c\nd} 1\n# TYPE x counter\n\u{1f600}';
  const text = prometheusText({ series: [series({ labels: { route: hostile, "e'il\n": "x" } })], probes: [], health });
  const families = await read(text);
  expect(families["orders"]).toEqual({
    type: "counter",
    // That library calls every counter so.
    samples: [["orders_total", { probe: "m1", route: hostile, e_il_: "x" }, 4.5]],
  });
  expect(Object.keys(families).sort()).toEqual(["orders", "spoor_events", "spoor_processes"]);
});

test("histograms and timers have cumulative buckets, gauges their last value, and one name one type", async () => {
  const buckets = [
    { le: 0.5, count: 1 },
    { le: 10, count: 2 },
  ];
  const families = await read(
    prometheusText({
      series: [
        series({ name: "sizes", kind: "histogram", buckets }),
        series({ probe: "m2", name: "sizes", kind: "timer", buckets, samples: 5 }),
        series({ probe: "m3", name: "sizes", kind: "gauge", last: Number.NaN }),
        series({ probe: "m4", name: "level", kind: "gauge", last: Number.POSITIVE_INFINITY }),
        series({ probe: "m5", name: "spoor_events_total", sum: 1e21 }),
      ],
      probes: [],
      health,
    }),
  );
  expect(families["sizes"]?.type).toBe("histogram");
  expect(families["sizes"]?.samples.slice(0, 5)).toEqual([
    ["sizes_bucket", { probe: "m1", le: "0.5" }, 1],
    ["sizes_bucket", { probe: "m1", le: "10" }, 2],
    ["sizes_bucket", { probe: "m1", le: "+Inf" }, 3],
    ["sizes_sum", { probe: "m1" }, 4.5],
    ["sizes_count", { probe: "m1" }, 3],
  ]);
  expect(families["sizes_gauge"]?.samples).toEqual([["sizes_gauge", { probe: "m3" }, "nan"]]);
  expect(families["level"]?.samples).toEqual([["level", { probe: "m4" }, "inf"]]);
  expect(families["spoor_events"]?.samples).toHaveLength(4);
  expect(Object.values(families).flatMap(({ samples }) => samples)).toContainEqual([
    "_spoor_events_total",
    { probe: "m5" },
    1e21,
  ]);
});

test("the daemon's totals are those of its agents", async () => {
  const made = await here.ask("/metrics", {
    method: "POST",
    body: { file: "a.py", line: 1, name: "seen", labels: ["route=path"] },
  });
  const probeId = String(made.json["id"]);
  const agent = simulatedAgent({ socket: here.daemon.places.agentsSocket, root: here.daemon.project });
  await agent.says("welcome");
  for (const [samples, sum] of [
    [2, 2],
    [3, 30],
  ]) {
    const payload = {
      probeId,
      probeType: "metric",
      file: "/a.py",
      line: 1,
      function: "f",
      tags: [],
      metric: "seen",
      kind: "counter",
    };
    const gathered = { labels: { route: "/pay" }, samples: samples ?? 0, sum: sum ?? 0, min: 1, max: 20, last: 1 };
    agent.put({ name: "probe.hit.metric", time: Date.now(), payload: { ...payload, ...gathered } });
  }
  await agent.allStored();
  const { text, headers } = await here.ask("/metrics/prometheus");
  expect(headers["content-type"]).toBe("text/plain; version=0.0.4; charset=utf-8");
  const families = await read(text);
  expect(families["seen"]?.samples).toEqual([["seen_total", { probe: probeId, route: "/pay" }, 32]]);
  expect(families["spoor_processes"]?.samples).toHaveLength(2);
  expect(families["spoor_probe_hits"]?.samples).toHaveLength(4);
  agent.vanish();
});
