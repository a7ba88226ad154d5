// Starts the recording of a thread from what its environment says, and leaves nothing for the program to see: its environment
// and its loaded modules are what they would be without us.
import { writeSync } from "node:fs";
import nodeModule from "node:module";
import { dirname } from "node:path";
import type * as WorkerThreads from "node:worker_threads";
import type * as agentBundle from "./agent-bundle.ts";
import type { Agent, Start } from "./agent.ts";
import { openBundles, type Bundles } from "./bundles.ts";
import { takeFromEnvironment } from "./environment.ts";
import { readSettings } from "./settings.ts";
import { fromParent, isMainThread } from "./workers.ts";

const oldest = 20;

/** Where the package that a program may import finds the agent that records it already. */
export const running = Symbol.for("spoor.agent");

/** `register` is the file that Node required. Never throws. */
export function startFromEnvironment(register: string): void {
  const load = loaderOf(register);
  try {
    const start = isMainThread() ? inMain(register) : inWorker(load, register);
    if (start === null) return;
    if (Number.parseInt(process.versions.node, 10) < oldest) {
      tell(`Node.js ${process.versions.node} is too old to be recorded; ${oldest} or newer is`);
      return;
    }
    const agent = loadAgent(register, load, readSettings(start.run).cache);
    agent.begin(start);
    publish(agent);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    tell(`the agent could not start; this process is not recorded: ${message}`);
  }
}

/** `cache` is the user's cache of Spoor; null where nobody looked for one. */
export function loadAgent(register: string, load: (name: string) => unknown, cache: string | null): Agent {
  const bundles: Bundles = openBundles(dirname(register), load, cache);
  return (bundles.load("agent") as typeof agentBundle).makeAgent(register, load, bundles);
}

export function publish(agent: Agent): void {
  Object.defineProperty(globalThis, running, { value: agent, configurable: true });
}

function inMain(register: string): Start | null {
  const carried = takeFromEnvironment(process.env, register);
  return carried && { ...carried, parentCall: 0 };
}

function inWorker(load: (name: string) => unknown, register: string): Start | null {
  // What the program's own environment for this worker was given.
  takeFromEnvironment(process.env, register);
  return fromParent(load("node:worker_threads") as typeof WorkerThreads);
}

/** A `require` that leaves no trace: neither the file itself nor what it loads is in the program's cache of modules. */
export function loaderOf(register: string): (name: string) => unknown {
  const require = nodeModule.createRequire(register);
  delete require.cache[register];
  return (name) => {
    try {
      return require(name) as unknown;
    } finally {
      delete require.cache[name];
    }
  };
}

/** Straight to the descriptor: the program may have replaced its stream, and a pipe must have it before the process ends. */
function tell(sentence: string): void {
  try {
    writeSync(2, `spoor: ${sentence}\n`);
  } catch {
    // Nobody reads it.
  }
}
