// How many bytes a recorded call takes: in the spool while the program runs, and in Parquet once it is sealed.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { runPaths } from "spoor/project/run-directory";
import type { ValuesLevel } from "spoor/project/settings";
import { sealRun } from "spoor/store/seal";
import type { Bench, Part } from "../bench.ts";
import { startLineProcess } from "../lines.ts";
import { pythonFolder, startRun } from "../recording.ts";
import type { Row, Table } from "../results.ts";
import { workloadNames } from "./calls.ts";

export const size: Part = {
  name: "size",
  says: "bytes of a call in the spool and in Parquet",
  async run(bench) {
    const python = bench.pythons.find(({ minor }) => minor === "3.12") ?? bench.pythons.at(-1);
    if (!python) return [];
    const workloads = Object.keys(workloadNames);
    const [spool, parquet]: [Row[], Row[]] = [[], []];
    for (const values of ["none", "shallow", "default", "full"] satisfies ValuesLevel[]) {
      bench.log(`values: ${values}`);
      const sizes = [];
      for (const workload of workloads) sizes.push(await measure(bench, python.executable, workload, values));
      spool.push({ name: `values: ${values}, spool`, cells: sizes.map((each) => each.spool) });
      parquet.push({ name: `values: ${values}, Parquet`, cells: sizes.map((each) => each.parquet) });
    }
    const table: Table = {
      id: "size",
      title: `Size of a call, CPython ${python.version}`,
      unit: "bytes a call",
      columns: workloads.map((workload) => workloadNames[workload] ?? workload),
      rows: [...spool, ...parquet],
      notes: [
        "Parquet is small where values repeat, as they do in these programs; a real program lies between the two.",
      ],
    };
    return [table];
  },
};

async function measure(bench: Bench, python: string, workload: string, values: ValuesLevel) {
  using run = startRun(python, { scratch: bench.scratch, values });
  const told = JSON.stringify({ workload, mode: "bare", warm_ms: bench.quick ? 100 : 400 });
  {
    const command = [python, join(pythonFolder, "worker.py"), told];
    await using worker = startLineProcess(command, { env: run.env, cwd: bench.scratch });
    await worker.next();
  }
  const paths = runPaths(run.directory);
  const spoolBytes = bytesBelow(paths.spool);
  await sealRun(run.directory, { final: true });
  const { counts } = JSON.parse(readFileSync(paths.manifest, "utf8")) as { counts: { calls: number } };
  return { spool: spoolBytes / counts.calls, parquet: bytesBelow(paths.segments) / counts.calls };
}

/** Of all files in a directory, however deep. */
export function bytesBelow(directory: string): number {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
