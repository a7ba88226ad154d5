// Measures one JavaScript workload under several modes, in rounds: a process for the bare program and one for each mode.
import { mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { runPaths } from "spoor/project/run-directory";
import { testNodeAgent } from "../../host/tests/bundle.ts";
import { startLineProcess, type LineProcess } from "../lines.ts";
import { plainEnvironment } from "../recording.ts";
import type { Measured } from "../results.ts";
import { takeTurns, type Contender, type Took } from "../turns.ts";
import {
  dropCompleteBlocks, nodeFolder, nodeWorkloads, settingsFor, startNodeRun, type NodeRecording,
} from "./recording.ts"; // prettier-ignore

/** How a tool gets into a program, or how Spoor does. */
export type NodeTool =
  | {
      readonly by: "spoor";
      readonly recording: Omit<NodeRecording, "scratch" | "root">;
      /** Nothing is recorded, by what the mode is: hooks do nothing, or only count. */
      readonly writesNothing?: true;
    }
  | { readonly by: "paused" }
  | { readonly by: "cpu-prof" }
  | { readonly by: "appmap-node" }
  | { readonly by: "njstrace" };

export interface NodeMode {
  readonly name: string;
  readonly tool: NodeTool;
  /** Takes microseconds a call and more: asked in every third round only. */
  readonly slow?: boolean;
}

export interface NodeRounds {
  readonly node: string;
  readonly scratch: string;
  /** `node_modules` with the peers. */
  readonly packages: string;
  readonly workload: string;
  readonly modes: readonly NodeMode[];
  readonly rounds: number;
  readonly sliceMs: number;
  readonly batchMs: number;
  readonly warmMs: number;
}

/** A command by which a program is started under a tool, and how to end what the tool needs. */
export interface Prepared extends Disposable {
  readonly words: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** The directory of its run, if Spoor records it. */
  readonly run: string | null;
}

/** `root` is the project: nothing else is recorded, by any tool that can be told so. */
export function prepare(
  tool: NodeTool | null,
  { node, scratch, packages, root }: Pick<NodeRounds, "node" | "scratch" | "packages"> & { readonly root: string },
): Prepared {
  const cwd = join(scratch, "cwd");
  mkdirSync(cwd, { recursive: true });
  const plain = { words: [node], env: plainEnvironment(scratch), cwd, run: null, [Symbol.dispose]: () => {} };
  switch (tool?.by) {
    case undefined:
    case "paused":
    case "njstrace":
      return plain;
    case "spoor": {
      const run = startNodeRun(node, { scratch, root, ...tool.recording });
      return { ...plain, env: run.env, run: run.directory, [Symbol.dispose]: () => run[Symbol.dispose]() };
    }
    case "cpu-prof":
      return { ...plain, words: [node, "--cpu-prof", `--cpu-prof-dir=${join(scratch, "profiles")}`] };
    case "appmap-node": {
      const folder = join(scratch, "appmap");
      mkdirSync(folder, { recursive: true });
      const packagesOf = `packages:\n  - path: ${root}\n    exclude: [node_modules]\n`;
      writeFileSync(join(folder, "appmap.yml"), `name: bench\nappmap_dir: ${join(folder, "out")}\n${packagesOf}`);
      return { ...plain, words: [node, join(packages, "appmap-node/bin/appmap-node.js"), node], cwd: folder };
    }
  }
}

/** The bare cost of one unit first, then the cost that each mode adds. */
export async function measureNodeRounds(request: NodeRounds): Promise<{ bareNs: number; costs: Measured[] }> {
  const units = await countUnits(request);
  const workers: Contender[] = [];
  try {
    const bare = await startWorker(request, null, units);
    workers.push(bare);
    for (const mode of request.modes) workers.push(await startWorker(request, mode, units));
    return await takeTurns(bare, workers.slice(1), request.rounds);
  } finally {
    await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
  }
}

async function countUnits(request: NodeRounds): Promise<number> {
  using plain = prepare(null, { ...request, root: nodeWorkloads });
  await using worker = start(request, plain, "count");
  const { units } = (await worker.next()) as { units: number };
  return units;
}

function start(request: NodeRounds, { words, env, cwd }: Prepared, mode: string): LineProcess {
  const { scratch, packages, warmMs } = request;
  const told = {
    workload: workloadFile(request.workload),
    mode,
    warm_ms: warmMs,
    agent: join(dirname(testNodeAgent()), "index.cjs"),
    project: nodeWorkloads,
    settings: settingsFor({ scratch, root: nodeWorkloads, values: "default" }),
    njstrace: join(packages, "njstrace"),
  };
  return startLineProcess([...words, join(nodeFolder, "worker.cjs"), JSON.stringify(told)], { env, cwd });
}

export function workloadFile(name: string): string {
  return join(nodeWorkloads, `${name}.cjs`);
}

async function startWorker(request: NodeRounds, mode: NodeMode | null, units: number): Promise<Contender> {
  const tool = mode?.tool ?? null;
  const prepared = prepare(tool, { ...request, root: nodeWorkloads });
  const { run } = prepared;
  const process = start(request, prepared, tool?.by ?? "bare");
  const measure = async (): Promise<Took> => {
    const answer = await process.ask(`go ${request.sliceMs} ${request.batchMs}`);
    if (run !== null) dropCompleteBlocks(run);
    const { ns, runs, best } = answer as { ns: number; runs: number; best: number };
    return { ns: ns / runs / units, best: best / units };
  };
  const end = async () => {
    await process[Symbol.asyncDispose]();
    prepared[Symbol.dispose]();
  };
  const worker = { process, measure, slow: mode?.slow ?? false, [Symbol.asyncDispose]: end };
  try {
    await process.next();
    const hasNone = run !== null && tool?.by === "spoor" && tool.writesNothing !== true && recordedBytes(run) < 100_000;
    return { ...worker, missing: hasNone ? "next to nothing was recorded" : null };
  } catch (error) {
    if (mode === null) throw error;
    return { ...worker, missing: (error as Error).message.trim().split("\n").at(-1) ?? "it ended" };
  }
}

function recordedBytes(run: string): number {
  const { spool } = runPaths(run);
  return readdirSync(spool).reduce((sum, name) => sum + statSync(join(spool, name)).size, 0);
}
