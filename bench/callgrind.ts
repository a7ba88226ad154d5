// Counts the instructions that a workload executes, the interpreter's and the recorder's together, by valgrind's
// callgrind: a number that is the same on a busy machine and an idle one, and that every machine with valgrind can count.
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BenchRecording, coreOf, plainEnvironment, pythonFolder, startRun } from "./recording.ts";

export interface Repeated {
  readonly name: string;
  /** Runs that are not counted, then runs that are. */
  readonly warm: number;
  readonly runs: number;
}

export interface Counting {
  readonly python: string;
  readonly scratch: string;
  /** Where the workloads are; the bench's own folder where not given. */
  readonly folder?: string;
  readonly workloads: readonly Repeated[];
  /** Recorded by Spoor so, or by a mode of tracers.py; bare where neither is given. */
  readonly spoor?: Omit<BenchRecording, "scratch">;
  readonly tracer?: string;
}

/** The machine or the mode cannot be counted, for this reason. */
export class NotCounted extends Error {}

/** Why nothing can be counted on this machine, or null. */
export function withoutValgrind(): string | null {
  try {
    execFileSync("valgrind", ["--version"], { stdio: "ignore" });
    return null;
  } catch {
    return "this machine has no valgrind";
  }
}

/** Instructions of one run of each workload, in one process. Throws NotCounted where the mode is not to be had. */
export async function countInstructions(counting: Counting): Promise<Map<string, number>> {
  const { python, scratch, folder, workloads, spoor, tracer } = counting;
  mkdirSync(scratch, { recursive: true });
  const counts = mkdtempSync(join(scratch, "callgrind-"));
  const root = folder === undefined ? {} : { root: folder };
  using run = spoor === undefined ? undefined : startRun(python, { scratch, ...root, ...spoor });
  const env = run?.env ?? plainEnvironment(scratch);
  const told = JSON.stringify({ mode: tracer ?? "bare", workloads });
  const valgrind = ["--tool=callgrind", "--dump-before=getsid", "--dump-line=no"];
  const command = [...valgrind, `--callgrind-out-file=${join(counts, "count")}`, python];
  const { stderr } = await promisify(execFile)("valgrind", [...command, join(pythonFolder, "counted.py"), told], {
    cwd: scratch,
    env: folder === undefined ? env : { ...env, BENCH_WORKLOADS: folder },
    maxBuffer: 2 ** 26,
  });
  const failed = /^spoor: .*/m.exec(stderr)?.[0];
  if (failed !== undefined) throw new NotCounted(failed);
  if (run && spoor?.core !== undefined && coreOf(run.directory)?.core !== spoor.core) {
    throw new NotCounted(`recorded by another core than ${spoor.core}: ${coreOf(run.directory)?.reason ?? ""}`);
  }
  const dumps = readdirSync(counts).filter((name) => /\.\d+$/.test(name));
  const parts = dumps.sort((a, b) => numberOf(a) - numberOf(b)).slice(-2 * workloads.length);
  if (parts.length < 2 * workloads.length)
    throw new NotCounted("callgrind did not see the marks between the workloads");
  const found = new Map(
    workloads.map(({ name, runs }, at) => [name, totalOf(join(counts, parts[2 * at + 1] ?? "")) / runs]),
  );
  rmSync(counts, { recursive: true });
  return found;
}

/** Instructions of a whole process that starts an interpreter and does nothing. */
export async function countStart(python: string, scratch: string, env: NodeJS.ProcessEnv): Promise<number> {
  const counts = mkdtempSync(join(scratch, "callgrind-"));
  const valgrind = ["--tool=callgrind", "--dump-line=no", `--callgrind-out-file=${join(counts, "count")}`];
  await promisify(execFile)("valgrind", [...valgrind, python, "-c", "pass"], { cwd: scratch, env });
  const count = totalOf(join(counts, "count"));
  rmSync(counts, { recursive: true });
  return count;
}

function numberOf(dump: string): number {
  return Number(dump.split(".").at(-1));
}

function totalOf(dump: string): number {
  const [, total] = /^summary: (\d+)/m.exec(readFileSync(dump, "utf8")) ?? [];
  if (total === undefined) throw new Error(`${dump} has no summary.`);
  return Number(total);
}
