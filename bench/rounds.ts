// Measures one workload under several modes in interleaved rounds: one process for each mode lives through all rounds, in
// every round each is asked once, in another order, and the bare program is asked first and last.
import { join } from "node:path";
import type { RecordingSettings, ValuesLevel } from "spoor/project/settings";
import { startLineProcess, type LineProcess } from "./lines.ts";
import { type Core, dropCompleteSpool, plainEnvironment, pythonFolder, startRun, wrongCore } from "./recording.ts";
import type { Measured } from "./results.ts";
import { compare, shuffled } from "./statistics.ts";

export interface Mode {
  readonly name: string;
  /** Recorded by Spoor with these settings; otherwise `tracer` names a mode of tracers.py. */
  readonly spoor?: {
    readonly values: ValuesLevel;
    readonly root?: string;
    readonly core?: Core;
    readonly change?: Partial<RecordingSettings>;
  };
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

interface Worker extends AsyncDisposable {
  readonly process: LineProcess;
  readonly missing: string | null;
  /** Directory of the run that it is recorded into. */
  readonly run: string | null;
}

/** Nanoseconds of one unit of work, over a slice and in the best batch of it. */
interface Took {
  readonly ns: number;
  readonly best: number;
}

interface Sample extends Took {
  readonly round: number;
}

/** The bare cost of one unit first, then the cost that each mode adds. */
export async function measureRounds(all: Rounds): Promise<{ bareNs: number; costs: Measured[] }> {
  const modes = all.modes.filter(({ only }) => only === undefined || only.includes(all.workload));
  const { bareNs, costs } = await measureModes({ ...all, modes });
  return { bareNs, costs: all.modes.map((mode) => costs[modes.indexOf(mode)] ?? { missing: "" }) };
}

async function measureModes(request: Rounds): Promise<{ bareNs: number; costs: Measured[] }> {
  const units = await countUnits(request);
  const workers: Worker[] = [];
  try {
    workers.push(await startWorker(request, null));
    for (const mode of request.modes) workers.push(await startWorker(request, mode));
    return await goRounds(request, workers, units);
  } finally {
    await Promise.all(workers.map((worker) => worker[Symbol.asyncDispose]()));
  }
}

async function goRounds(request: Rounds, workers: readonly Worker[], units: number) {
  const { modes, rounds, sliceMs, batchMs = sliceMs } = request;
  const [bare, ...traced] = workers;
  if (!bare) throw new Error("There is no bare program to compare with.");
  const ask = async (worker: Worker): Promise<Took> => {
    const answer = await worker.process.ask(`go ${sliceMs} ${batchMs}`);
    if (worker.run !== null) dropCompleteSpool(worker.run);
    const { ns, runs, best } = answer as { ns: number; runs: number; best: number };
    return { ns: ns / runs / units, best: best / units };
  };
  const bareTook: Took[] = [];
  const samples = modes.map((): Sample[] => []);
  const failures = traced.map((worker) => worker.missing);
  for (let round = 0; round < rounds; round++) {
    const before = await ask(bare);
    for (const at of shuffled([...modes.keys()], round)) {
      const worker = traced[at];
      if (!worker || failures[at] != null || (modes[at]?.slow && round % 3 !== 0)) continue;
      try {
        if (modes[at]?.busy) worker.process.signal("SIGCONT");
        samples[at]?.push({ round, ...(await ask(worker)) });
        if (modes[at]?.busy) worker.process.signal("SIGSTOP");
      } catch (error) {
        failures[at] = (error as Error).message.split("\n").slice(0, 2).join(" ");
      }
    }
    const after = await ask(bare);
    bareTook.push({ ns: Math.min(before.ns, after.ns), best: Math.min(before.best, after.best) });
  }
  const bareNs = Math.min(...bareTook.map(({ best }) => best));
  const costs = modes.map((_, at): Measured => {
    // A recorder that fails leaves the program alone, which would then look free of cost.
    const told = /^spoor: .*/m.exec(traced[at]?.process.errors() ?? "");
    const missing = told?.[0] ?? failures[at];
    if (missing != null) return { missing };
    const own = samples[at] ?? [];
    const pairs = own.map(({ round }) => bareTook[round]?.ns ?? Number.NaN);
    const best = Math.min(...own.map((sample) => sample.best)) - bareNs;
    return { ...compare(pairs, own.map(({ ns }) => ns)), min: best, bare: bareNs }; // prettier-ignore
  });
  return { bareNs, costs };
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

async function startWorker(request: Rounds, mode: Mode | null): Promise<Worker> {
  const { python, scratch, folder } = request;
  const root = folder === undefined ? {} : { root: folder };
  const run = mode?.spoor ? startRun(python, { scratch, ...root, ...mode.spoor }) : null;
  const env = run?.env ?? plainEnvironment(scratch);
  const process = startPython(request, mode?.tracer ?? "bare", env);
  const end = async () => {
    await process[Symbol.asyncDispose]();
    run?.[Symbol.dispose]();
  };
  const worker = { process, run: run?.directory ?? null, [Symbol.asyncDispose]: end };
  try {
    const answer = (await process.next()) as { unavailable?: string };
    return { ...worker, missing: answer.unavailable ?? wrongCore(worker.run, mode?.spoor?.core) };
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
