// What `sys.setprofile` and `sys.settrace` cost where there is no `sys.monitoring`: the figures behind
// docs/decisions/0001-engine-per-interpreter.md.
import type { Bench, Part } from "../bench.ts";
import type { Measured, Table } from "../results.ts";
import { measureRounds } from "../rounds.ts";
import { workloadNames } from "./calls.ts";

const workloads = ["tiny", "five_keys", "four_fields", "json_parser"];
const modes = ["empty", "novalues", "values", "filtered"].flatMap((what) =>
  ["setprofile", "settrace"].map((hook) => ({ name: `${hook}, ${what}`, tracer: `engine-${hook}-${what}` })),
);

export const engines: Part = {
  name: "engines",
  says: "setprofile against settrace where there is no sys.monitoring",
  async run(bench) {
    const tables: Table[] = [];
    const old = bench.pythons.filter(({ minor }) => Number(minor.split(".")[1]) < 12);
    for (const python of bench.quick ? old.slice(-1) : old) {
      bench.log(python.version);
      tables.push(await measure(bench, python));
    }
    return tables;
  },
};

async function measure(bench: Bench, python: Bench["pythons"][number]): Promise<Table> {
  const columns: Measured[][] = [];
  for (const workload of workloads) {
    const times = bench.quick
      ? { rounds: 3, sliceMs: 20, warmMs: 50 }
      : { rounds: bench.rounds(5), sliceMs: 50, warmMs: 150 };
    const { costs } = await measureRounds({
      python: python.executable, scratch: bench.scratch, workload, modes, ...times,
    }); // prettier-ignore
    columns.push(costs);
  }
  return {
    id: `engines-${python.minor}`,
    title: `Hooks of the interpreter, CPython ${python.version}`,
    unit: "ns a call, over bare",
    columns: workloads.map((workload) => workloadNames[workload] ?? workload),
    rows: modes.map(({ name }, at) => ({ name, cells: columns.map((column) => column[at] ?? { missing: "" }) })),
  };
}
