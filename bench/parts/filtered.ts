// What code costs that is not recorded, in a process where something is: nothing of it is in scope here.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Bench, Part } from "../bench.ts";
import type { Measured, Table } from "../results.ts";
import { measureRounds } from "../rounds.ts";
import { merge } from "../statistics.ts";
import { isDifference } from "../results.ts";

const quiet = { tiny: "tiny function", json_parser: "JSON parser" };
const raising = {
  through_filtered: "an exception through four frames",
  shop: "a call of the shop, some of which raise",
};

export const filtered: Part = {
  name: "filtered",
  says: "cost of code that is not recorded, and of exceptions that pass through it",
  async run(bench) {
    const tables: Table[] = [];
    const root = join(bench.scratch, "elsewhere");
    mkdirSync(root, { recursive: true });
    for (const python of bench.pythons.filter(({ minor }) => !bench.quick || minor === "3.12")) {
      bench.log(python.version);
      // Without sys.monitoring the ratio is nowhere near 1.
      const pairs = Number(python.minor.split(".")[1]) < 12 ? 1 : 5;
      tables.push({
        id: `filtered-${python.minor}`,
        title: `Code that is not recorded, CPython ${python.version}`,
        unit: "times bare",
        columns: Object.values(quiet),
        rows: [{ name: "spoor", cells: await measure(bench, python.executable, Object.keys(quiet), { root, pairs }) }],
      });
      tables.push({
        id: `filtered-exceptions-${python.minor}`,
        title: `Exceptions in code that is not recorded, CPython ${python.version}`,
        unit: "ns each, over bare",
        columns: Object.values(raising),
        rows: [
          { name: "spoor", cells: await measure(bench, python.executable, Object.keys(raising), { root, pairs: 1 }) },
        ],
      });
    }
    return tables;
  },
};

async function measure(
  bench: Bench,
  python: string,
  workloads: readonly string[],
  { root, pairs }: { root: string; pairs: number },
): Promise<Measured[]> {
  const cells: Measured[] = [];
  const modes = [{ name: "spoor", spoor: { values: "default" as const, root } }];
  const times = bench.quick ? { rounds: 5, sliceMs: 30, warmMs: 60 } : { rounds: 7, sliceMs: 40, warmMs: 100 };
  for (const workload of workloads) {
    // Where the system happens to put a process in memory makes it a few per cent faster or slower for its whole life, which
    // matters for a ratio near 1: several pairs of processes.
    const found: Measured[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      const { costs } = await measureRounds({ python, scratch: bench.scratch, workload, modes, ...times });
      found.push(costs[0] ?? { missing: "" });
    }
    const differences = found.filter(isDifference);
    cells.push(differences.length > 0 ? merge(differences) : (found[0] ?? { missing: "" }));
  }
  return cells;
}
