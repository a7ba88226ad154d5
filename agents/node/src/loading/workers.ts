// Worker threads. A worker has the agent by the options of its parent, unless the program gives it an environment or options of its
// own; then they are given what carries it. What the worker must know of its parent goes by Node's own way for such data.
import type * as WorkerThreads from "node:worker_threads";
import type { Carried } from "./environment.ts";

const key = "spoor";

export interface FromParent {
  readonly run: string;
  /** Key of the thread that started this one. */
  readonly parent: string;
  readonly parentCall: number;
  readonly options: string;
  readonly pythonPath: string;
}

/** Whether this is the main thread; told by what Node takes away from workers, since loading its module takes 2 ms. */
export function isMainThread(): boolean {
  return (process.chdir as unknown as { disabled?: boolean }).disabled !== true;
}

/** Null in a worker of a program that was not recorded when it started it. */
export function fromParent(threads: typeof WorkerThreads): FromParent | null {
  const told: unknown = threads.getEnvironmentData(key);
  return typeof told === "object" && told !== null && "run" in told ? (told as FromParent) : null;
}

export interface Starting {
  readonly carried: Carried;
  /** Of this thread. */
  readonly key: string;
  /** In which the worker is started, or 0. */
  readonly currentCall: number;
}

/** Puts ours in the place of `Worker`, before the program can take it from the module. */
export function followWorkers(
  threads: typeof WorkerThreads,
  followed: () => Starting | null,
  asNative: (ours: Function, native: Function) => void,
): void {
  const { Worker, SHARE_ENV } = threads;
  const ours = new Proxy(Worker, {
    construct(target, given: [unknown, WorkerThreads.WorkerOptions?], newTarget: Function): object {
      const starting = followed();
      let passed: unknown[] = given;
      if (starting !== null) {
        const { run, options: ours, pythonPath } = starting.carried;
        const told: FromParent = {
          run,
          parent: starting.key,
          parentCall: starting.currentCall,
          options: ours,
          pythonPath,
        };
        threads.setEnvironmentData(key, told);
        const [file, options] = given;
        if (plain(options)) passed = [file, carrying(options, ours, SHARE_ENV)];
      }
      return Reflect.construct(target, passed, newTarget === ours ? target : newTarget) as object;
    },
  });
  // `constructor` of the prototype stays: V8 takes the names in stack traces from it, and knows no proxies there.
  (threads as { Worker: unknown }).Worker = ours;
  asNative(ours, Worker);
}

/** The way to Node's modules that passes by all hooks (22.3 and newer). */
export function hookBuiltinAccess(
  loadsThreads: () => void,
  asNative: (ours: Function, native: Function) => void,
): void {
  const holder = process as unknown as { getBuiltinModule?: (name: string) => unknown };
  const native = holder.getBuiltinModule;
  if (native === undefined) return;
  holder.getBuiltinModule = {
    getBuiltinModule(name: string): unknown {
      if (name === "worker_threads" || name === "node:worker_threads") loadsThreads();
      return Reflect.apply(native, process, [name]);
    },
  }.getBuiltinModule;
  asNative(holder.getBuiltinModule, native);
}

function plain(options: unknown): options is WorkerThreads.WorkerOptions {
  return typeof options === "object" && options !== null;
}

function carrying(options: WorkerThreads.WorkerOptions, ours: string, shared: symbol): WorkerThreads.WorkerOptions {
  const { env, execArgv } = options;
  if (env === shared || ((env === null || env === undefined) && execArgv === undefined)) return options;
  const given = (env ?? process.env) as NodeJS.ProcessEnv;
  const own = given["NODE_OPTIONS"];
  const all = own === undefined || own === "" ? ours : own.includes(ours) ? own : `${ours} ${own}`;
  return { ...options, env: { ...given, NODE_OPTIONS: all } };
}
