// What the other things cost that a recorder has to follow: suspensions, exceptions, and calls of what is not recorded.
import type { Bench, Part } from "../bench.ts";
import type { Row, Table } from "../results.ts";
import { measureRounds, type Mode } from "../rounds.ts";

const plain: readonly Mode[] = [
  { name: "spoor, without values", spoor: { values: "none" } },
  { name: "spoor, values: default", spoor: { values: "default" } },
];
/** A site stops being counted after `gapCalls` calls; before that every call is told. */
const gaps: readonly Mode[] = [
  { name: "spoor, each call counted", spoor: { values: "none", change: { gapCalls: 1_000_000_000 } } },
  { name: "spoor, past 1,000 calls of a site", spoor: { values: "none" } },
];

const programs: readonly { workload: string; name: string; modes: readonly Mode[] }[] = [
  { workload: "generator", name: "one yield and resume", modes: plain },
  { workload: "awaiting", name: "one await that suspends two coroutines", modes: plain },
  { workload: "raising", name: "one call that raises, caught by its caller", modes: plain },
  { workload: "native_gap", name: "one call of a native function (gap)", modes: gaps },
  { workload: "python_gap", name: "one call of an unrecorded Python function (gap)", modes: gaps },
];

export const events: Part = {
  name: "events",
  says: "cost of yields, awaits, exceptions and gaps",
  async run(bench) {
    const pythons = bench.pythons.filter(({ minor }) => !bench.quick || minor === "3.12");
    const columns: Awaited<ReturnType<typeof measure>>[] = [];
    for (const python of pythons) {
      bench.log(python.version);
      columns.push(await measure(bench, python.executable));
    }
    const rows = (columns[0] ?? []).map(({ name }, at): Row => ({
      name,
      cells: columns.map((column) => column[at]?.cost ?? { missing: "" }),
    }));
    const table: Table = {
      id: "events",
      title: "Yields, awaits, exceptions and gaps",
      unit: "ns each, over bare",
      columns: pythons.map(({ version }) => version),
      rows,
    };
    return [table];
  },
};

async function measure(bench: Bench, python: string) {
  const rows = [];
  for (const { workload, name, modes } of programs) {
    const times = bench.quick
      ? { rounds: 3, sliceMs: 30, warmMs: 100 }
      : { rounds: bench.rounds(5), sliceMs: 60, warmMs: 250 };
    const { costs } = await measureRounds({ python, scratch: bench.scratch, workload, modes, ...times });
    rows.push(...modes.map((mode, at) => ({ name: `${name}: ${mode.name}`, cost: costs[at] })));
  }
  return rows;
}
