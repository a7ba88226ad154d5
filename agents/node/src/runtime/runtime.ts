// The recording of one thread of this process: the hooks that instrumented code calls, what they are told about files,
// and the files that it writes (spec/raw.md). Each worker thread makes one of its own.
import { setTimeout as startTimer } from "node:timers";
import { hintScanner } from "@spoor/protocol/hints";
import { TASK } from "@spoor/protocol/raw";
import { hintPairs, hints as HINTS, hintStarts } from "@spoor/protocol/redaction-rules";
import { redactorOf } from "@spoor/protocol/redaction";
import type { CallNumber, CallSite, FunctionDefinition, FunctionNumber, Hooks } from "../hooks.ts";
import { createAllowance } from "./allowance.ts";
import { createCalls } from "./calls.ts";
import { clock, files, nanoseconds, toJson, uncurried } from "./captured.ts";
import { createClasses } from "./classes.ts";
import { createCounters } from "./counters.ts";
import { createErrors } from "./errors.ts";
import { createFile, flagsOf, type End } from "./file.ts";
import { createFrames } from "./frames.ts";
import { createFunctions, type FunctionInfo } from "./functions.ts";
import { headerOf, threadLine } from "./header.ts";
import { openLayout } from "./layout.ts";
import { readSettings } from "./settings.ts";
import { createLocals } from "./locals.ts";
import { createShapes } from "./shapes.ts";
import {
  createBlockWriter,
  createSink,
  FULL_CELLS,
  FULL_TEXTS,
  isEmpty,
  putLine,
  repair,
  told,
  wordOf,
} from "./sink.ts";
import { createSteps } from "./steps.ts";
import { createValues } from "./values.ts";

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
  /** The number of the last call of the recording before this one, which functions that were made then still tell of. */
  readonly callsBefore?: number;
  /** Names the loader's way into the program, for the header: `registerHooks`, `readFile`, `register`. */
  readonly engine?: string;
  readonly version?: string;
  /** False: whoever makes it calls `fatal` and `close`, and the process gets no listeners. */
  readonly watchesEnd?: boolean;
  /** Of the worker thread that it records; none in the main one. */
  readonly threadId?: number | null;
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
  /** If their number is told, the first is the module's own code, and they are read when another one is called. */
  readonly functions: readonly DefinedFunction[];
  readonly functionCount?: number;
  /** The same: read when the first of them is met. */
  readonly sites: readonly CallSite[];
  readonly siteCount?: number;
  /** Places of functions that are not recorded: what they call is nobody's gap. */
  readonly unrecorded?: ReadonlySet<number>;
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
  /** The number of the last call. */
  lastCall(): number;
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
  /** This error is about to end the process. */
  fatal(error: unknown): void;
  /** Ends the recording for good. */
  close(): void;
}

/** What lies in memory is written at the latest so long after it was recorded, if the program lets the loop turn… */
const IDLE_MS = 5;
/** …and so long after the block before, if it does not. */
const BUSY_NS = 20_000_000;
/** Counts of what is not recorded one by one are told so often. */
const COUNTS_NS = 250_000_000;
const MAIN_STRAND = 1;
/** Calls that writing a block nests. */
const ROOM = 64;

/** @throws Error if the run cannot be read or written. Nothing is hooked into the process but its end. */
export function createRuntime(options: RuntimeOptions): Runtime {
  const settings = readSettings(options.directory);
  const { limits, clock: base } = settings;
  const redactor = redactorOf(settings.redaction);
  const start = clock() - base;
  const key = `${process.pid}-${start.toString(16)}`;
  const parentCall = options.parentCall ?? 0;
  const threadId = options.threadId ?? null;
  const header = headerOf({
    key,
    threadId,
    parent: options.parent ?? null,
    parentCall,
    engine: options.engine ?? "transform",
    argv: options.argv ?? [...process.execArgv, ...process.argv.slice(1)],
    redactor,
    version: options.version ?? "0.1.0",
    started: start,
  });

  const sink = createSink();
  const shapes = createShapes(redactor, limits.text);
  const classes = createClasses(sink, redactor);
  const layout = openLayout(settings.cache, threadId === null);
  const values = createValues({ sink, shapes, classes, layout, limits, redactor });
  const withValues = limits.level !== "none";
  const { hot, hotValues, gapCalls, sample } = settings;
  const functions = createFunctions({ hot, gapCalls, rule: shapes.rule, alwaysSlow: sample < 1 });
  const counters = createCounters(functions, redactor, options.includeFor ?? packageOf);
  const line = (text: string): void => putLine(sink, text);
  const now = (): number => nanoseconds(clock() - base);
  const locals = createLocals({ sink, functions, shapes, values, flush });
  const errors = createErrors({ functions, classes, redactor, longest: limits.text, line, now, locals });
  const writer = createBlockWriter(
    redactor,
    hintScanner(HINTS, hintStarts, hintPairs),
    settings.redaction.patterns.length > 0,
    limits.text,
  );
  const allowance = createAllowance(options.directory, settings.sizeBytes);
  const file = createFile({ directory: options.directory, key, clock: base, allowance, header, now });
  if (file.failure() !== null) throw new Error(`the spool cannot be written: ${file.failure()}`);

  const steps = createSteps(sink, functions, base);
  const tools = createFrames({
    sink,
    functions,
    counters,
    steps,
    mainStrand: MAIN_STRAND,
    callsBefore: options.callsBefore ?? 0,
  });
  let strands = MAIN_STRAND;
  let isOpen = true;
  let isExiting = false;
  let isArmed = false;
  let isLimited = false;
  let fatal = 0;
  let lastFlush = clock();
  let lastCounts = lastFlush;

  const calls = createCalls({
    sink, functions, values, counters, errors, tools, steps, withValues, hot, hotValues, sample, mainStrand: MAIN_STRAND,
    newTask, define: tellFunction, flush, arm, look,
  }); // prettier-ignore
  line(threadLine(MAIN_STRAND, now(), threadId));

  // One timer for ever: it keeps no process alive, and is not told of by `process.getActiveResourcesInfo()`.
  const timer = startTimer(atRest, IDLE_MS);
  timer.unref();
  const refresh = uncurried(timer.refresh as (this: object) => unknown);

  function arm(): void {
    if (isExiting || isArmed) return;
    isArmed = true;
    refresh(timer);
  }

  /** From the loop: no call is running. */
  function atRest(): void {
    isArmed = false;
    if (!isOpen) return;
    calls.atRest();
    flush();
  }

  function look(): void {
    if (isExiting && calls.current() === 0) flush();
    else if (nanoseconds(clock() - lastFlush) > BUSY_NS) flush();
  }

  function tellFunction(fn: number): void {
    const { name, module, file: path, line: first, kind, parameters } = functions.info[fn] as FunctionInfo;
    line(
      `F\t${fn}\t\t\t${first}\t\t{"module":${toJson(module)},"name":${toJson(name)},"file":${toJson(path)},"kind":"${kind}","parameters":${parameters}}`,
    );
  }

  function newTask(call: number, fn: number, time: bigint, odd: 0 | 1): number {
    strands += (strands & 1) === odd ? 2 : 1;
    const strand = strands;
    const info = functions.info[fn] as FunctionInfo;
    info.task ??= wordOf(sink, `{"name":${toJson(info.name)}}`);
    const word = told(sink, info.task);
    if (sink.bad !== 0) repair(sink);
    const { n } = sink;
    sink.cells[n] = TASK;
    sink.cells[n + 1] = strand;
    sink.cells[n + 2] = call;
    sink.cells[n + 3] = MAIN_STRAND;
    sink.cells[n + 4] = word;
    sink.n = n + 5;
    sink.times[sink.tn++] = time;
    return strand;
  }

  function flush(): void {
    // While the process ends, blocks are written as soon as no call is running: each writes the end of the file anew.
    if (!isOpen || (isExiting && calls.current() !== 0 && sink.n <= FULL_CELLS)) return;
    try {
      if (hasRoom(ROOM) > 0) write("no");
    } catch {
      // No stack left: what is in memory is written by the next one.
    }
  }

  function write(end: End): void {
    const time = clock();
    lastFlush = time;
    layout.renew();
    if (end !== "no" || nanoseconds(time - lastCounts) > COUNTS_NS || isExiting) {
      lastCounts = time;
      counters.write(line, nanoseconds(time - base), MAIN_STRAND);
    }
    errors.release();
    if (isEmpty(sink) && end === "no") return;
    const ends = end === "no" && file.fills(4 * sink.n + 8 * sink.tn + sink.units) ? "rotated" : end;
    if (ends === "rotated") line(`Z\t\t${nanoseconds(time - base)}\t\t\t\t{"why":"rotated"}`);
    put(ends);
    if (ends === "rotated") {
      sink.epoch++;
      calls.rotated();
    }
    if (allowance.isOver() && !isLimited) {
      isLimited = true;
      calls.limit();
      drop("size_limit", "The run reached its size limit; calls are only counted from here on.");
    }
    if (isExiting && end === "no") writeEnd();
  }

  function writeEnd(): void {
    const payload = fatal > 0 ? '{"why":"exit","fatal":true}' : '{"why":"exit"}';
    line(`Z\t\t${now()}\t\t${fatal > 0 ? fatal : ""}\t\t${payload}`);
    put("exit");
    // After every record from here on it is looked whether to write.
    sink.units = FULL_TEXTS + 1;
  }

  function put(end: End): void {
    const block = writer.take(sink, file.sequence, flagsOf(end));
    if (!file.write(block.bytes, block.length, end)) stop();
  }

  function stop(): void {
    isOpen = false;
    calls.pause();
    try {
      // Not process.stderr, which the program may have replaced.
      files.write(2, `spoor: the recording of process ${process.pid} ended: ${file.failure()}\n`);
    } catch {
      // Nobody can be told.
    }
  }

  function drop(why: string, note: string): void {
    if (!isOpen) return;
    if (isEmpty(sink)) arm();
    line(`D\t\t${now()}\t\t1\t\t{"why":"${why}","note":${toJson(redactor.text(note))}}`);
  }

  /** What runs after this in other listeners is recorded too, and written as soon as no call is running. */
  function atExit(): void {
    if (!isOpen || isExiting) return;
    steps.endAll(clock(), calls.wrote);
    isExiting = true;
    allowance.end();
    calls.forget();
    flush();
    if (isOpen) writeEnd();
  }

  function atUncaught(error: unknown): void {
    try {
      calls.fail(error);
    } catch {
      // They stay open.
    }
    fatal = errors.numberOf(error);
    flush();
  }

  function close(): void {
    if (!isOpen) return;
    atExit();
    calls.pause();
    isOpen = false;
    if (!watchesEnd) return;
    process.removeListener("exit", atExit);
    process.removeListener("uncaughtExceptionMonitor", atUncaught);
  }

  const watchesEnd = options.watchesEnd !== false;
  if (watchesEnd) {
    process.on("exit", atExit);
    process.on("uncaughtExceptionMonitor", atUncaught);
  }
  flush();

  return {
    hooks: calls.hooks,
    key,
    define: functions.define,
    enterModule: calls.enterModule,
    leaveModule: (call) => calls.hooks.q(call),
    failModule: (call, error) => calls.hooks.x(call, error),
    lastCall: calls.last,
    currentCall: calls.current,
    drop,
    pause: calls.pause,
    resume: calls.resume,
    isRecording: () => isOpen && calls.isLive(),
    flush,
    fatal: atUncaught,
    close,
  };
}

function hasRoom(depth: number): number {
  return depth === 0 ? 1 : hasRoom(depth - 1) | 1;
}

/** `express/lib/router` and `express` are of one package. */
function packageOf(from: string): string {
  const parts = from.split("/");
  return parts[0]?.startsWith("@") ? `${parts[0]}/${parts[1] ?? ""}` : (parts[0] ?? from);
}
