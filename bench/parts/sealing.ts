// How fast a spool becomes Parquet, by a generated program of nested calls with values, exceptions and generators.
import { cpuUsage } from "node:process";
import { runPaths } from "spoor/project/run-directory";
import { sealRun } from "spoor/store/seal";
import type { Bench, Part } from "../bench.ts";
import { startRun } from "../recording.ts";
import type { Measured, Row, Table } from "../results.ts";
import { generateSpool } from "../spool-generator.ts";
import { median } from "../statistics.ts";
import { bytesBelow } from "./size.ts";

export const sealing: Part = {
  name: "sealing",
  says: "calls sealed a second",
  async run(bench) {
    const sizes = bench.quick ? [300_000] : [1_000_000, 3_000_000];
    const rows: Row[] = [];
    for (const size of sizes) {
      bench.log(`${size} calls`);
      rows.push({ name: `${size.toLocaleString("en-GB")} calls`, cells: await measure(bench, size) });
    }
    const table: Table = {
      id: "sealing",
      title: "Sealing",
      unit: "the unit of each column",
      columns: ["calls a second", "seconds", "processor seconds", "MB of spool", "MB of Parquet"],
      rows,
      notes: ["Median of three seals (one above a million calls); the spool was written just before and is in memory."],
    };
    return [table];
  },
};

async function measure(bench: Bench, calls: number): Promise<Measured[]> {
  const [seconds, processor]: [number[], number[]] = [[], []];
  let [spoolBytes, parquetBytes] = [0, 0];
  for (let round = 0; round < (calls > 1_000_000 ? 1 : 3); round++) {
    using run = startRun("python3", { scratch: bench.scratch, values: "default" });
    const paths = runPaths(run.directory);
    spoolBytes = generateSpool(paths.spool, { calls }).bytes;
    const used = cpuUsage();
    const startedMs = performance.now();
    await sealRun(run.directory, { final: true });
    seconds.push((performance.now() - startedMs) / 1000);
    const { user, system } = cpuUsage(used);
    processor.push((user + system) / 1e6);
    parquetBytes = bytesBelow(paths.segments);
  }
  const took = median(seconds);
  return [Math.round(calls / took), took, median(processor), spoolBytes / 1e6, parquetBytes / 1e6];
}
