// Measures one Python workload under several modes, in rounds: a process for the bare program and one for each mode.
import { join } from "node:path";
import { startLineProcess, type LineProcess } from "./lines.ts";
import {
  type BenchRecording,
  dropCompleteSpool,
  plainEnvironment,
  pythonFolder,
  startRun,
  wrongCore,
} from "./recording.ts";
import type { Measured } from "./results.ts";
import { takeTurns, type Contender, type Took } from "./turns.ts";

export interface Mode {
  readonly name: string;
  /** Recorded by Spoor with these settings; otherwise `tracer` names a mode of tracers.py. */
  readonly spoor?: Omit<BenchRecording, "scratch">;
  readonly tracer?: string;
  /** Takes tens of microseconds a call: asked in every third round only. */
  readonly slow?: boolean;
  /** Takes a millisecond a call and more, or shows nothing elsewhere: asked with these workloads only. */
  readonly only?: readonly string[];
  /** Has threads that go on after an answer: the process is stopped while others are asked. */
  readonly busy?: boolean;
}

export interface Rounds {
  readonly python: string;
  readonly scratch: string;
  readonly workload: string;
  readonly modes: readonly Mode[];
  readonly rounds: number;
  readonly sliceMs: number;
  /** Of the batches in a slice the quickest counts for the minimum; the whole slice where not given. */
  readonly batchMs?: number;
  readonly warmMs: number;
  /** Where the workloads are, and the project that is recorded; the bench's own folder where not given. */
  readonly folder?: string;
}

type Asked = Pick<Rounds, "python" | "workload" | "scratch" | "folder">;

/** The bare cost of one unit first, then the cost that each mode adds. */
export async function measureRounds(all: Rounds): Promise<{ bareNs: number; costs: Measured[] }> {
  const modes = all.modes.filter(({ only }) => only === undefined || only.includes(all.workload));
  const { bareNs, costs } = await measureModes({ ...all, modes });
  return { bareNs, costs: all.modes.map((mode) => costs[modes.indexOf(mode)] ?? { missing: "" }) };
}

async function measureModes(request: Rounds): Promise<{ bareNs: number; costs: Measured[] }> {
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

const counted = new Map<string, number>();

/** How many units of work one run of the workload is. */
export async function countUnits(request: Asked): Promise<number> {
  const key = `${request.python} ${request.workload}`;
  const known = counted.get(key);
  if (known !== undefined) return known;
  await using worker = startPython(request, "count", plainEnvironment(request.scratch));
  const { units } = (await worker.next()) as { units: number };
  counted.set(key, units);
  return units;
}

async function startWorker(request: Rounds, mode: Mode | null, units: number): Promise<Contender> {
  const { python, scratch, folder, sliceMs, batchMs = sliceMs } = request;
  const root = folder === undefined ? {} : { root: folder };
  const run = mode?.spoor ? startRun(python, { scratch, ...root, ...mode.spoor }) : null;
  const env = run?.env ?? plainEnvironment(scratch);
  const process = startPython(request, mode?.tracer ?? "bare", env);
  const end = async () => {
    await process[Symbol.asyncDispose]();
    run?.[Symbol.dispose]();
  };
  const measure = async (): Promise<Took> => {
    const answer = await process.ask(`go ${sliceMs} ${batchMs}`);
    if (run !== null) dropCompleteSpool(run.directory);
    const { ns, runs, best } = answer as { ns: number; runs: number; best: number };
    return { ns: ns / runs / units, best: best / units };
  };
  const { slow = false, busy = false } = mode ?? {};
  const worker = { process, measure, slow, busy, [Symbol.asyncDispose]: end };
  try {
    const answer = (await process.next()) as { unavailable?: string };
    return { ...worker, missing: answer.unavailable ?? wrongCore(run?.directory ?? null, mode?.spoor?.core) };
  } catch (error) {
    if (mode === null) throw error;
    const missing = (error as Error).message.trim().split("\n").at(-1) ?? "it ended";
    return { ...worker, missing };
  }
}

function startPython(request: Partial<Rounds> & Asked, mode: string, env: NodeJS.ProcessEnv): LineProcess {
  const told = JSON.stringify({ workload: request.workload, mode, warm_ms: request.warmMs ?? 0 });
  const command = [request.python, join(pythonFolder, "worker.py"), told];
  const where = request.folder === undefined ? {} : { BENCH_WORKLOADS: request.folder };
  return startLineProcess(command, { env: { ...env, ...where }, cwd: request.scratch });
}
