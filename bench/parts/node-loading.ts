// What recording adds to the loading of code: milliseconds a megabyte of source that is brought before the module loader, cold and
// from the cache of instrumentations, the whole of what the recorder does to a file before V8 has it; and programs that load their
// libraries, with the libraries recorded too.
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packagesOf } from "../../scripts/node-packages.ts";
import type { Node } from "../../scripts/node-interpreters.ts";
import type { Bench, Part } from "../bench.ts";
import { demandRecorded, nodeFolder, startNodeRun } from "../node/recording.ts";
import { plainEnvironment } from "../recording.ts";
import type { Row } from "../results.ts";
import { runOnce, startSpawner } from "../spawn.ts";
import { compare, median } from "../statistics.ts";
import { measuredNodes } from "./node-calls.ts";

/** Libraries that are published as they were written, or as `tsc` made them: about as programs of users are. */
const libraries = [
  "fastify/lib", "express/lib", "ajv/dist", "pino/lib", "avvio/lib", "find-my-way/lib", "light-my-request/lib", "router/lib",
  "body-parser/lib", "send", "semver", "yaml/dist", "appmap-node/dist",
]; // prettier-ignore

export const coldRow = "cold";
export const cachedRow = "from the cache";
export const bareRow = "without the recorder: making the modules, reading the sources";
export const leastColumn = (major: string): string => `Node ${major}, least`;

export const nodeLoading: Part = {
  name: "node-loading",
  says: "Node.js: what recording adds to the loading of code, cold and from the cache",
  async run(bench) {
    const packages = await packagesOf("bench");
    const { files, megabytes } = copyFiles(packages, bench.scratch);
    const [cold, cached, read]: [number[], number[], number[]] = [[], [], []];
    const columns: string[] = [];
    const whole: Row[] = [];
    for (const node of measuredNodes({ ...bench, quick: false })) {
      bench.log(`Node ${node.version}`);
      const took = await loadFiles(bench, node, files);
      for (const [rows, ns] of [
        [cold, took.cold],
        [cached, took.cached],
        [read, took.read],
      ] as const) {
        const perMegabyte = ns.map((each) => each / 1e6 / megabytes);
        rows.push(Math.min(...perMegabyte), median(perMegabyte));
      }
      columns.push(leastColumn(node.major), `Node ${node.major}, median`);
      whole.push(...(await loadPrograms(bench, node, packages)));
    }
    return [
      {
        id: "node-loading",
        title: "Loading code in Node.js",
        unit: "ms of the thread's processor time a megabyte",
        columns,
        rows: [
          { name: coldRow, cells: cold },
          { name: cachedRow, cells: cached },
          { name: bareRow, cells: read },
        ],
        notes: [
          `${files.length} CommonJS files of libraries, ${megabytes.toFixed(2)} MB, each process anew: reading them, looking for their instrumentation, parsing and writing the cache where there is none, putting it in, telling the runtime. What V8 takes to compile is not in it; what Node takes to make the modules and read the sources is, and is the last row.`,
        ],
      },
      {
        id: "node-loading-programs",
        title: "Programs that load their libraries, which are recorded too",
        unit: "ms of processor time, over bare",
        columns: [coldRow, cachedRow],
        rows: whole,
        notes: [
          "Whole processes, with the start of the recorder, V8's compilation of what was put in, and the calls that the libraries make while they are loaded.",
        ],
      },
    ];
  },
};

function copyFiles(packages: string, scratch: string): { files: string[]; megabytes: number } {
  const folder = join(scratch, "projects/files");
  const files: string[] = [];
  for (const name of libraries) {
    const source = join(packages, name);
    const target = join(folder, name);
    if (!existsSync(source)) continue;
    cpSync(source, target, {
      recursive: true,
      filter: (path) => !path.slice(source.length).includes("/node_modules/"),
    });
    for (const path of readdirSync(target, { recursive: true, encoding: "utf8" })) {
      if (/\.c?js$/.test(path) && !path.includes("test")) files.push(join(target, path));
    }
  }
  const bytes = files.reduce((sum, file) => sum + statSync(file).size, 0);
  return { files: files.sort(), megabytes: bytes / 1e6 };
}

/** Nanoseconds of all files, a process for each round. */
async function loadFiles(bench: Bench, { executable: node }: Node, files: readonly string[]) {
  const { scratch, pythons, quick, rounds } = bench;
  const root = join(scratch, "projects/files");
  const cache = join(scratch, "loading-cache");
  await using spawner = startSpawner(pythons.at(-1)?.executable ?? "python3", scratch);
  const list = join(scratch, "files.txt");
  writeFileSync(list, files.join("\n"));
  const words = [node, join(nodeFolder, "load-files.cjs"), list];
  const once = async () => {
    using run = startNodeRun(node, { scratch, root, values: "default", cache });
    const { tail } = await runOnce(spawner, { words, env: run.env, cwd: scratch });
    demandRecorded(run.directory);
    return Number(tail);
  };
  const bare = { words: [...words, "read"], env: plainEnvironment(scratch), cwd: scratch };
  const took = { cold: [] as number[], cached: [] as number[], read: [] as number[] };
  for (let round = 0; round < (quick ? 3 : rounds(9)); round++) {
    rmSync(cache, { recursive: true, force: true });
    took.cold.push(await once());
    took.cached.push(await once());
    took.read.push(Number((await runOnce(spawner, bare)).tail));
  }
  return took;
}

const programs = ["fastify", "express", "zod"];

async function loadPrograms(bench: Bench, { executable: node, major }: Node, packages: string): Promise<Row[]> {
  const { scratch, pythons, quick, rounds } = bench;
  const root = join(scratch, "projects/whole");
  const cache = join(scratch, "loading-cache");
  mkdirSync(root, { recursive: true });
  rmSync(join(root, "node_modules"), { force: true });
  symlinkSync(packages, join(root, "node_modules"));
  await using spawner = startSpawner(pythons.at(-1)?.executable ?? "python3", scratch);
  const rows: Row[] = [];
  for (const name of programs) {
    writeFileSync(join(root, `${name}.cjs`), `require("${name}");\n`);
    const plain = { words: [node, join(root, `${name}.cjs`)], env: plainEnvironment(scratch), cwd: root };
    using run = startNodeRun(node, { scratch, root, values: "default", cache, change: { include: ["*"] } });
    const ms = async (env: NodeJS.ProcessEnv) => (await runOnce(spawner, { ...plain, env })).cpu_ns / 1e6;
    const [bare, cold, cached]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < (quick ? 3 : rounds(9)); round++) {
      bare.push(await ms(plain.env));
      rmSync(cache, { recursive: true, force: true });
      cold.push(await ms(run.env));
      cached.push(await ms(run.env));
    }
    demandRecorded(run.directory);
    rows.push({ name: `require("${name}"), Node ${major}`, cells: [compare(bare, cold), compare(bare, cached)] });
  }
  return rows;
}
