// Runs of Node programs to be recorded by the bench, made and injected as `spoor run` does it, with nobody sealing beside them.
import { cpSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { resolveConfiguration } from "spoor/project/configuration";
import { runPaths } from "spoor/project/run-directory";
import type { RecordingSettings, ValuesLevel } from "spoor/project/settings";
import { findPythonAgent, inject } from "spoor/recording/injection";
import { makeRun } from "spoor/recording/run-files";
import { testNodeAgent } from "../../host/tests/bundle.ts";
import { EVERY, plainEnvironment, type BenchRun } from "../recording.ts";

export const nodeFolder = import.meta.dirname;
export const nodeWorkloads = join(nodeFolder, "workloads");

export interface NodeRecording {
  readonly scratch: string;
  /** The project. */
  readonly root: string;
  readonly values: ValuesLevel;
  /** No value is shown without its insides because its function was called often. */
  readonly neverThrottled?: true;
  readonly change?: Partial<RecordingSettings>;
  /** Where instrumentations are kept, if not in the scratch directory. */
  readonly cache?: string;
}

export function settingsFor({ scratch, values, neverThrottled, change = {} }: NodeRecording): RecordingSettings {
  const { settings } = resolveConfiguration(null, { XDG_CONFIG_HOME: scratch }, { values });
  // What drives a program that is measured is its main file, and no part of it.
  const exclude = [join(nodeFolder, "*.cjs")];
  const hotValues = neverThrottled === true ? EVERY : settings.hotValues;
  return { ...settings, hot: EVERY, hotValues, exclude, sizeBytes: 16 * 2 ** 30, ...change };
}

export function startNodeRun(node: string, recording: NodeRecording): BenchRun {
  const { scratch, root, cache = join(scratch, "cache") } = recording;
  const spoorDirectory = join(scratch, ".spoor");
  const run = makeRun({
    command: [node],
    project: { name: "bench", root, spoorDirectory, runsDirectory: join(spoorDirectory, "runs") },
    settings: settingsFor(recording),
    label: null,
    version: "bench",
    cwd: scratch,
    env: { HOME: scratch, SPOOR_CACHE: cache },
  });
  const { env } = inject([node], plainEnvironment(scratch), scratch, {
    agent: findPythonAgent(),
    register: testNodeAgent(),
    runDirectory: run.directory,
  });
  return {
    directory: run.directory,
    env,
    [Symbol.dispose]: () => rmSync(run.directory, { recursive: true, force: true }),
  };
}

/** Deletes what is complete of what a process has recorded, lest its writing to disk disturbs what is measured next. */
export function dropCompleteBlocks(runDirectory: string): void {
  const folder = runPaths(runDirectory).spool;
  const names = readdirSync(folder).filter((name) => name.endsWith(".raw"));
  const collator = new Intl.Collator("en", { numeric: true });
  for (const name of names.sort((a, b) => collator.compare(a, b)).slice(0, -1)) rmSync(join(folder, name));
}

/** Throws where nothing was recorded: a figure of a program that was left alone would look free of cost. */
export function demandRecorded(runDirectory: string): void {
  if (!readdirSync(runPaths(runDirectory).spool).some((name) => name.endsWith(".raw"))) {
    throw new Error("nothing was recorded");
  }
}

/** A copy of a folder of the bench, where a program may be recorded and may leave files. */
export function copyProject(name: string, scratch: string): string {
  const folder = join(scratch, "projects", name);
  cpSync(join(dirname(nodeWorkloads), name), folder, { recursive: true });
  return folder;
}
