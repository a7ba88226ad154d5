// What a hit of a live probe costs in Python, beside debugpy's logpoints in the same run, and what code without a probe pays.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { findPythonAgent } from "spoor/recording/injection";
import type { Bench, Part } from "../bench.ts";
import { plainEnvironment, pythonFolder } from "../recording.ts";
import type { Measured, Row, Table } from "../results.ts";

export const ownRow = "spoor, pure Python";
const columns = [
  "false condition",
  "snapshot, five variables",
  "snapshot and 20 frames",
  "logpoint, one variable",
  "metric",
  "beyond the rate",
  "other lines of the function",
  "other functions",
  "asleep again",
];

export const probes: Part = {
  name: "probes",
  says: "a hit of a live probe in Python, beside debugpy",
  async run(bench) {
    const tables: Table[] = [];
    for (const python of bench.pythons.filter(({ minor }) => !bench.quick || minor === "3.12" || minor === "3.13")) {
      bench.log(python.version);
      const rounds = String(bench.quick ? 5 : bench.rounds(21));
      const own = await figures(bench, python.executable, "probes.py", [rounds]);
      const rows: Row[] = [row(ownRow, own)];
      const found = await bench.peers(python);
      const peer = "missing" in found ? found : await figures(bench, found.python, "debugpy_hits.py", []);
      rows.push(row("debugpy", peer));
      tables.push({
        id: `probes-${python.minor}`,
        title: `A hit of a live probe, CPython ${python.version}`,
        unit: "ns of processor time of the thread, over bare",
        columns,
        rows,
        notes: [
          "The same function in both: five arguments, six variables. debugpy's adapter, a process of its own, is not in its figures.",
        ],
      });
    }
    return tables;
  },
};

type Figures = Readonly<Record<string, number>> | { readonly missing: string };

function row(name: string, found: Figures): Row {
  return { name, cells: columns.map((column) => cell(found, column)) };
}

function cell(found: Figures, column: string): Measured {
  if ("missing" in found && typeof found.missing === "string") return { missing: found.missing };
  const figure = (found as Readonly<Record<string, number>>)[column];
  return figure ?? { missing: "not measured" };
}

async function figures(bench: Bench, python: string, script: string, words: readonly string[]): Promise<Figures> {
  const env = { ...plainEnvironment(bench.scratch), SPOOR_SOURCES: join(findPythonAgent(), "..") };
  try {
    const command = ["-X", "frozen_modules=off", join(pythonFolder, script), ...words];
    const { stdout } = await promisify(execFile)(python, command, { env, timeout: 300_000 });
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Readonly<Record<string, number>>;
  } catch (error) {
    return { missing: error instanceof Error ? (error.message.split("\n").at(-1) ?? "failed") : "failed" };
  }
}
