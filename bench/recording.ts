// Runs to be recorded by a bench: made by the host's own code and injected as `spoor run` does it, with nobody
// sealing beside them, so that what is measured is the agent.
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { resolveConfiguration } from "spoor/project/configuration";
import { runPaths } from "spoor/project/run-directory";
import type { RecordingSettings, ValuesLevel } from "spoor/project/settings";
import { findPythonAgent, inject } from "spoor/recording/injection";
import { cacheBase, withoutNative } from "./native.ts";
import { makeRun } from "spoor/recording/run-files";

/** Where the Python side of the bench is. */
export const pythonFolder = join(dirname(fileURLToPath(import.meta.url)), "python");
/** The project whose code is recorded: the workloads, and neither the worker that runs them nor `outside`. */
export const workloads = join(pythonFolder, "workloads");

/** More than any measurement makes: every call is recorded, with all values. */
export const EVERY = 1_000_000_000;

export interface BenchRun extends Disposable {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
}

/** The two twins of the recorder; undefined is the agent's own choice. */
export type Core = "native" | "python";

export interface BenchRecording {
  readonly scratch: string;
  readonly values: ValuesLevel;
  readonly core?: Core;
  /** The project; the workloads' folder unless nothing of them is to be recorded. */
  readonly root?: string;
  /** As users get it: values of a function that is called often are mostly not opened. Else every one is. */
  readonly throttled?: true;
  readonly change?: Partial<RecordingSettings>;
}

export function startRun(python: string, recording: BenchRecording): BenchRun {
  const { scratch, values, root = workloads, throttled, change = {}, core } = recording;
  if (core !== "python") withoutNative(python);
  const { settings } = resolveConfiguration(null, { XDG_CONFIG_HOME: scratch }, { values });
  const spoorDirectory = join(scratch, ".spoor");
  const run = makeRun({
    command: [python],
    project: { name: "bench", root, spoorDirectory, runsDirectory: join(spoorDirectory, "runs") },
    settings: {
      ...settings,
      hot: EVERY,
      hotValues: throttled === true ? settings.hotValues : EVERY,
      exclude: ["__main__"],
      sizeBytes: 16 * 2 ** 30,
      ...change,
      core: core ?? settings.core,
    },
    label: null,
    version: "bench",
    cwd: scratch,
    env: { HOME: scratch, SPOOR_CACHE: cacheBase },
  });
  const { env } = inject([python], plainEnvironment(scratch), scratch, {
    agent: findPythonAgent(),
    register: null,
    runDirectory: run.directory,
  });
  return {
    directory: run.directory,
    env,
    [Symbol.dispose]: () => rmSync(run.directory, { recursive: true, force: true }),
  };
}

/** The core that records, as the first process of a run tells it, or null where none has written anything. */
export function coreOf(runDirectory: string): { core: Core; reason: string } | null {
  const [first] = spoolFiles(runDirectory);
  if (first === undefined) return null;
  const [header = ""] = readFileSync(first, "utf8").split("\n", 1);
  const told = JSON.parse(header.split("\t")[6] ?? "{}") as { core?: Core; core_reason?: string };
  return { core: told.core ?? "python", reason: told.core_reason ?? "" };
}

/** What is recorded by the other core than was asked for would be a figure under a wrong name. */
export function wrongCore(run: string | null, core: Core | undefined): string | null {
  if (run === null || core === undefined) return null;
  const told = coreOf(run);
  if (told === null) return "nothing was recorded";
  return told.core === core ? null : `recorded by the ${told.core} core: ${told.reason}`;
}

/** Throws where a run was not recorded by the core that it was to be recorded by. */
export function demandCore(run: string, core: Core): void {
  const wrong = wrongCore(run, core);
  if (wrong !== null) throw new Error(wrong);
}

/** Deletes what is complete of the spool of a process, lest its writing to disk disturbs what is measured next. */
export function dropCompleteSpool(runDirectory: string): void {
  for (const path of spoolFiles(runDirectory).slice(0, -1)) rmSync(path);
}

/** Of a run with one process: oldest first. */
export function spoolFiles(runDirectory: string): string[] {
  const folder = runPaths(runDirectory).spool;
  const names = readdirSync(folder).filter((name) => name.endsWith(".spool"));
  const collator = new Intl.Collator("en", { numeric: true });
  return names.sort((a, b) => collator.compare(a, b)).map((name) => join(folder, name));
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
