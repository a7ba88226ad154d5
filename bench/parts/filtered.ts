// What code costs that is not recorded, in a process where something is: nothing of it is in scope here.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Bench, Part } from "../bench.ts";
import type { Table } from "../results.ts";
import { measureRounds } from "../rounds.ts";
import { workloadNames } from "./calls.ts";

const programs = ["tiny", "json_parser", "shop"];

export const filtered: Part = {
  name: "filtered",
  says: "cost of code that is not recorded, and of exceptions that pass through it",
  async run(bench) {
    const tables: Table[] = [];
    const elsewhere = join(bench.scratch, "elsewhere");
    mkdirSync(elsewhere, { recursive: true });
    for (const python of bench.pythons.filter(({ minor }) => !bench.quick || minor === "3.12")) {
      bench.log(python.version);
      tables.push({
        id: `filtered-${python.minor}`,
        title: `Code that is not recorded, CPython ${python.version}`,
        unit: "times bare",
        columns: programs.map((program) => workloadNames[program] ?? program),
        rows: [await measure(bench, python.executable, programs, elsewhere)],
      });
      tables.push({
        id: `filtered-exceptions-${python.minor}`,
        title: `Exceptions in code that is not recorded, CPython ${python.version}`,
        unit: "ns an exception through four frames, over bare",
        columns: ["raised, passed through four frames, caught"],
        rows: [await measure(bench, python.executable, ["through_filtered"], elsewhere)],
      });
    }
    return tables;
  },
};

async function measure(bench: Bench, python: string, workloads: readonly string[], root: string) {
  const cells = [];
  const modes = [{ name: "spoor", spoor: { values: "default" as const, root } }];
  for (const workload of workloads) {
    // A ratio near 1 asks for many rounds.
    const times = bench.quick ? { rounds: 7, sliceMs: 40, warmMs: 60 } : { rounds: 21, sliceMs: 40, warmMs: 100 };
    const { costs } = await measureRounds({ python, scratch: bench.scratch, workload, modes, ...times });
    cells.push(costs[0] ?? { missing: "" });
  }
  return { name: "spoor", cells };
}
