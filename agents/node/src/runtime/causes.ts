// Calls that begin with nothing recorded below them: which call caused one, and to which task it belongs. A function that was
// made by a call is caused by that call, whoever runs it. A task is one chain of such causes:
//
// - What happens within a task stays on it. So does all that an event leads to: a request with its timers, streams and promises.
// - From the main strand, what is chained (`setTimeout`, `setInterval`, `then`) begins one task a call, for all that this call chains;
//   what is passed on in any other way (`createServer`, `on`) is called by events, and each of them begins a task. Events that
//   called nothing and left nothing behind share one, or a stream would have a task for each of its pieces.
import type { CallNumber } from "../hooks.ts";
import { getFrom, imul, newMap, setIn } from "./captured.ts";
import type { CoreOptions } from "./core.ts";
import { CAN_WAIT, NUMBER, strandOf, strandOfCall } from "./frames.ts";
import { CHAINED, GIVEN, MAKES, SUSPENDS } from "./functions.ts";

export interface Causes {
  /** A call of this function begins, and nothing is below it. Sets the strand; gives the number of the call that caused it, or 0. */
  root(fn: number, maker: CallNumber, now: bigint): number;
  /** The same for a call that is only counted: it begins no task. */
  follow(fn: number, maker: CallNumber): void;
  /** Another call begins or goes on with nothing below it: whether `lastEvent` has left anything behind is known. */
  settle(): void;
  /** A task begins with this call, which was caused by nobody that is known. */
  alone(call: number, fn: number, now: bigint): number;
  /** A call hands on a function that is told of no maker; `taker` as in `h`. */
  handed(call: CallNumber, fn: number, taker: number): void;
  /** A module's own code begins: the functions that it makes are told of nobody. */
  module(fn: number, call: CallNumber): void;
}

/** In the number of a task that an event began; those of others are even. */
const EVENT = 1;
/** Tasks that may be gone on with. */
const TASKS = 1 << 12;

/** Who handed a function on; 0 if it was more than one call, and nobody can tell which of them a run of it is due to. */
interface Hander {
  call: CallNumber;
  /** It is run once. */
  isOnce: boolean;
  isUsed: boolean;
}

/** `recordedBelow`: the number that stands for a call that is only counted, 0 once it is over. */
export function createCauses(core: CoreOptions, recordedBelow: (handle: CallNumber) => number): Causes {
  const { functions, tools, mainStrand } = core;
  const { frames } = tools;
  const { firstCall } = frames;
  // By function (0: of what is chained) and the call that is the cause.
  const taskFn = new Int32Array(TASKS);
  const taskCause = new Int32Array(TASKS);
  const taskStrand = new Int32Array(TASKS);
  /** 1: another event may share it. */
  const taskIsFree = new Uint8Array(TASKS);
  /** Of `lastEvent`. */
  let lastPlace = 0;
  /** By number of file; -1: it was run more than once. */
  const modules: CallNumber[] = [];
  const handers = newMap<number, Hander>();

  function handleOf(fn: number, maker: CallNumber): CallNumber {
    if (maker > 0) return maker;
    if (maker < 0) return recordedBelow(maker);
    if (((functions.flags[fn] as number) & GIVEN) === 0) return 0;
    const by = getFrom(handers, fn) as Hander | undefined;
    if (by === undefined) return modules[functions.fileOf[fn] as number] ?? 0;
    // What is run once was run.
    const call = by.isOnce && by.isUsed ? 0 : by.call;
    by.isUsed = true;
    return call;
  }

  /** The call's number, 0 if it is none of this recording. */
  function numberOf(handle: CallNumber): number {
    const call = handle > 0 ? handle & NUMBER : 0;
    return call > firstCall && call <= frames.lastCall ? call : 0;
  }

  function strandOfMaker(handle: CallNumber): number {
    return (handle >= CAN_WAIT && strandOf(frames, handle)) || strandOfCall(frames, handle & NUMBER) || mainStrand;
  }

  /** Another event may share the task of the last one if nothing was called in it. */
  function settle(): void {
    if (frames.lastCall === frames.lastEvent) taskIsFree[lastPlace] = 1;
    frames.lastEvent = 0;
  }

  function taskOf(fn: number, cause: number, now: bigint): number {
    const flags = functions.flags[fn] as number;
    const isChained = (flags & CHAINED) !== 0;
    const key = isChained ? 0 : fn;
    const place = (imul(key, 0x9e3779b1) ^ cause) & (TASKS - 1);
    const isKnown = taskCause[place] === cause && taskFn[place] === key;
    const mayShare = isChained || (flags & (MAKES | SUSPENDS)) === 0;
    if (!isKnown || !mayShare || (!isChained && taskIsFree[place] === 0)) {
      taskFn[place] = key;
      taskCause[place] = cause;
      taskStrand[place] = core.newTask(cause, fn, now, isChained ? 0 : EVENT);
    }
    taskIsFree[place] = 0;
    if (!isChained && mayShare) {
      frames.lastEvent = frames.lastCall + 1;
      lastPlace = place;
    }
    return taskStrand[place] as number;
  }

  function root(fn: number, maker: CallNumber, now: bigint): number {
    if (frames.lastEvent !== 0) settle();
    const handle = handleOf(fn, maker);
    const cause = numberOf(handle);
    if (cause === 0) return 0;
    const strand = strandOfMaker(handle);
    const staysOn =
      strand !== mainStrand && ((strand & EVENT) !== 0 || ((functions.flags[fn] as number) & CHAINED) !== 0);
    frames.strand = staysOn ? strand : taskOf(fn, cause, now);
    return cause;
  }

  function handed(handle: CallNumber, fn: number, taker: number): void {
    const call = handle < 0 ? recordedBelow(handle) : handle;
    const by = getFrom(handers, fn) as Hander | undefined;
    if (by === undefined) {
      setIn(handers, fn, { call, isOnce: taker === 0, isUsed: false });
      functions.flags[fn] = (functions.flags[fn] as number) | GIVEN | (taker < 2 ? CHAINED : 0);
    } else if (by.isOnce && by.isUsed && taker === 0) {
      by.call = call;
      by.isUsed = false;
    } else if (by.call !== call || by.isOnce !== (taker === 0)) {
      by.call = 0;
      by.isOnce = false;
    }
  }

  return {
    root,
    handed,
    follow(fn, maker) {
      if (frames.lastEvent !== 0) settle();
      const handle = handleOf(fn, maker);
      if (numberOf(handle) !== 0) frames.strand = strandOfMaker(handle);
    },
    settle,
    alone: (call, fn, now) => core.newTask(call, fn, now, EVENT),
    module(fn, call) {
      const file = functions.fileOf[fn] as number;
      const known = modules[file];
      if (known !== call) modules[file] = known === undefined ? call : -1;
    },
  };
}
