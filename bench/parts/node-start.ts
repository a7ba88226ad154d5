// What recording adds to the start of a Node program that says hello: to the process, and as a whole command.
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { nodes, type Node } from "../../scripts/node-interpreters.ts";
import type { Bench, Part } from "../bench.ts";
import { demandRecorded, nodeFolder, startNodeRun } from "../node/recording.ts";
import { plainEnvironment } from "../recording.ts";
import type { Measured, Table } from "../results.ts";
import { measurePairs, startSpawner } from "../spawn.ts";

export const nodeStartColumn = "CommonJS, processor";

export const nodeStart: Part = {
  name: "node-start",
  says: "Node.js: what recording adds to the start of a program",
  async run(bench) {
    for (const name of ["hello.cjs", "hello.mjs"]) copyFileSync(join(nodeFolder, name), join(bench.scratch, name));
    const rows = [];
    for (const node of nodes().filter(({ major }) => !bench.quick || major === "20" || major === "24")) {
      bench.log(`Node ${node.version}`);
      rows.push({ name: `Node ${node.major}`, cells: await measure(bench, node) });
    }
    const table: Table = {
      id: "node-start",
      title: `Start of Node.js (${nodes().map(({ version }) => version).join(", ")})`, // prettier-ignore
      unit: "ms, over the same without Spoor",
      columns: [
        "CommonJS, wall",
        nodeStartColumn,
        "ES module, wall",
        "ES module, processor",
        "`spoor run node hello.cjs`, wall",
      ],
      rows,
      notes: [
        "The file itself is recorded, and its instrumentation comes from the cache. Processor time is that of all threads, of which V8 has several.",
      ],
    };
    return [table];
  },
};

async function measure(bench: Bench, { executable: node }: Node): Promise<Measured[]> {
  const { scratch, cli, pythons, quick } = bench;
  const python = pythons.at(-1)?.executable;
  if (python === undefined) return Array.from({ length: 5 }, () => ({ missing: "no Python to start programs with" }));
  await using spawner = startSpawner(python, scratch);
  using run = startNodeRun(node, { scratch, root: scratch, values: "default", change: { hot: 10_000 } });
  const rounds = quick ? 7 : bench.rounds(31);
  const env = plainEnvironment(scratch);
  const plain = (file: string) => ({ words: [node, join(scratch, file)], env, cwd: scratch });
  const recorded = (file: string) => ({ ...plain(file), env: run.env });
  const commonJs = await measurePairs(spawner, plain("hello.cjs"), recorded("hello.cjs"), rounds);
  demandRecorded(run.directory);
  const esModule = await measurePairs(spawner, plain("hello.mjs"), recorded("hello.mjs"), rounds);
  const words = [process.execPath, cli, "run", "--quiet", node, join(scratch, "hello.cjs")];
  const whole = { words, env: { ...env, SPOOR_CACHE: join(scratch, "cache") }, cwd: scratch };
  const command = await measurePairs(spawner, plain("hello.cjs"), whole, Math.ceil(rounds / 3));
  return [commonJs.wall, commonJs.cpu, esModule.wall, esModule.cpu, command.wall];
}
