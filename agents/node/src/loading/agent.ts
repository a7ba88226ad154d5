// The agent of one thread: what it hooks into Node it hooks once, and it records into one run, or later into another. Who starts
// it, and what it must not leave behind, is in boot.ts and index.ts.
import { statSync } from "node:fs";
import nodeModule from "node:module";
import { dirname, join } from "node:path";
import type * as WorkerThreads from "node:worker_threads";
import { redactorOf } from "@spoor/protocol/redaction";
import type { CallNumber, FunctionNumber } from "../hooks.ts";
import { createRuntime, type FileDefinition, type Runtime } from "../runtime/runtime.ts";
import type { Bundles } from "./bundles.ts";
import { followChildren } from "./children.ts";
import { hookCommonJs } from "./commonjs.ts";
import { watchEnd } from "./ending.ts";
import type { Carried } from "./environment.ts";
import { hookEsModules } from "./es-modules.ts";
import { showOwnSource } from "./fatal.ts";
import { makeInstrumenter, type Instrumenter, type LoadingHooks } from "./instrumenter.ts";
import { makeRealms } from "./realms.ts";
import { makeScope } from "./scope.ts";
import { readSettings } from "./settings.ts";
import { makeSourceTexts } from "./source-text.ts";
import { hookStackTraces } from "./stack-traces.ts";
import type * as TransformBundle from "./transform-bundle.ts";
import { openTransformCache } from "./transform-cache.ts";
import { fileOf, hookVm } from "./vm-code.ts";
import { followWorkers, hookBuiltinAccess, isMainThread, type Starting } from "./workers.ts";

export interface Start extends Carried {
  readonly parentCall: number;
}

export interface Agent {
  /** Records into the run that `start` names. Throws an Error where it cannot be read or written. */
  begin(start: Start): void;
  end(): void;
  /** The run's directory while it records. */
  recording(): string | null;
  /** Numbers a function that was not instrumented; the number holds for all recordings of this thread. */
  define(file: FileDefinition): FunctionNumber;
  readonly hooks: () => LoadingHooks | null;
}

/** A process with so many calls has met nearly all of what recordings need. */
const manyCalls = 500;

interface Recording {
  readonly start: Start;
  readonly runtime: Runtime;
  readonly hooks: LoadingHooks;
  readonly instrumenter: Instrumenter;
}

/** `register` is in the folder of the agent's files; `load` requires without a trace. Nothing is hooked before `begin`. */
export function makeAgent(register: string, load: (name: string) => unknown, bundles: Bundles): Agent {
  const folder = dirname(register);
  // Numbers in texts that V8 has compiled are those of every recording, so all is told again, in order.
  const defined: FileDefinition[] = [];
  const entered: CallNumber[] = [];
  // Text that was instrumented runs on when the recording has ended.
  let pathOf = (name: string): string => name;
  const texts = makeSourceTexts((name) => pathOf(name));
  const traces = hookStackTraces({ textOf: texts.of, asNative: texts.asNative, expressions: transforms });
  const realms = makeRealms((prototype, error) => {
    texts.install(prototype);
    traces.install(error);
  });
  const failures = new Set<string>();
  let bundle: typeof TransformBundle | null = null;
  let current: Recording | null = null;
  let isHooked = false;
  let callsBefore = 0;
  bundles.watch(() => (current?.runtime.lastCall() ?? callsBefore) >= manyCalls);

  function transforms(): typeof TransformBundle {
    return (bundle ??= bundles.load("transform") as typeof TransformBundle);
  }

  const define = (runtime: Runtime, file: FileDefinition): ReturnType<Runtime["define"]> => {
    defined.push(file);
    return runtime.define(file);
  };

  function begin(start: Start): void {
    const settings = readSettings(start.run);
    const scope = makeScope({ ...settings, main: mainFile(), agent: folder });
    const runtime = createRuntime({
      directory: start.run,
      parent: start.parent,
      parentCall: start.parentCall,
      includeFor: scope.includeFor,
      engine: "registerHooks" in nodeModule ? "registerHooks" : "readFile",
      watchesEnd: false,
      callsBefore,
      // Its module takes 2 ms to load.
      threadId: isMainThread() ? null : (load("node:worker_threads") as typeof WorkerThreads).threadId,
    });
    for (const file of defined) runtime.define(file);
    const instrumenter = makeInstrumenter({
      scope,
      runtime: { define: (file) => define(runtime, file), isRecording: runtime.isRecording },
      cache: openTransformCache(settings.cache, settings.root),
      transform: () => transforms().transform,
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
    const hooks: LoadingHooks = Object.assign(runtime.hooks, { M: runtime.enterModule });
    realms.use(hooks);
    current = { start, runtime, hooks, instrumenter };
    pathOf = (name) => scope.path(fileOf(name) ?? name);
    if (!isHooked) hook((words) => redactorOf(settings.redaction).argv(words));
    isHooked = true;
  }

  function hook(redact: (words: readonly string[]) => readonly string[]): void {
    const { asNative } = texts;
    const instrumenter: Instrumenter = {
      wants: (file, byNode) => current?.instrumenter.wants(file, byNode) ?? false,
      missed: (file) => current?.instrumenter.missed(file),
      instrument: (...given) => current?.instrumenter.instrument(...given) ?? null,
    };
    texts.install(Function.prototype);
    traces.install(Error);
    const enter = (module: FunctionNumber): void => {
      if (current) entered.push(current.runtime.enterModule(module));
    };
    const commonJs = hookCommonJs({ instrumenter, enter, asNative });
    let knowsThreads = false;
    const loadsThreads = (): void => {
      if (knowsThreads) return;
      knowsThreads = true;
      followWorkers(load("node:worker_threads") as typeof WorkerThreads, followed, asNative);
    };
    hookEsModules({ instrumenter, commonJs, folder, loadsThreads, load, asNative });
    hookBuiltinAccess(loadsThreads, asNative);
    hookVm({ instrumenter, prepareRealm: realms.add, asNative });
    followCommands(redact);
    watchEnd({ fatal, flush: () => current?.runtime.flush(), end });
  }

  function followed(): Starting | null {
    return current && { carried: current.start, key: current.runtime.key, currentCall: current.runtime.currentCall() };
  }

  function followCommands(redact: (words: readonly string[]) => readonly string[]): void {
    const tell = (note: string): void => current?.runtime.drop("not_injected", note);
    try {
      followChildren({ followed, starting: () => current?.runtime.flush(), tell, redact }, texts.asNative);
    } catch (error) {
      tell(`programs that this one starts are not recorded: ${messageOf(error)}`);
    }
  }

  function fatal(error: unknown, origin: "uncaughtException" | "unhandledRejection"): void {
    if (!current) return;
    const { runtime } = current;
    // Those that have ended are not ended again.
    if (origin === "uncaughtException") for (const call of entered.reverse()) runtime.failModule(call, error);
    runtime.fatal(error);
    // That of a worker thread is printed by the main thread, without an excerpt.
    if (!isMainThread()) return;
    try {
      showOwnSource(error, origin === "uncaughtException", texts.of);
    } catch {
      // Node prints its own excerpt.
    }
  }

  function end(): void {
    callsBefore = current?.runtime.lastCall() ?? callsBefore;
    current?.runtime.close();
    current = null;
    bundles.keep();
  }

  return {
    begin,
    end,
    recording: () => current?.start.run ?? null,
    define(file) {
      // Before the first recording there is nobody to give numbers: they go up by what each file has.
      const bases = current && define(current.runtime, file);
      if (bases) return bases.functions;
      defined.push(file);
      return 1 + defined.slice(0, -1).reduce((sum, each) => sum + (each.functionCount ?? each.functions.length), 0);
    },
    hooks: () => current?.hooks ?? null,
  };
}

/** The script, as Node will look for it; undefined for `-e`, standard input and a prompt. */
function mainFile(): string | undefined {
  const given = process.argv[1];
  if (given === undefined || given === "-") return undefined;
  const path = given.startsWith("/") ? given : join(process.cwd(), given);
  try {
    // What Node looks for first; to have it looked for takes a millisecond.
    if (statSync(path, { throwIfNoEntry: false })?.isFile() === true) return path;
    return nodeModule.createRequire(join(process.cwd(), "noop.js")).resolve(path);
  } catch {
    return path;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
