// What code costs that is not recorded, in a process where something is: nothing of it is in scope here.
import { execFile } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { findPythonAgent } from "spoor/recording/injection";
import type { Bench, Part } from "../bench.ts";
import { cacheBase, withoutNative } from "../native.ts";
import { type Core, plainEnvironment, pythonFolder } from "../recording.ts";
import type { Measured, Row, Table } from "../results.ts";
import { measureRounds } from "../rounds.ts";
import { compare } from "../statistics.ts";

const quiet = { tiny: "tiny function", fib: "fib(20)", json_parser: "JSON parser", richards: "Richards" };
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
      const monitoring = Number(python.minor.split(".")[1]) >= 12;
      const rows = monitoring
        ? await measureInTurns(bench, python.executable, root)
        : [{ name: "spoor", cells: await measure(bench, python.executable, Object.keys(quiet), root) }];
      tables.push({
        id: `filtered-${python.minor}`,
        title: `Code that is not recorded, CPython ${python.version}`,
        unit: "times bare",
        columns: Object.values(quiet),
        rows,
        ...(monitoring ? { notes } : {}),
      });
      tables.push({
        id: `filtered-exceptions-${python.minor}`,
        title: `Exceptions in code that is not recorded, CPython ${python.version}`,
        unit: "ns each, over bare",
        columns: Object.values(raising),
        rows: [{ name: "spoor", cells: await measure(bench, python.executable, Object.keys(raising), root) }],
      });
    }
    return tables;
  },
};

export const emptyTool = "a tool that asks for nothing";

const notes = [
  [
    "The same process in turns, each with the program loaded anew. CPython 3.12 takes the instructions that stand for two",
    "(`LOAD_FAST__LOAD_FAST`) out of all code as soon as any tool asks `sys.monitoring` for an event of all code, which the tool that asks",
    "for nothing shows; 3.13 does not.",
  ].join(" "),
];

async function measureInTurns(bench: Bench, python: string, project: string): Promise<Row[]> {
  const rounds = bench.quick ? 7 : bench.rounds(31);
  const cells = new Map<string, Measured[]>();
  for (const workload of Object.keys(quiet)) {
    for (const core of ["native", "python"] as const) {
      const row = `spoor, ${core} core`;
      const missing = core === "native" ? withoutNative(python) : null;
      if (missing !== null) {
        cells.set(row, [...(cells.get(row) ?? []), { missing }]);
        continue;
      }
      const { bare, empty, recorded } = await takeTurns(bench, python, { workload, core, project, rounds });
      cells.set(row, [...(cells.get(row) ?? []), compare(bare, recorded)]);
      if (core === "python") cells.set(emptyTool, [...(cells.get(emptyTool) ?? []), compare(bare, empty)]);
    }
  }
  return [...cells].map(([name, found]) => ({ name, cells: found }));
}

interface Turns {
  readonly workload: string;
  readonly core: Core;
  readonly project: string;
  readonly rounds: number;
}

async function takeTurns({ scratch }: Bench, python: string, { workload, core, project, rounds }: Turns) {
  const agent = join(findPythonAgent(), "..");
  const told = JSON.stringify({ workload, agent, project, settings: { core }, rounds, slice_ms: 40 });
  const env = { ...plainEnvironment(scratch), SPOOR_CACHE: cacheBase };
  const ran = await promisify(execFile)(python, [join(pythonFolder, "turns.py"), told], { env, cwd: scratch });
  return JSON.parse(ran.stdout) as { bare: number[]; empty: number[]; recorded: number[] };
}

async function measure(bench: Bench, python: string, workloads: readonly string[], root: string): Promise<Measured[]> {
  const cells: Measured[] = [];
  const modes = [{ name: "spoor", spoor: { values: "default" as const, root } }];
  const times = bench.quick
    ? { rounds: 5, sliceMs: 30, warmMs: 60 }
    : { rounds: bench.rounds(7), sliceMs: 40, warmMs: 100 };
  for (const workload of workloads) {
    const { costs } = await measureRounds({ python, scratch: bench.scratch, workload, modes, ...times });
    cells.push(costs[0] ?? { missing: "" });
  }
  return cells;
}
