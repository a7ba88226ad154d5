// Measures one workload under several modes in interleaved rounds: one process for each mode lives through all rounds, in
// every round each is asked once, in another order, and the bare program is asked first and last.
import { join } from "node:path";
import type { RecordingSettings, ValuesLevel } from "spoor/project/settings";
import { startLineProcess, type LineProcess } from "./lines.ts";
import { plainEnvironment, pythonFolder, startRun } from "./recording.ts";
import type { Measured } from "./results.ts";
import { compare, shuffled } from "./statistics.ts";

export interface Mode {
  readonly name: string;
  /** Recorded by Spoor with these settings; otherwise `tracer` names a mode of tracers.py. */
  readonly spoor?: {
    readonly values: ValuesLevel;
    readonly root?: string;
    readonly change?: Partial<RecordingSettings>;
  };
  readonly tracer?: string;
  /** Takes tens of microseconds a call: asked in every third round only. */
  readonly slow?: boolean;
  /** Takes a millisecond a call and more: asked with these workloads only. */
  readonly only?: readonly string[];
}

export interface Rounds {
  readonly python: string;
  readonly scratch: string;
  readonly workload: string;
  readonly modes: readonly Mode[];
  readonly rounds: number;
  readonly sliceMs: number;
  readonly warmMs: number;
}

interface Worker extends AsyncDisposable {
  readonly process: LineProcess;
  readonly missing: string | null;
}

interface Sample {
  readonly round: number;
  /** Nanoseconds of one unit of work. */
  readonly ns: number;
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
  const { modes, rounds, sliceMs } = request;
  const [bare, ...traced] = workers;
  if (!bare) throw new Error("There is no bare program to compare with.");
  const ask = async (worker: Worker): Promise<number> => {
    const { ns, runs } = (await worker.process.ask(`go ${sliceMs}`)) as { ns: number; runs: number };
    return ns / runs / units;
  };
  const bareNs: number[] = [];
  const samples = modes.map((): Sample[] => []);
  const failures = traced.map((worker) => worker.missing);
  for (let round = 0; round < rounds; round++) {
    const before = await ask(bare);
    for (const at of shuffled([...modes.keys()], round)) {
      const worker = traced[at];
      if (!worker || failures[at] != null || (modes[at]?.slow && round % 3 !== 0)) continue;
      try {
        samples[at]?.push({ round, ns: await ask(worker) });
      } catch (error) {
        failures[at] = (error as Error).message.split("\n").slice(0, 2).join(" ");
      }
    }
    bareNs.push(Math.min(before, await ask(bare)));
  }
  const costs = modes.map((_, at): Measured => {
    // A recorder that fails leaves the program alone, which would then look free of cost.
    const told = /^spoor: .*/m.exec(traced[at]?.process.errors() ?? "");
    const missing = failures[at] ?? told?.[0];
    if (missing != null) return { missing };
    const own = samples[at] ?? [];
    const pairs = own.map(({ round }) => bareNs[round] ?? Number.NaN);
    return compare(pairs, own.map(({ ns }) => ns)); // prettier-ignore
  });
  return { bareNs: Math.min(...bareNs), costs };
}

const counted = new Map<string, number>();

async function countUnits(request: Rounds): Promise<number> {
  const key = `${request.python} ${request.workload}`;
  const known = counted.get(key);
  if (known !== undefined) return known;
  await using worker = startPython(request, "count", plainEnvironment(request.scratch));
  const { units } = (await worker.next()) as { units: number };
  counted.set(key, units);
  return units;
}

async function startWorker(request: Rounds, mode: Mode | null): Promise<Worker> {
  const { python, scratch } = request;
  const run = mode?.spoor ? startRun(python, { scratch, ...mode.spoor }) : null;
  const env = run?.env ?? plainEnvironment(scratch);
  const process = startPython(request, mode?.tracer ?? "bare", env);
  const end = async () => {
    await process[Symbol.asyncDispose]();
    run?.[Symbol.dispose]();
  };
  try {
    const answer = (await process.next()) as { unavailable?: string };
    return { process, missing: answer.unavailable ?? null, [Symbol.asyncDispose]: end };
  } catch (error) {
    if (mode === null) throw error;
    const missing = (error as Error).message.trim().split("\n").at(-1) ?? "it ended";
    return { process, missing, [Symbol.asyncDispose]: end };
  }
}

function startPython(request: Rounds, mode: string, env: NodeJS.ProcessEnv): LineProcess {
  const told = JSON.stringify({ workload: request.workload, mode, warm_ms: request.warmMs });
  const command = [request.python, join(pythonFolder, "worker.py"), told];
  return startLineProcess(command, { env, cwd: request.scratch });
}
