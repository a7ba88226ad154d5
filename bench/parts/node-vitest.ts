// What recording adds to a vitest project: the wall time of `vitest run`, bare and recorded in turns.
import { cpSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { packagesOf } from "../../scripts/node-packages.ts";
import type { Node } from "../../scripts/node-interpreters.ts";
import type { Bench, Part } from "../bench.ts";
import { copyProject, demandRecorded, startNodeRun } from "../node/recording.ts";
import { plainEnvironment } from "../recording.ts";
import type { Measured, Table } from "../results.ts";
import { measurePairs, startSpawner } from "../spawn.ts";
import { measuredNodes } from "./node-calls.ts";

/** The folder with sources and tests stands this many times in the project. */
const copies = 4;

export const vitestColumn = "wall";

export const nodeVitest: Part = {
  name: "node-vitest",
  says: "Node.js: what recording adds to a vitest project",
  async run(bench) {
    const packages = await packagesOf("bench");
    const root = copyProject("vitest", bench.scratch);
    for (const folder of ["src", "tests"]) {
      for (let copy = 0; copy < copies; copy++) {
        cpSync(join(root, folder), join(root, "parts", String(copy), folder), { recursive: true });
      }
    }
    symlinkSync(packages, join(root, "node_modules"));
    const rows = [];
    for (const node of measuredNodes(bench)) {
      bench.log(`Node ${node.version}`);
      rows.push({ name: `Node ${node.major}`, cells: await measure(bench, node, root) });
    }
    const table: Table = {
      id: "node-vitest",
      title: "A vitest project",
      unit: "ms, over bare",
      columns: [vitestColumn, "processor"],
      rows,
      notes: [
        `${3 * (copies + 1)} files of tests, ${(copies + 1) * 108} tests, in vitest's own processes; instrumentations come from the cache.`,
      ],
    };
    return [table];
  },
};

async function measure(bench: Bench, { executable: node }: Node, root: string): Promise<Measured[]> {
  const { scratch, pythons, quick, rounds } = bench;
  await using spawner = startSpawner(pythons.at(-1)?.executable ?? "python3", scratch);
  using run = startNodeRun(node, { scratch, root, values: "default", change: { hot: 10_000 } });
  const words = [node, join(root, "node_modules/vitest/vitest.mjs"), "run", "--reporter=dot"];
  const plain = { words, env: plainEnvironment(scratch), cwd: root };
  const { wall, cpu } = await measurePairs(spawner, plain, { ...plain, env: run.env }, quick ? 2 : rounds(9));
  demandRecorded(run.directory);
  return [wall, cpu];
}
