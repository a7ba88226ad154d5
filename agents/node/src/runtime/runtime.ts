// The recording of one thread of this process: the hooks that instrumented code calls, what they are told about files,
// and the files that it writes (spec/raw.md). Each worker thread makes one of its own.
import type { CallNumber, CallSite, FunctionDefinition, FunctionNumber, Hooks } from "../hooks.ts";

export interface RuntimeOptions {
  /** The run's directory, as `SPOOR_RUN` names it; its `config.json` says the rest. */
  readonly directory: string;
  /** What `process.execArgv`, `process.argv` were when the program started; else as they are now. */
  readonly argv?: readonly string[];
  /** Key of the recorded process or thread that started this one (`SPOOR_PARENT`), and its call. */
  readonly parent?: string | null;
  readonly parentCall?: number;
  /** How the program is told to include a package: the pattern for `--include`, or null where nothing would record it. */
  readonly includeFor?: (from: string) => string | null;
  /** Names the loader's way into the program, for the header: `registerHooks`, `readFile`, `register`. */
  readonly engine?: string;
}

/** A function as the user wrote it: after source maps. */
export interface DefinedFunction extends FunctionDefinition {
  /** Where these differ from those of the file: a bundle holds functions of many. */
  readonly file?: string;
  readonly module?: string;
}

export interface FileDefinition {
  /** Absolute path, or what the file is called. */
  readonly file: string;
  /** The name of the module: `src/cart`, `express/lib/router`. */
  readonly module: string;
  readonly functions: readonly DefinedFunction[];
  readonly sites: readonly CallSite[];
}

/** What `fn` and `site` of the file's inserts are added to, and the number of the module's own code. */
export interface Bases {
  readonly functions: number;
  readonly sites: number;
  readonly module: FunctionNumber;
}

export interface Runtime {
  readonly hooks: Hooks;
  /** `<pid>-<t>`, for `SPOOR_PARENT` of children. */
  readonly key: string;
  define(file: FileDefinition): Bases;
  /** Around the evaluation of a module's own code: `enterModule(bases.module)`, then one of the other two. */
  enterModule(module: FunctionNumber): CallNumber;
  leaveModule(call: CallNumber): void;
  failModule(call: CallNumber, error: unknown): void;
  /** The recorded call that runs now, or 0: the `parentCall` of a child or worker that is started here. */
  currentCall(): CallNumber;
  /** One `D` record: something is missing, and why, as a sentence. */
  drop(why: "not_injected" | "agent_error" | "displaced", note: string): void;
  /** Hooks do nothing from here on, until `resume`. What is open ends unrecorded. */
  pause(): void;
  resume(): void;
  isRecording(): boolean;
  /** Writes what is in memory. */
  flush(): void;
  /** Ends the recording for good. */
  close(): void;
}
