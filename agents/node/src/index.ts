// The package that a program may import: records what it does, from within, by `start()` and `stop()`, `recording()` and `trace`.
// Nothing here is needed under `spoor run`, which records a program that does not know of it.
import { join } from "node:path";
import type { Agent } from "./loading/agent.ts";
import { loadAgent, loaderOf, publish, running } from "./loading/boot.ts";
import { findProject, makeRun, SpoorError, type Settings } from "./loading/embedded.ts";
import { requireOption } from "./loading/environment.ts";
import { traced } from "./loading/traced.ts";

export { SpoorError, type Settings };

const version = "0.1.0";
let startedHere = false;

function agentOf(): Agent | null {
  return ((globalThis as Record<symbol, unknown>)[running] as Agent | undefined) ?? null;
}

/**
 * Starts recording this process; gives the path of the run's directory. Modules that are loaded from now on are recorded, those
 * that were loaded before are not. `directory` is the project (default: found upward from the working directory). Throws
 * SpoorError `recording.already_started` if a recording runs, also one of `spoor run`.
 */
export function start(directory?: string, settings: Settings = {}): string {
  const before = agentOf();
  const other = before?.recording() ?? null;
  if (other !== null) {
    throw new SpoorError("recording.already_started", `this process is being recorded already, into ${other}`);
  }
  const run = makeRun(findProject(directory), settings, version);
  const register = join(__dirname, "register.cjs");
  const agent = before ?? loadAgent(register, loaderOf(register), null);
  try {
    agent.begin({ run, parent: null, parentCall: 0, options: requireOption(register), pythonPath: "" });
  } catch (error) {
    throw new SpoorError("run.unwritable", `cannot write ${run}: ${(error as Error).message}`);
  }
  if (before === null) publish(agent);
  startedHere = true;
  return run;
}

/** Ends the recording that `start` began. Throws SpoorError `recording.not_started` if there is none of ours. */
export function stop(): void {
  const agent = agentOf();
  if (!startedHere || agent === null || agent.recording() === null) {
    throw new SpoorError("recording.not_started", "no recording was started by start() in this process");
  }
  startedHere = false;
  agent.end();
}

export interface Recording extends Disposable {
  /** The path of the run's directory. */
  readonly directory: string;
}

/** Records until the end of the block: `using recorded = recording();`. */
export function recording(directory?: string, settings: Settings = {}): Recording {
  const run = start(directory, settings);
  return { directory: run, [Symbol.dispose]: stop };
}

/**
 * For one function or class, also as a decorator: its calls are recorded although its module is not. Gives back what behaves as the
 * function did; a class itself, with its methods recorded.
 */
export function trace<T extends Function>(target: T): T {
  if (typeof target !== "function") {
    throw new SpoorError("trace.not_a_function", `trace takes a function or a class, not ${typeof target}`);
  }
  return traced(target, agentOf);
}
