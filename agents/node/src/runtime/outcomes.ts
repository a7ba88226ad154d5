// A call ends, or an exception comes by. After the first end of a call the others do nothing.
import { BARE, CONSTANT, LATE, LEAVE, LATER, RETURN, SMALL } from "@spoor/protocol/raw";
import type { CallNumber, Hooks } from "../hooks.ts";
import { clock, deleteFrom, isInMap, newMap, setIn } from "./captured.ts";
import type { Core } from "./core.ts";
import type { Frame } from "./errors.ts";
import { ASLEEP, CAN_WAIT, FORGOTTEN, LOOSE, NUMBER, OVER, REMEMBERED, RUNNING } from "./frames.ts";
import { ASYNC, type FunctionInfo } from "./functions.ts";
import { repair } from "./sink.ts";
import type { Slots } from "./slots.ts";
import { C } from "./scalars.ts";

/** In place of an exception: a generator was closed. */
const CLOSED = -1;

export interface Outcomes {
  readonly hooks: Pick<Hooks, "r" | "q" | "p" | "f" | "x" | "t" | "c">;
  /** From the loop, with an exception that nobody has handled: it has left the module whose code ran last. */
  fail(error: unknown): void;
}

export function createOutcomes(core: Core, slots: Slots, resumed: (handle: number) => void): Outcomes {
  const { sink, functions, values, errors, tools, steps, withValues, wrote } = core;
  const { frames } = tools;
  /** Calls that have said what they will return. */
  const promised = newMap<number, true>();
  let promises = 0;
  const returns = withValues ? RETURN : RETURN | BARE;

  /**
   * Takes a call off the stack; false if it is over already. Everything that needs the stack comes before the first change, so
   * that a call that is off the stack has its record.
   */
  function over(handle: number, now: bigint): boolean {
    if (frames.pending !== 0) tools.counted();
    if (sink.bad !== 0) repair(sink);
    if (promises > 0 && deleteFrom(promised, handle)) promises--;
    const place = handle & (REMEMBERED - 1);
    const canWait = handle >= CAN_WAIT && frames.waitCall[place] === handle;
    if (canWait && frames.waitState[place] === OVER) return false;
    let at = frames.depth - 1;
    if (at < 0 || frames.stack[at] !== handle || (frames.fns[at] as number) < 0) {
      at = tools.find(handle);
      // One that can wait may end while it does.
      if (at < 0 && handle < CAN_WAIT) return false;
      if (at >= 0) tools.cutTo(at + 1);
    }
    if (steps.open > 0 && handle >= CAN_WAIT) steps.end(handle, now);
    if (canWait) frames.waitState[place] = OVER;
    if (at >= 0) {
      frames.depth = at;
      frames.top = at > 0 ? (frames.stack[at - 1] as number) : 0;
      if (at === 0) frames.strand = core.mainStrand;
    }
    return true;
  }

  function r<T>(handle: CallNumber, value: T): T {
    if (!frames.live) return value;
    if (handle > 0) {
      const now = clock();
      if (sink.n === 0) core.arm();
      const { depth } = frames;
      const fn = depth > 0 && frames.stack[depth - 1] === handle ? (frames.fns[depth - 1] as number) : 0;
      const thrifty = functions.thrifty[fn] === 1 && functions.opened[fn] !== (handle & NUMBER);
      if (!over(handle, now)) return value;
      const { cells, n } = sink;
      cells[n] = returns;
      cells[n + 1] = handle & NUMBER;
      sink.n = n + 2;
      sink.times[sink.tn++] = now;
      if (withValues) {
        if (typeof value === "number" && (value << 4) >> 4 === value && (value !== 0 || 1 / value > 0)) {
          sink.cells[sink.n++] = (value << 4) | SMALL;
        } else {
          const { n: start, fn: floats } = sink;
          try {
            values.begin(thrifty);
            values.put(value);
          } catch {
            sink.bad = 1;
            sink.badAt = start;
            sink.badFloats = floats;
          }
        }
      }
      wrote();
    } else if (handle < 0) slots.end(handle, false);
    return value;
  }

  function q(handle: CallNumber): void {
    if (!frames.live) return;
    if (handle > 0) {
      const now = clock();
      if (sink.n === 0) core.arm();
      if (!over(handle, now)) return;
      const { cells, n } = sink;
      cells[n] = returns;
      cells[n + 1] = handle & NUMBER;
      sink.n = n + 2;
      sink.times[sink.tn++] = now;
      if (withValues) cells[sink.n++] = (C.undefined << 4) | CONSTANT;
      wrote();
    } else if (handle < 0) slots.end(handle, false);
  }

  function p<T>(handle: CallNumber, value?: T): T {
    if (handle > 0 && frames.live && (handle < CAN_WAIT || tools.stateOf(handle) !== OVER)) {
      try {
        if (sink.n === 0) core.arm();
        if (!isInMap(promised, handle)) promises++;
        setIn(promised, handle, true);
        if (withValues) promise(handle, value);
      } catch {
        // Its return has no value then.
      }
    }
    return value as T;
  }

  function promise(handle: number, value: unknown): void {
    if (sink.bad !== 0) repair(sink);
    const { n, fn: floats } = sink;
    sink.cells[n] = LATER;
    sink.cells[n + 1] = handle & NUMBER;
    sink.n = n + 2;
    try {
      values.begin(false);
      values.put(value);
    } catch {
      sink.bad = 1;
      sink.badAt = n + 2;
      sink.badFloats = floats;
    }
  }

  function f(handle: CallNumber): void {
    if (!frames.live) return;
    if (handle > 0) {
      const now = clock();
      if (sink.n === 0) core.arm();
      const isPromised = promises > 0 && isInMap(promised, handle);
      if (!over(handle, now)) return;
      const { cells, n } = sink;
      cells[n] = isPromised ? (withValues ? RETURN | LATE : RETURN | BARE) : LEAVE;
      cells[n + 1] = handle & NUMBER;
      sink.n = n + 2;
      sink.times[sink.tn++] = now;
      if (!isPromised) cells[sink.n++] = CLOSED;
      wrote();
    } else if (handle < 0) slots.end(handle, false);
  }

  function frameOf(handle: number, line: number): Frame {
    return { call: handle & NUMBER, fn: tools.fnOf(handle), line, values: null };
  }

  /** `from`: counted from the line of the function. */
  function placeOf(handle: number, from: number | undefined, values: readonly unknown[] | null): Frame {
    const fn = tools.fnOf(handle);
    const line = from === undefined ? lineOf(fn) : (functions.info[fn] as FunctionInfo).line + from;
    return { call: handle & NUMBER, fn, line, values };
  }

  /** That of the last call of something outside, for want of a better one. */
  function lineOf(fn: number): number {
    const site = frames.pending === 0 ? null : functions.site(frames.pending);
    return site?.fn === fn ? site.line : (functions.info[fn] as FunctionInfo).line;
  }

  function x(handle: CallNumber, error: unknown, from?: number, ...locals: unknown[]): void {
    if (!frames.live) return;
    if (handle < 0) {
      slots.end(handle, true);
      return;
    }
    if (handle === 0) return;
    let flight = 0;
    try {
      const now = clock();
      if (sink.n === 0) core.arm();
      try {
        const at = tools.find(handle);
        if (at >= 0 && at < frames.depth - 1) leaveAbove(at + 1, error);
        if (isOpen(handle))
          flight = errors.left(error, placeOf(handle, from, withValues ? locals : null), frames.strand, below(handle));
      } catch {
        // No stack left: it leaves without a name.
      }
      if (!over(handle, now)) return;
      const { cells, n } = sink;
      cells[n] = LEAVE;
      cells[n + 1] = handle & NUMBER;
      sink.n = n + 2;
      sink.times[sink.tn++] = now;
      cells[sink.n++] = flight;
      wrote();
    } catch {
      // No stack left at all: a call below that ends finds this one still open and closes it.
    }
  }

  function isOpen(handle: number): boolean {
    return handle >= CAN_WAIT ? tools.stateOf(handle) !== OVER : tools.find(handle) >= 0;
  }

  /** Number of the call below; 0 if nothing recorded is. */
  function below(handle: number): number {
    const at = tools.find(handle);
    if (at <= 0) return 0;
    const number = (frames.stack[at - 1] as number) & NUMBER;
    return number === 0 ? -1 : number;
  }

  /**
   * Calls above a place on the stack that an exception left without a word, since their code is in no `try` of ours: that of
   * modules, and bodies that cannot be put into one. It is the exception that comes by now if it was seen there last, or, where
   * nothing else tells of it, a module's that was not seen before: whoever waits for the module is given it.
   */
  function leaveAbove(depth: number, error: unknown): void {
    while (frames.depth > depth) {
      const at = frames.depth - 1;
      const handle = frames.stack[at] as number;
      const fn = frames.fns[at] as number;
      if (handle <= 0 || fn < 0 || (handle >= CAN_WAIT && tools.stateOf(handle) !== RUNNING)) return;
      const call = errors.callOf(error);
      const isModule = (functions.info[fn] as FunctionInfo).kind === "module";
      if (call >= 0 ? call !== (handle & NUMBER) : !isModule) return;
      x(handle, error);
    }
  }

  function t<T>(handle: CallNumber, line: number, error: T): T {
    if (handle > 0 && frames.live) {
      try {
        if (sink.n === 0) core.arm();
        errors.seen(error, frameOf(handle, line), frames.strand);
      } catch {
        // It is seen when it leaves the call.
      }
    }
    return error;
  }

  function c(handle: CallNumber, line: number, error: unknown, from?: number): void {
    if (!frames.live || handle === 0) return;
    if (handle < 0) {
      if (!slots.isRunning(handle)) slots.resume(handle);
      return;
    }
    try {
      if (sink.n === 0) core.arm();
      const at = tools.find(handle);
      // A generator may be thrown an exception by a call that still runs.
      const isTurn = at >= 0 || ((functions.flags[tools.fnOf(handle)] as number) & ASYNC) !== 0;
      if (frames.depth > at + 1 && isTurn) leaveAbove(at + 1, error);
      if (at >= 0 && at < frames.depth - 1) tools.cutTo(at + 1);
      if (handle >= CAN_WAIT) {
        const state = tools.stateOf(handle);
        if (state === OVER) return;
        if (state === LOOSE || at < 0 || state === ASLEEP || state === FORGOTTEN) resumed(handle);
      } else if (at < 0) return;
      if (from !== undefined) errors.seen(error, placeOf(handle, from, null), frames.strand);
      errors.caught(error, frameOf(handle, line), frames.strand);
      wrote();
    } catch {
      // Told as still in flight.
    }
  }

  function fail(error: unknown): void {
    try {
      leaveAbove(0, error);
    } catch {
      // They stay open.
    }
  }

  return { hooks: { r, q, p, f, x, t, c }, fail };
}
