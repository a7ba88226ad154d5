// Calls that begin with nothing recorded below them: which call caused one, and to which task it belongs. A function that was
// made by a call is caused by that call, whoever runs it. A task is one chain of such causes:
//
// - What happens within a task stays on it. So does all that an event leads to: a request with its timers, streams and promises.
// - From the main strand, what is chained (`setTimeout`, `setInterval`, `then`) begins one task a call, for all that this call chains;
//   what is passed on in any other way (`createServer`, `on`) is called by events, and each of them begins a task. Events that
//   called nothing and left nothing behind share one, or a stream would have a task for each of its pieces.
import type { CallNumber } from "../hooks.ts";
import { imul } from "./captured.ts";
import type { CoreOptions } from "./core.ts";
import { CAN_WAIT, NUMBER, strandOf } from "./frames.ts";
import { CHAINED, GIVEN, MAKES, SUSPENDS } from "./functions.ts";

export interface Causes {
  /** A call of this function begins, and nothing is below it. Sets the strand; gives the number of the call that caused it, or 0. */
  root(fn: number, maker: CallNumber, now: bigint): number;
  /** The same for a call that is only counted: it begins no task. */
  follow(fn: number, maker: CallNumber): void;
  /** A call goes on with nothing below it. */
  goesOn(): void;
  /** Calls with this number and those after it are on another strand than those before it. */
  switched(call: number): void;
  /** A task begins with this call, which was caused by nobody that is known. */
  alone(call: number, fn: number, now: bigint): number;
  /** A module's own code begins: the functions that it makes are told of nobody. */
  module(fn: number, call: CallNumber): void;
}

/** Changes of strands that are remembered, and tasks that may be gone on with. */
const SWITCHES = 1 << 14;
const TASKS = 1 << 12;

/** `recordedBelow`: the number that stands for a call that is only counted, 0 once it is over. */
export function createCauses(core: CoreOptions, recordedBelow: (handle: CallNumber) => number): Causes {
  const { functions, tools, mainStrand } = core;
  const { frames } = tools;
  const { firstCall } = frames;
  const switchCall = new Int32Array(SWITCHES);
  const switchStrand = new Int32Array(SWITCHES);
  let switches = 0;
  let lastStrand = mainStrand;
  // By function (0: of what is chained) and the call that is the cause.
  const taskFn = new Int32Array(TASKS);
  const taskCause = new Int32Array(TASKS);
  const taskStrand = new Int32Array(TASKS);
  /** 1: another event may share it. */
  const taskIsFree = new Uint8Array(TASKS);
  /** By strand: 1 where an event began it. */
  let isEvent = new Uint8Array(1 << 10);
  /** The event that was begun last, if it may turn out to have left nothing behind. */
  let lastEvent = 0;
  let lastPlace = 0;
  /** By number of file; -1: it was run more than once. */
  const modules: CallNumber[] = [];

  function handleOf(fn: number, maker: CallNumber): CallNumber {
    if (maker > 0) return maker;
    if (maker < 0) return recordedBelow(maker);
    if (((functions.flags[fn] as number) & GIVEN) === 0) return 0;
    return modules[functions.fileOf[fn] as number] ?? 0;
  }

  /** The call's number, 0 if it is none of this recording. */
  function numberOf(handle: CallNumber): number {
    const call = handle > 0 ? handle & NUMBER : 0;
    return call > firstCall && call <= frames.lastCall ? call : 0;
  }

  function strandOfMaker(handle: CallNumber): number {
    return (handle >= CAN_WAIT && strandOf(frames, handle)) || strandOfCall(handle & NUMBER);
  }

  /** The main strand if it is not remembered. */
  function strandOfCall(call: number): number {
    const oldest = switches > SWITCHES ? switches - SWITCHES : 0;
    let low = oldest;
    let high = switches;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((switchCall[middle & (SWITCHES - 1)] as number) <= call) low = middle + 1;
      else high = middle;
    }
    return high > oldest ? (switchStrand[(high - 1) & (SWITCHES - 1)] as number) : mainStrand;
  }

  function switched(call: number): void {
    if (frames.strand === lastStrand) return;
    lastStrand = frames.strand;
    const before = (switches - 1) & (SWITCHES - 1);
    if (switches === 0 || switchCall[before] !== call) switches++;
    const at = (switches - 1) & (SWITCHES - 1);
    switchCall[at] = call;
    switchStrand[at] = lastStrand;
  }

  function begin(fn: number, cause: number, now: bigint, event: 0 | 1): number {
    const strand = core.newTask(cause, fn, now);
    if (strand >= isEvent.length) {
      const more = new Uint8Array(2 * strand);
      for (let i = 0; i < isEvent.length; i++) more[i] = isEvent[i] as number;
      isEvent = more;
    }
    isEvent[strand] = event;
    return strand;
  }

  /** Another event may share the task of the last one if nothing was called in it. */
  function settle(): void {
    if (lastEvent === 0) return;
    if (frames.lastCall === lastEvent) taskIsFree[lastPlace] = 1;
    lastEvent = 0;
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
      taskStrand[place] = begin(fn, cause, now, isChained ? 0 : 1);
    }
    taskIsFree[place] = 0;
    if (!isChained && mayShare) {
      lastEvent = frames.lastCall + 1;
      lastPlace = place;
    }
    return taskStrand[place] as number;
  }

  function root(fn: number, maker: CallNumber, now: bigint): number {
    settle();
    const handle = handleOf(fn, maker);
    const cause = numberOf(handle);
    if (cause === 0) return 0;
    const strand = strandOfMaker(handle);
    const staysOn =
      isEvent[strand] === 1 || (strand !== mainStrand && ((functions.flags[fn] as number) & CHAINED) !== 0);
    frames.strand = staysOn ? strand : taskOf(fn, cause, now);
    return cause;
  }

  return {
    root,
    follow(fn, maker) {
      settle();
      const handle = handleOf(fn, maker);
      if (numberOf(handle) !== 0) frames.strand = strandOfMaker(handle);
    },
    goesOn: settle,
    switched,
    alone: (call, fn, now) => begin(fn, call, now, 1),
    module(fn, call) {
      const file = functions.fileOf[fn] as number;
      const known = modules[file];
      if (known !== call) modules[file] = known === undefined ? call : -1;
    },
  };
}
