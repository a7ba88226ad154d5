// Runs to be recorded by a bench: made by the host's own code and injected as `spoor run` does it, with nobody
// sealing beside them, so that what is measured is the agent.
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { resolveConfiguration } from "spoor/project/configuration";
import type { RecordingSettings, ValuesLevel } from "spoor/project/settings";
import { findPythonAgent, inject } from "spoor/recording/injection";
import { makeRun } from "spoor/recording/run-files";

/** Where the Python side of the bench is. */
export const pythonFolder = join(dirname(fileURLToPath(import.meta.url)), "python");
/** The project whose code is recorded: the workloads, and neither the worker that runs them nor `outside`. */
export const workloads = join(pythonFolder, "workloads");

/** More than any measurement makes: every call is recorded in full. */
const EVERY = 1_000_000_000;

export interface BenchRun extends Disposable {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
}

export interface BenchRecording {
  readonly scratch: string;
  readonly values: ValuesLevel;
  /** The project; the workloads' folder unless nothing of them is to be recorded. */
  readonly root?: string;
  readonly change?: Partial<RecordingSettings>;
}

export function startRun(python: string, { scratch, values, root = workloads, change = {} }: BenchRecording): BenchRun {
  const { settings } = resolveConfiguration(null, { XDG_CONFIG_HOME: scratch }, { values });
  const spoorDirectory = join(scratch, ".spoor");
  const run = makeRun({
    command: [python],
    project: { name: "bench", root, spoorDirectory, runsDirectory: join(spoorDirectory, "runs") },
    settings: { ...settings, hot: EVERY, exclude: ["__main__"], sizeBytes: 16 * 2 ** 30, ...change },
    label: null,
    version: "bench",
    cwd: scratch,
  });
  const { env } = inject([python], plainEnvironment(scratch), scratch, {
    agent: findPythonAgent(),
    runDirectory: run.directory,
  });
  return {
    directory: run.directory,
    env,
    [Symbol.dispose]: () => rmSync(run.directory, { recursive: true, force: true }),
  };
}

/** What every measured process sees: nothing of the shell that started the bench but where programs are. */
export function plainEnvironment(scratch: string): NodeJS.ProcessEnv {
  mkdirSync(scratch, { recursive: true });
  return {
    PATH: process.env["PATH"],
    HOME: scratch,
    LANG: "C.UTF-8",
    PYTHONHASHSEED: "0",
    BENCH_SCRATCH: scratch,
    XDG_CONFIG_HOME: join(scratch, "config"),
    XDG_STATE_HOME: join(scratch, "state"),
  };
}
