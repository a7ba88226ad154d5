// What one recorded call costs the program, on every interpreter, for each level of values, beside other tracers.
import type { Bench, Part } from "../bench.ts";
import type { Measured, Table } from "../results.ts";
import { measureRounds, type Mode } from "../rounds.ts";

export const workloadNames: Readonly<Record<string, string>> = {
  tiny: "tiny function",
  five_keys: "dict of five keys",
  four_fields: "object of four fields",
  json_parser: "JSON parser",
  shop: "shop",
};
const quickWorkloads = ["tiny", "four_fields", "json_parser"];
const quickMinors = ["3.11", "3.12"];

const spoorModes: readonly Mode[] = [
  { name: "spoor, without values", spoor: { values: "none" } },
  { name: "spoor, values: shallow", spoor: { values: "shallow", throttled: true } },
  { name: "spoor, values: default", spoor: { values: "default", throttled: true } },
  { name: "spoor, values: default, every value in full", spoor: { values: "default" } },
  { name: "spoor, values: full", spoor: { values: "full" } },
  // The limit is passed while the worker warms up: what is measured is a call that is only counted.
  { name: "spoor, past the hot limit", spoor: { values: "default", change: { hot: 10 } } },
];
const peerModes: readonly Mode[] = [
  { name: "cProfile", tracer: "cprofile" },
  { name: "viztracer, without values", tracer: "viztracer" },
  { name: "viztracer, arguments and results", tracer: "viztracer-values" },
  { name: "hunter", tracer: "hunter", slow: true },
  { name: "breadcrumb", tracer: "breadcrumb", slow: true, only: ["tiny", "shop"] },
];
const quickModes = new Set(["without values", "default", "hot limit", "viztracer"]);

export const calls: Part = {
  name: "calls",
  says: "cost of a recorded call, by values, interpreter and program, beside peers",
  async run(bench) {
    const tables: Table[] = [];
    for (const python of bench.pythons) {
      if (bench.quick && !quickMinors.includes(python.minor)) continue;
      bench.log(python.version);
      tables.push(await measure(bench, python));
    }
    return tables;
  },
};

async function measure(bench: Bench, python: Bench["pythons"][number]): Promise<Table> {
  const peers = await bench.peers(python);
  const executable = "missing" in peers ? python.executable : peers.python;
  const all = [...spoorModes, ...("missing" in peers ? [] : peerModes)];
  const modes = bench.quick ? all.filter(({ name }) => [...quickModes].some((part) => name.includes(part))) : all;
  const workloads = bench.quick ? quickWorkloads : Object.keys(workloadNames);
  const columns: { bareNs: number; costs: Measured[] }[] = [];
  for (const workload of workloads) {
    const times = bench.quick
      ? { rounds: 3, sliceMs: 40, warmMs: 150 }
      : { rounds: bench.rounds(5), sliceMs: 80, warmMs: 300 };
    columns.push(await measureRounds({ python: executable, scratch: bench.scratch, workload, modes, ...times }));
  }
  return {
    id: `calls-${python.minor}`,
    title: `One call on CPython ${python.version}`,
    unit: "ns a call, over bare",
    columns: workloads.map((workload) => workloadNames[workload] ?? workload),
    rows: [
      { name: "bare (itself)", cells: columns.map(({ bareNs }) => bareNs) },
      ...modes.map(({ name }, at) => ({ name, cells: columns.map(({ costs }) => costs[at] ?? { missing: "" }) })),
    ],
    notes: "missing" in peers ? [`No peers: ${peers.missing}`] : [],
  };
}
