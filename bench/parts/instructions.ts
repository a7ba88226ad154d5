// What one recorded call executes, in instructions, beside other tools: the same on any machine and under any load, and so
// the figure to compare commits by. Counted by callgrind in user mode, in one process for each tool.
import type { Bench, Part } from "../bench.ts";
import { countInstructions, type Counting, NotCounted, type Repeated, withoutValgrind } from "../callgrind.ts";
import { makeProject } from "../project.ts";
import type { Measured, Table } from "../results.ts";
import { countUnits } from "../rounds.ts";
import {
  inFullRow,
  peerWorkloads,
  pythonsWithMonitoring,
  spoorRow,
  viztracerRow,
  viztracerValuesRow,
} from "./peers.ts";

/** Of each workload as many runs as make some thousand calls; callgrind is fifty times slower than the processor. */
const runs: Readonly<Record<string, number>> = {
  tiny: 12, takes_text: 20, takes_dict: 12, takes_list: 12, takes_object: 12, takes_all: 20, fib: 1,
  json_parser: 6, differing: 2, richards: 1, deltablue: 1, tasks: 8, flask_request: 4,
}; // prettier-ignore
const quickWorkloads = ["tiny", "takes_all", "json_parser"];

type Counted = Pick<Counting, "spoor" | "tracer"> & { readonly name: string; readonly needsPeers?: boolean };

/** As it is after a thousand calls of a function, which so few runs do not make. */
const thrifty = { change: { hotValues: 0 } };

const modes: readonly Counted[] = [
  ...(["none", "shallow", "default", "full"] as const).map((values): Counted => ({
    name: spoorRow("native", values),
    spoor: { core: "native", values, ...thrifty },
  })),
  { name: inFullRow("native"), spoor: { core: "native", values: "default" } },
  ...(["none", "default"] as const).map((values): Counted => ({
    name: spoorRow("python", values),
    spoor: { core: "python", values, ...thrifty },
  })),
  { name: inFullRow("python"), spoor: { core: "python", values: "default" } },
  { name: "cProfile", tracer: "cprofile" },
  { name: viztracerRow, tracer: "viztracer", needsPeers: true },
  { name: viztracerValuesRow, tracer: "viztracer-values", needsPeers: true },
];
const quickModes = new Set([
  spoorRow("native", "none"),
  spoorRow("native", "default"),
  inFullRow("native"),
  viztracerRow,
]);

export const instructions: Part = {
  name: "instructions",
  says: "instructions of a recorded call beside other tools",
  async run(bench) {
    const without = withoutValgrind();
    if (without !== null) {
      bench.log(`not measured: ${without}`);
      return [];
    }
    const tables: Table[] = [];
    for (const python of pythonsWithMonitoring(bench)) {
      bench.log(python.version);
      tables.push(await measure(bench, python));
    }
    return tables;
  },
};

async function measure(bench: Bench, python: Bench["pythons"][number]): Promise<Table> {
  const environment = await bench.peers(python);
  const alone = "missing" in environment;
  const executable = alone ? python.executable : environment.python;
  const folder = makeProject(python.executable, bench.scratch, python.minor);
  const names = Object.keys(runs).filter((name) =>
    bench.quick ? quickWorkloads.includes(name) : !alone || name !== "flask_request",
  );
  const workloads = names.map((name): Repeated => {
    const counted = runs[name] ?? 1;
    return { name, warm: Math.ceil(counted / 4), runs: counted };
  });
  const request = { python: executable, scratch: bench.scratch, folder, workloads };
  const units = new Map<string, number>();
  for (const workload of names) units.set(workload, await countUnits({ ...request, workload }));
  const bare = await countInstructions(request);
  const perUnit = (name: string, count: number) => Math.round(count / (units.get(name) ?? Number.NaN));
  const rows = [{ name: "bare (itself)", cells: names.map((name): Measured => perUnit(name, bare.get(name) ?? 0)) }];
  for (const { name: row, needsPeers, ...mode } of modes) {
    if ((bench.quick && !quickModes.has(row)) || (needsPeers && alone)) continue;
    bench.log(`  ${row}`);
    try {
      const counts = await countInstructions({ ...request, ...mode });
      const more = (name: string) => (counts.get(name) ?? Number.NaN) - (bare.get(name) ?? Number.NaN);
      rows.push({ name: row, cells: names.map((name) => perUnit(name, more(name))) });
    } catch (error) {
      if (!(error instanceof NotCounted)) throw error;
      rows.push({ name: row, cells: names.map(() => ({ missing: error.message })) });
    }
  }
  return {
    id: `instructions-${python.minor}`,
    title: `Instructions beside other tools, CPython ${python.version}`,
    unit: "instructions of user mode a call and its return, over bare",
    columns: names.map((name) => peerWorkloads[name] ?? name),
    rows,
    notes: [
      "Counted by valgrind's callgrind. What the kernel does for a tool (pages of a file that it writes) is not in it. Values are those of functions that were called a thousand times before, but where it says in full.",
    ],
  };
}
