// Calls that wait: what a generator or an async function does between its first and its last step is one call, which is
// off the stack while it waits, and on it again when it goes on.
import { AWAIT, BARE, RESUME, STRAND, YIELD } from "@spoor/protocol/raw";
import type { CallNumber, Hooks } from "../hooks.ts";
import { clock, turn } from "./captured.ts";
import type { Causes } from "./causes.ts";
import type { Core } from "./core.ts";
import {
  ASLEEP,
  CAN_WAIT,
  isUndecided,
  LOOSE,
  noteSwitch,
  NUMBER,
  OVER,
  REMEMBERED,
  RUNNING,
  setStrand,
  strandOf,
} from "./frames.ts";
import { ASYNC } from "./functions.ts";
import { repair } from "./sink.ts";
import type { Slots } from "./slots.ts";

export type SuspensionHooks = Pick<Hooks, "w" | "l" | "y" | "u" | "d" | "k">;

export interface Suspensions {
  readonly hooks: SuspensionHooks;
  resumed(handle: number): void;
}

export function createSuspensions(core: Core, slots: Slots, causes: Causes): Suspensions {
  const { sink, functions, values, tools, steps, withValues, wrote } = core;
  const { frames, stateOf, setState } = tools;

  function step(kind: number, handle: number, now: bigint): void {
    if (sink.n === 0) core.arm();
    if (sink.bad !== 0) repair(sink);
    const { n } = sink;
    sink.cells[n] = kind;
    sink.cells[n + 1] = handle & NUMBER;
    sink.n = n + 2;
    sink.times[sink.tn++] = now;
  }

  /** @returns false where the call is over, its waiting was told already, or is only counted. */
  function suspend(kind: number, handle: number): boolean {
    const at = frames.depth > 0 && frames.stack[frames.depth - 1] === handle ? frames.depth - 1 : tools.find(handle);
    const state = stateOf(handle);
    if (state === OVER || at < 0) return false;
    if (at < frames.depth - 1) tools.cutTo(at + 1);
    if (frames.pending !== 0) tools.counted();
    const time = clock();
    const isTold = state !== LOOSE && !isCounted(handle, at, time);
    if (isTold) step(kind, handle, time);
    frames.depth = at;
    frames.top = at > 0 ? (frames.stack[at - 1] as number) : 0;
    setState(handle, ASLEEP);
    if (at === 0) {
      frames.strand = core.mainStrand;
      // A chain of its own begins where something asynchronous was started by nobody.
      if (kind === AWAIT && isUndecided(frames, handle)) {
        setStrand(frames, handle, causes.alone(handle & NUMBER, frames.fns[at] as number, time));
      }
    }
    return isTold;
  }

  /** Of a call at this place on the stack that suspends itself. */
  function isCounted(handle: number, at: number, time: bigint): boolean {
    const there = frames.fns[at] as number;
    const fn = there < 0 ? tools.fnOf(handle) : there;
    const left = functions.stepsLeft[fn] as number;
    if (left > 0 && steps.open === 0) {
      functions.stepsLeft[fn] = left - 1;
      return false;
    }
    if (sink.n === 0) core.arm();
    return steps.counts(handle, fn, at > 0 ? (frames.stack[at - 1] as number) : 0, time);
  }

  /** As `suspend`, where everything is as usual. @returns false if it is not. */
  function awaits(handle: number): boolean {
    const place = handle & (REMEMBERED - 1);
    const at = frames.depth - 1;
    if (
      at < 0 || frames.stack[at] !== handle || (frames.fns[at] as number) < 0 || frames.pending !== 0 || sink.n === 0 ||
      sink.bad !== 0 || frames.waitCall[place] !== handle || frames.waitState[place] !== RUNNING
    ) return false; // prettier-ignore
    const fn = frames.fns[at] as number;
    const left = functions.stepsLeft[fn] as number;
    if (left <= 0) return false;
    functions.stepsLeft[fn] = left - 1;
    const { cells, n } = sink;
    sink.times[sink.tn++] = clock();
    cells[n] = AWAIT;
    cells[n + 1] = handle & NUMBER;
    sink.n = n + 2;
    frames.depth = at;
    frames.waitState[place] = ASLEEP;
    if (at > 0) {
      frames.top = frames.stack[at - 1] as number;
      return true;
    }
    frames.top = 0;
    frames.strand = core.mainStrand;
    if (frames.waitStrand[place] === 0) {
      const time = sink.times[sink.tn - 1] as bigint;
      frames.waitStrand[place] = causes.alone(handle & NUMBER, fn, time);
    }
    return true;
  }

  /** As `resumed`, where nothing runs and everything is as usual. @returns false if it is not. */
  function goesOn(handle: number): boolean {
    const place = handle & (REMEMBERED - 1);
    const fn = frames.waitFn[place] as number;
    if (
      (functions.stepsLeft[fn] as number) <= 0 || frames.depth !== 0 || frames.pending !== 0 || frames.lastEvent !== 0 || sink.n === 0 || sink.bad !== 0 ||
      frames.waitCall[place] !== handle || frames.waitState[place] !== ASLEEP
    ) return false; // prettier-ignore
    const { cells } = sink;
    let { n } = sink;
    sink.times[sink.tn++] = clock();
    const strand = (frames.waitStrand[place] as number) || core.mainStrand;
    frames.strand = strand;
    if (sink.strand !== strand) {
      cells[n++] = STRAND;
      cells[n++] = sink.strand = strand;
      noteSwitch(frames, frames.lastCall + 1);
    }
    cells[n] = RESUME;
    cells[n + 1] = handle & NUMBER;
    cells[n + 2] = 0;
    sink.n = n + 3;
    frames.waitState[place] = RUNNING;
    frames.stack[0] = handle;
    frames.fns[0] = fn;
    frames.depth = 1;
    frames.top = handle;
    return true;
  }

  function w<T>(handle: CallNumber, operand: T): T {
    if (frames.live) {
      if (handle > 0) {
        if (!awaits(handle)) suspend(AWAIT, handle);
        wrote();
      } else if (handle < 0) slots.suspend(handle);
    }
    return operand;
  }

  function y<T>(handle: CallNumber, yielded: T): T {
    if (frames.live) {
      if (handle > 0) {
        const { depth } = frames;
        const fn = depth > 0 && frames.stack[depth - 1] === handle ? (frames.fns[depth - 1] as number) : 0;
        const thrifty = functions.thrifty[fn] === 1 && functions.opened[fn] !== (handle & NUMBER);
        if (suspend(withValues ? YIELD : YIELD | BARE, handle) && withValues) {
          const { n, fn: floats } = sink;
          try {
            values.begin(thrifty);
            values.put(yielded);
          } catch {
            sink.bad = 1;
            sink.badAt = n;
            sink.badFloats = floats;
          }
        }
        wrote();
      } else if (handle < 0) slots.suspend(handle);
    }
    return yielded;
  }

  /** It stays on the stack, as the caller of what still runs in it, until something further down is heard of. */
  function l<T>(handle: CallNumber, operand?: T): T {
    if (frames.live) {
      if (handle > 0) {
        const at = stateOf(handle) === RUNNING ? tools.find(handle) : -1;
        if (at >= 0) {
          const time = clock();
          if (!isCounted(handle, at, time)) step(AWAIT, handle, time);
          setState(handle, LOOSE);
          frames.looseTurn = turn();
          wrote();
        }
      } else if (handle < 0) slots.suspend(handle);
    }
    return operand as T;
  }

  function resumed(handle: number): void {
    const state = stateOf(handle);
    if (state === OVER) return;
    const at = tools.find(handle);
    if (at >= 0) {
      if (at < frames.depth - 1) tools.cutTo(at + 1);
      if (state === LOOSE) wakes(handle, frames.fns[at] as number, at > 0 ? (frames.stack[at - 1] as number) : 0);
      return;
    }
    const fn = tools.fnOf(handle);
    // What is still on the stack then has ended without a word, or is about to wait.
    const isTurn = ((functions.flags[fn] as number) & ASYNC) !== 0;
    if (frames.depth > 0 && isTurn) tools.cutTo(0);
    if (frames.pending !== 0) {
      // A generator is resumed by what is called at the site, perhaps.
      if (isTurn) tools.counted();
      else tools.settle(fn);
    }
    if (frames.depth === 0) {
      if (frames.lastEvent !== 0) causes.settle();
      frames.strand = strandOf(frames, handle) || core.mainStrand;
    }
    wakes(handle, fn, frames.top);
    tools.push(handle, fn);
  }

  function wakes(handle: number, fn: number, by: number): void {
    const now = clock();
    if (sink.n === 0) core.arm();
    if (sink.bad !== 0) repair(sink);
    if (steps.open > 0 && steps.goesOn(handle, fn, by, now)) {
      setState(handle, RUNNING);
      return;
    }
    const { cells } = sink;
    let { n } = sink;
    if (sink.strand !== frames.strand) {
      cells[n++] = STRAND;
      cells[n++] = sink.strand = frames.strand;
      noteSwitch(frames, frames.lastCall + 1);
    }
    cells[n] = RESUME;
    cells[n + 1] = handle & NUMBER;
    cells[n + 2] = by > 0 ? by & NUMBER : 0;
    sink.n = n + 3;
    sink.times[sink.tn++] = now;
    setState(handle, RUNNING);
  }

  function goOn(handle: CallNumber): void {
    if (handle > 0) {
      if (handle >= CAN_WAIT) {
        if (!goesOn(handle)) resumed(handle);
        wrote();
      }
    } else if (handle < 0 && !slots.isRunning(handle)) slots.resume(handle);
  }

  function u<T>(handle: CallNumber, value: T): T {
    if (frames.live) {
      try {
        goOn(handle);
      } catch {
        // No stack left: what follows runs without it.
      }
    }
    return value;
  }

  function d(handle: CallNumber): void {
    if (frames.live && frames.top !== handle) u(handle, undefined);
    else if (frames.live && handle >= CAN_WAIT && stateOf(handle) === LOOSE) u(handle, undefined);
  }

  function k(handle: CallNumber, resumes: 0 | 1): Disposable {
    const end = (): void => {
      if (resumes === 1) u(handle, undefined);
      else l(handle);
    };
    return { [Symbol.dispose]: end };
  }

  return { hooks: { w, l, y, u, d, k }, resumed };
}
