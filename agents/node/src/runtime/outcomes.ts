// A call ends, or an exception comes by. After the first end of a call the others do nothing.
import { BARE, CONSTANT, LATE, LEAVE, LATER, RETURN, SMALL } from "@spoor/protocol/raw";
import type { CallNumber, Hooks } from "../hooks.ts";
import { clock, deleteFrom, isInMap, newMap, setIn } from "./captured.ts";
import type { Core } from "./core.ts";
import type { Frame } from "./errors.ts";
import { ASLEEP, CAN_WAIT, FORGOTTEN, LOOSE, NUMBER, OVER } from "./frames.ts";
import type { FunctionInfo } from "./functions.ts";
import type { Slots } from "./slots.ts";
import { C } from "./scalars.ts";

export type OutcomeHooks = Pick<Hooks, "r" | "q" | "p" | "f" | "x" | "t" | "c">;

export function createOutcomes(core: Core, slots: Slots, resumed: (handle: number) => void): OutcomeHooks {
  const { sink, functions, values, errors, tools, withValues, unread, wrote } = core;
  const { frames } = tools;
  /** Calls that have said what they will return. */
  const promised = newMap<number, true>();
  let promises = 0;

  /** Takes a call off the stack; false if it is over already. */
  function over(handle: number): boolean {
    if (handle >= CAN_WAIT) {
      const state = tools.stateOf(handle);
      if (state === OVER) return false;
      tools.setState(handle, OVER);
    }
    const { depth, stack } = frames;
    if (depth > 0 && stack[depth - 1] === handle && (frames.fns[depth - 1] as number) >= 0) drop(depth - 1);
    else {
      const at = tools.find(handle);
      // One that can wait may end while it does.
      if (at < 0) {
        if (handle < CAN_WAIT) return false;
      } else {
        tools.cutTo(at + 1);
        drop(at);
      }
    }
    if (frames.pending !== 0) tools.counted();
    if (promises > 0 && deleteFrom(promised, handle)) promises--;
    return true;
  }

  function drop(depth: number): void {
    frames.depth = depth;
    frames.top = depth > 0 ? (frames.stack[depth - 1] as number) : 0;
    if (depth === 0) frames.strand = core.mainStrand;
  }

  function ended(kind: number, handle: number, now: bigint): void {
    const { n } = sink;
    sink.cells[n] = kind;
    sink.cells[n + 1] = handle & NUMBER;
    sink.n = n + 2;
    sink.times[sink.tn++] = now;
  }

  function r<T>(handle: CallNumber, value: T): T {
    if (!frames.live) return value;
    if (handle > 0) {
      const now = clock();
      if (sink.n === 0) core.arm();
      const { depth } = frames;
      const thrifty =
        functions.thrifty[depth > 0 && frames.stack[depth - 1] === handle ? (frames.fns[depth - 1] as number) : 0] ===
        1;
      if (!over(handle)) return value;
      if (withValues) {
        ended(RETURN, handle, now);
        if (typeof value === "number" && (value << 4) >> 4 === value && (value !== 0 || 1 / value > 0)) {
          sink.cells[sink.n++] = (value << 4) | SMALL;
        } else valued(value, thrifty);
      } else ended(RETURN | BARE, handle, now);
      wrote();
    } else if (handle < 0) slots.end(handle, false);
    return value;
  }

  function valued(value: unknown, thrifty: boolean): void {
    const { n, fn: floats } = sink;
    try {
      values.begin(thrifty);
      values.put(value);
    } catch {
      unread(n, floats, 1);
    }
  }

  function q(handle: CallNumber): void {
    if (!frames.live) return;
    if (handle > 0) {
      const now = clock();
      if (sink.n === 0) core.arm();
      if (!over(handle)) return;
      if (withValues) {
        ended(RETURN, handle, now);
        sink.cells[sink.n++] = (C.undefined << 4) | CONSTANT;
      } else ended(RETURN | BARE, handle, now);
      wrote();
    } else if (handle < 0) slots.end(handle, false);
  }

  function p<T>(handle: CallNumber, value?: T): T {
    if (handle > 0 && frames.live && (handle < CAN_WAIT || tools.stateOf(handle) !== OVER)) {
      try {
        if (sink.n === 0) core.arm();
        if (!isInMap(promised, handle)) promises++;
        setIn(promised, handle, true);
        if (withValues) {
          const { n } = sink;
          sink.cells[n] = LATER;
          sink.cells[n + 1] = handle & NUMBER;
          sink.n = n + 2;
          valued(value, false);
        }
      } catch {
        // Its return has no value then.
      }
    }
    return value as T;
  }

  function f(handle: CallNumber): void {
    if (!frames.live) return;
    if (handle > 0) {
      const now = clock();
      if (sink.n === 0) core.arm();
      const returns = promises > 0 && isInMap(promised, handle);
      if (!over(handle)) return;
      if (returns) ended(withValues ? RETURN | LATE : RETURN | BARE, handle, now);
      else left(handle, -1, now);
      wrote();
    } else if (handle < 0) slots.end(handle, false);
  }

  function left(handle: number, flight: number, now: bigint): void {
    ended(LEAVE, handle, now);
    sink.cells[sink.n++] = flight;
  }

  function frameOf(handle: number, line: number): Frame {
    const fn = tools.fnOf(handle);
    return { call: handle & NUMBER, fn, line: line > 0 ? line : (functions.info[fn] as FunctionInfo).line };
  }

  function x(handle: CallNumber, error: unknown): void {
    if (!frames.live) return;
    if (handle < 0) {
      slots.end(handle, true);
      return;
    }
    if (handle === 0) return;
    try {
      const now = clock();
      if (sink.n === 0) core.arm();
      const frame = frameOf(handle, 0);
      const { strand } = frames;
      if (!over(handle)) return;
      left(handle, errors.left(error, frame, strand, frames.depth === 0), now);
      wrote();
    } catch {
      // No stack left: a call below that ends finds this one still open and closes it.
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

  function c(handle: CallNumber, line: number, error: unknown): void {
    if (!frames.live || handle === 0) return;
    if (handle < 0) {
      if (!slots.isRunning(handle)) slots.resume(handle);
      return;
    }
    try {
      if (sink.n === 0) core.arm();
      const at = tools.find(handle);
      if (at >= 0 && at < frames.depth - 1) tools.cutTo(at + 1);
      if (handle >= CAN_WAIT) {
        const state = tools.stateOf(handle);
        if (state === OVER) return;
        if (state === LOOSE || at < 0 || state === ASLEEP || state === FORGOTTEN) resumed(handle);
      } else if (at < 0) return;
      errors.caught(error, frameOf(handle, line), frames.strand);
      wrote();
    } catch {
      // Told as still in flight.
    }
  }

  return { r, q, p, f, x, t, c };
}
