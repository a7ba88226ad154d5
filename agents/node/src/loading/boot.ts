// Builds the recording of one thread in order, from what the environment says, and leaves nothing for the program to see: its
// environment, its loaded modules and its listeners are what they would be without us.
import { writeSync } from "node:fs";
import nodeModule from "node:module";
import { dirname, join } from "node:path";
import type * as WorkerThreads from "node:worker_threads";
import type { CallNumber } from "../hooks.ts";
import { createRuntime, type Runtime } from "../runtime/runtime.ts";
import { followChildren } from "./children.ts";
import { hookCommonJs } from "./commonjs.ts";
import { watchEnd } from "./ending.ts";
import { takeFromEnvironment, type Carried } from "./environment.ts";
import { hookEsModules } from "./es-modules.ts";
import { showOwnSource } from "./fatal.ts";
import { makeInstrumenter, type LoadingHooks, type Transform } from "./instrumenter.ts";
import { makeRealms } from "./realms.ts";
import { makeScope } from "./scope.ts";
import { readSettings } from "./settings.ts";
import { makeSourceTexts } from "./source-text.ts";
import { openTransformCache } from "./transform-cache.ts";
import { hookVm } from "./vm-code.ts";
import { followWorkers, fromParent, isMainThread } from "./workers.ts";

const oldest = 20;

/** `register` is the file that Node required. Never throws. */
export function startFromEnvironment(register: string): void {
  const { require } = loadersOf(register);
  try {
    const carried = isMainThread() ? takeFromEnvironment(process.env, register) : inWorker(require, register);
    if (carried === null) return;
    if (Number.parseInt(process.versions.node, 10) < oldest) {
      tell(`Node.js ${process.versions.node} is too old to be recorded; ${oldest} or newer is`);
      return;
    }
    start(carried, register, require);
  } catch (error) {
    tell(`the agent could not start; this process is not recorded: ${messageOf(error)}`);
  }
}

interface Start extends Carried {
  readonly parentCall: number;
}

function inWorker(require: NodeJS.Require, register: string): Start | null {
  // What the program's own environment for this worker was given.
  takeFromEnvironment(process.env, register);
  const told = fromParent(require("node:worker_threads") as typeof WorkerThreads);
  return told && { ...told };
}

function start(carried: Carried & { parentCall?: number }, register: string, require: NodeJS.Require): void {
  const settings = readSettings(carried.run);
  const agent = dirname(register);
  const scope = makeScope({ ...settings, main: mainFile(), agent });
  const runtime = createRuntime({
    directory: carried.run,
    parent: carried.parent,
    parentCall: carried.parentCall ?? 0,
    includeFor: scope.includeFor,
    engine: "registerHooks" in nodeModule ? "registerHooks" : "readFile",
    watchesEnd: false,
  });
  const hooks: LoadingHooks = Object.assign(runtime.hooks, { M: runtime.enterModule });
  const texts = makeSourceTexts();
  const realms = makeRealms(hooks, texts.install);
  let transform: Transform | null = null;
  const failures = new Set<string>();
  const instrumenter = makeInstrumenter({
    scope,
    runtime,
    cache: openTransformCache(settings.cache),
    transform: () => (transform ??= (require(join(agent, "transform.cjs")) as { transform: Transform }).transform),
    defined(text) {
      realms.name(text.instrumentation.hooks);
      texts.add(text);
    },
    failed(error, file) {
      const note = `${file} is not recorded: ${messageOf(error)}`;
      if (failures.size > 100 || failures.has(note)) return;
      failures.add(note);
      runtime.drop("agent_error", note);
    },
  });
  texts.install(Function.prototype);
  const entered: CallNumber[] = [];
  const commonJs = hookCommonJs({
    instrumenter,
    enter: (module) => entered.push(runtime.enterModule(module)),
    asNative: texts.asNative,
  });
  hookEsModules(instrumenter, commonJs, agent, texts.asNative);
  hookVm({ instrumenter, prepareRealm: realms.add, asNative: texts.asNative });
  follow(runtime, carried, require, texts.asNative);
  watchEnd({
    fatal(error, origin) {
      // Those that have ended are not ended again.
      if (origin === "uncaughtException") for (const call of entered.reverse()) runtime.failModule(call, error);
      runtime.fatal(error);
      try {
        showOwnSource(error, origin === "uncaughtException", texts.of);
      } catch {
        // Node prints its own excerpt.
      }
    },
    flush: () => runtime.flush(),
    end: () => runtime.close(),
  });
}

function follow(
  runtime: Runtime,
  carried: Carried,
  require: NodeJS.Require,
  asNative: (ours: Function, native: Function) => void,
): void {
  const { key } = runtime;
  try {
    followChildren(
      {
        carried,
        key,
        starting: runtime.flush,
        tell: (note) => runtime.drop("not_injected", note),
        redact: (words) => words,
      },
      asNative,
    );
  } catch (error) {
    runtime.drop("not_injected", `programs that this one starts are not recorded: ${messageOf(error)}`);
  }
  const threads = require("node:worker_threads") as typeof WorkerThreads;
  followWorkers(threads, { carried, key, currentCall: runtime.currentCall }, asNative);
}

/** A `require` that leaves no trace: what it loads is not in the program's cache of modules. */
function loadersOf(register: string): { require: NodeJS.Require } {
  const require = nodeModule.createRequire(register);
  delete require.cache[register];
  const load = ((name: string): unknown => {
    try {
      return require(name) as unknown;
    } finally {
      delete require.cache[name];
    }
  }) as NodeJS.Require;
  return { require: load };
}

/** The script, as Node will look for it; undefined for `-e`, standard input and a prompt. */
function mainFile(): string | undefined {
  const given = process.argv[1];
  if (given === undefined || given === "-") return undefined;
  try {
    return nodeModule
      .createRequire(join(process.cwd(), "noop.js"))
      .resolve(given.startsWith("/") ? given : join(process.cwd(), given));
  } catch {
    return given;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Straight to the descriptor: the program may have replaced its stream, and a pipe must have it before the process ends. */
function tell(sentence: string): void {
  try {
    writeSync(2, `spoor: ${sentence}\n`);
  } catch {
    // Nobody reads it.
  }
}
