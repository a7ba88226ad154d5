// What recording costs a small server: processor time of a request, fastify's and express's hello, beside other tools. What
// sends the requests is a process of its own, and what is counted is the server's.
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { packagesOf } from "../../scripts/node-packages.ts";
import type { Node } from "../../scripts/node-interpreters.ts";
import type { Bench, Part } from "../bench.ts";
import { startLineProcess, type LineProcess } from "../lines.ts";
import { prepare, type NodeMode } from "../node/contenders.ts";
import { copyProject, nodeFolder } from "../node/recording.ts";
import { plainEnvironment } from "../recording.ts";
import type { Measured, Table } from "../results.ts";
import { takeTurns, type Contender, type Took } from "../turns.ts";
import { measuredNodes, nodeRows } from "./node-calls.ts";

const paths = ["ada", "grace", "linus", "barbara"].map((name) => `/hello/${name}`);
export const serverNames = { fastify: "fastify hello", express: "express hello" } as const;
export type ServerName = keyof typeof serverNames;

/** As users get it, but for the limit of full records, which a server that runs for long is past. */
const modes: readonly NodeMode[] = [
  { name: nodeRows.usual, tool: { by: "spoor", recording: { values: "default" } } },
  { name: nodeRows.none, tool: { by: "spoor", recording: { values: "none" } } },
  {
    name: nodeRows.counted,
    tool: { by: "spoor", recording: { values: "default", change: { hot: 10 } }, writesNothing: true },
  },
  { name: nodeRows.appmap, tool: { by: "appmap-node" }, slow: true },
  { name: nodeRows.profiler, tool: { by: "cpu-prof" } },
];

interface Loaded {
  readonly node: Node;
  readonly packages: string;
  /** The folder with the servers. */
  readonly root: string;
  readonly load: LineProcess;
  readonly bench: Bench;
}

export const nodeServers: Part = {
  name: "node-servers",
  says: "Node.js: processor time of a request to a recorded server",
  async run(bench) {
    const packages = await packagesOf("bench");
    const root = copyProject("servers", bench.scratch);
    symlinkSync(packages, join(root, "node_modules"));
    const tables: Table[] = [];
    for (const node of measuredNodes(bench)) {
      bench.log(`Node ${node.version}`);
      const env = plainEnvironment(bench.scratch);
      await using load = startLineProcess([process.execPath, join(nodeFolder, "load.cjs")], {
        env,
        cwd: bench.scratch,
      });
      tables.push(await measure({ node, packages, root, load, bench }));
    }
    return tables;
  },
};

async function measure(loaded: Loaded): Promise<Table> {
  const { node, bench } = loaded;
  const names = bench.quick ? (["fastify"] as const) : (Object.keys(serverNames) as ServerName[]);
  const columns: { bareNs: number; costs: Measured[] }[] = [];
  for (const name of names) {
    bench.log(`  ${serverNames[name]}`);
    const servers: Contender[] = [];
    try {
      const bare = await startServer(loaded, name, null);
      servers.push(bare);
      for (const mode of modes) servers.push(await startServer(loaded, name, mode));
      columns.push(await takeTurns(bare, servers.slice(1), bench.quick ? 3 : bench.rounds(9)));
    } finally {
      await Promise.all(servers.map((server) => server[Symbol.asyncDispose]()));
    }
  }
  return {
    id: `node-servers-${node.major}`,
    title: `Servers, Node ${node.version}`,
    unit: "µs of processor time a request, over bare",
    columns: names.map((name) => serverNames[name]),
    rows: [
      { name: nodeRows.bare, cells: columns.map(({ bareNs }) => bareNs) },
      ...modes.map(({ name }, at) => ({ name, cells: columns.map(({ costs }) => costs[at] ?? { missing: "" }) })),
    ],
    notes: [
      "All threads of the server's process. Eight recorded calls a request, two of which are given the framework's objects; every one is recorded but in the row that says otherwise.",
    ],
  };
}

async function startServer(loaded: Loaded, name: ServerName, mode: NodeMode | null): Promise<Contender> {
  const { node, packages, root, load, bench } = loaded;
  const { scratch, quick } = bench;
  const prepared = prepare(mode?.tool ?? null, { node: node.executable, scratch, packages, root });
  const { words, env, cwd } = prepared;
  const server = startLineProcess([...words, join(nodeFolder, "server.cjs"), join(root, `${name}.cjs`)], { env, cwd });
  const isSlow = mode?.slow ?? false;
  const [batches, requests] = isSlow ? [2, 200] : quick ? [3, 500] : [4, 1000];
  let port = 0;
  const batch = async (): Promise<number> => {
    const before = (await server.ask("")) as { ns: number };
    await load.ask(JSON.stringify({ port, requests, connections: 16, paths }));
    const after = (await server.ask("")) as { ns: number };
    return (after.ns - before.ns) / requests / 1000;
  };
  const measure = async (): Promise<Took> => {
    const took: number[] = [];
    for (let at = 0; at < batches; at++) took.push(await batch());
    return { ns: took.reduce((sum, each) => sum + each, 0) / batches, best: Math.min(...took) };
  };
  const end = async () => {
    await server[Symbol.asyncDispose]();
    prepared[Symbol.dispose]();
  };
  const contender = { process: server, measure, slow: isSlow, [Symbol.asyncDispose]: end };
  try {
    ({ port } = (await server.next()) as { port: number });
    for (let warm = 0; warm < (isSlow ? 1 : quick ? 4 : 10); warm++) await batch();
    return { ...contender, missing: null };
  } catch (error) {
    if (mode === null) throw error;
    return { ...contender, missing: (error as Error).message.trim().split("\n").at(-1) ?? "it ended" };
  }
}
