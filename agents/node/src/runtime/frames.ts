// Who runs: the stack of the calls of this thread, and the calls that wait. Handles are the numbers that hooks are given:
// the number of a call, with a bit for those that can suspend themselves; below zero, a slot of a call that is counted.
import { LEAVE } from "@spoor/protocol/raw";
import { clock, turn } from "./captured.ts";
import type { Counters } from "./counters.ts";
import type { Functions } from "./functions.ts";
import { repair, type Sink } from "./sink.ts";
import type { Steps } from "./steps.ts";

/** Set in the handle of a call that can suspend itself; numbers of calls lie below it. */
export const CAN_WAIT = 1 << 30;
export const NUMBER = CAN_WAIT - 1;

/** Calls that can wait, of which is remembered what they do; a newer one takes the place of one so many calls older. */
export const REMEMBERED = 1 << 16;

export const SWITCHES = 1 << 14;

/** What a call that can wait does. `loose`: it is about to wait, but code of the program's still runs in it. */
export const RUNNING = 1;
export const LOOSE = 2;
export const ASLEEP = 3;
export const OVER = 4;
export const FORGOTTEN = 0;

export interface Frames {
  /** Handles; of a call that is counted only, that of its caller. */
  stack: Int32Array;
  /** Their functions; below zero for a call that is counted only. */
  fns: Int32Array;
  depth: number;
  /** Handle of the innermost call; 0 if there is none, -1 below a root that was not drawn. */
  top: number;
  strand: number;
  /** A call site whose callee may turn out not to be recorded. */
  pending: number;
  lastCall: number;
  /** Numbers up to this one are of calls of an earlier recording. */
  readonly firstCall: number;
  live: boolean;
  /** Calls are only counted from here on. */
  limited: boolean;
  /** Where the strand changed, of which the last `SWITCHES` are remembered: the number of the next call then, and the strand. */
  readonly switches: Int32Array;
  switched: number;
  /** The turn of the loop in which a call became `LOOSE` that is still on the stack, perhaps; -1: there is none. */
  looseTurn: number;
  /** The event that began last, if it may turn out to have left nothing behind; else 0. */
  lastEvent: number;
  readonly waitCall: Int32Array;
  readonly waitState: Uint8Array;
  readonly waitStrand: Int32Array;
  readonly waitFn: Int32Array;
}

export interface FrameOptions {
  readonly sink: Sink;
  readonly functions: Functions;
  readonly counters: Counters;
  readonly steps: Steps;
  readonly mainStrand: number;
  readonly callsBefore: number;
}

export interface FrameTools {
  readonly frames: Frames;
  push(handle: number, fn: number): void;
  /** Room for one more. */
  reserve(): void;
  /** Place of a call on the stack, -1 if it is not there. */
  find(handle: number): number;
  fnOf(handle: number): number;
  /** A call begins. What is about to wait, on top, has done so if this is another turn: it calls nothing any more. */
  settleLoose(): void;
  /** What is above a place is over, or about to wait; nobody told. */
  cutTo(depth: number): void;
  stateOf(handle: number): number;
  setState(handle: number, state: number): void;
  /** What is called at the pending site came back, or another site follows. */
  counted(): void;
  /** A recorded function is entered: by what is called at the pending site, or behind it. */
  settle(fn: number): void;
  reset(): void;
}

export function createFrames({ sink, functions, counters, steps, mainStrand, callsBefore }: FrameOptions): FrameTools {
  const frames: Frames = {
    stack: new Int32Array(1 << 12),
    fns: new Int32Array(1 << 12),
    depth: 0,
    top: 0,
    strand: mainStrand,
    pending: 0,
    lastCall: callsBefore,
    firstCall: callsBefore,
    live: true,
    limited: false,
    switches: new Int32Array(2 * SWITCHES),
    switched: 0,
    looseTurn: -1,
    lastEvent: 0,
    waitCall: new Int32Array(REMEMBERED),
    waitState: new Uint8Array(REMEMBERED),
    waitStrand: new Int32Array(REMEMBERED),
    waitFn: new Int32Array(REMEMBERED),
  };

  function reserve(): void {
    if (frames.depth < frames.stack.length) return;
    const { stack, fns, depth } = frames;
    frames.stack = new Int32Array(2 * depth);
    frames.fns = new Int32Array(2 * depth);
    for (let i = 0; i < depth; i++) {
      frames.stack[i] = stack[i] as number;
      frames.fns[i] = fns[i] as number;
    }
  }

  function push(handle: number, fn: number): void {
    reserve();
    frames.stack[frames.depth] = handle;
    frames.fns[frames.depth++] = fn;
    frames.top = handle;
  }

  function find(handle: number): number {
    const { stack } = frames;
    for (let i = frames.depth - 1; i >= 0; i--) if (stack[i] === handle && (frames.fns[i] as number) >= 0) return i;
    return -1;
  }

  function fnOf(handle: number): number {
    const at = find(handle);
    if (at >= 0) return frames.fns[at] as number;
    const place = handle & (REMEMBERED - 1);
    return frames.waitCall[place] === handle ? (frames.waitFn[place] as number) : 0;
  }

  function cutTo(depth: number): void {
    for (let i = frames.depth - 1; i >= depth; i--) {
      const handle = frames.stack[i] as number;
      if (handle <= 0 || (frames.fns[i] as number) < 0) continue;
      const state = handle < CAN_WAIT ? RUNNING : stateOf(handle);
      if (state === LOOSE) setState(handle, ASLEEP);
      else if (state === RUNNING) {
        if (handle >= CAN_WAIT) setState(handle, OVER);
        const now = clock();
        if (sink.bad !== 0) repair(sink);
        if (steps.open > 0) steps.end(handle, now);
        const { n } = sink;
        sink.cells[n] = LEAVE;
        sink.cells[n + 1] = handle & NUMBER;
        sink.cells[n + 2] = 0;
        sink.n = n + 3;
        sink.times[sink.tn++] = now;
      }
    }
    frames.depth = depth;
    frames.top = depth > 0 ? (frames.stack[depth - 1] as number) : 0;
    if (depth === 0) frames.strand = mainStrand;
  }

  function settleLoose(): void {
    const { depth, top } = frames;
    if (depth === 0) frames.looseTurn = -1;
    if (depth === 0 || top < CAN_WAIT || stateOf(top) !== LOOSE || frames.looseTurn === turn()) return;
    let rest = depth;
    while (rest > 0 && stateOf(frames.stack[rest - 1] as number) === LOOSE) rest--;
    cutTo(rest);
    frames.looseTurn = -1;
  }

  function stateOf(handle: number): number {
    const place = handle & (REMEMBERED - 1);
    return frames.waitCall[place] === handle ? (frames.waitState[place] as number) : FORGOTTEN;
  }

  function setState(handle: number, state: number): void {
    const place = handle & (REMEMBERED - 1);
    if (frames.waitCall[place] === handle) frames.waitState[place] = state;
  }

  function counted(): void {
    const site = frames.pending;
    frames.pending = 0;
    counters.gap(site);
  }

  function settle(fn: number): void {
    const site = frames.pending;
    frames.pending = 0;
    if (functions.isOutside(site, fn)) counters.gap(site);
  }

  function reset(): void {
    for (let i = 0; i < frames.depth; i++) {
      const handle = frames.stack[i] as number;
      if (handle >= CAN_WAIT && stateOf(handle) === LOOSE) setState(handle, ASLEEP);
    }
    frames.depth = 0;
    frames.top = 0;
    frames.looseTurn = -1;
    frames.strand = mainStrand;
    frames.pending = 0;
  }

  return { frames, push, reserve, find, fnOf, settleLoose, cutTo, stateOf, setState, counted, settle, reset };
}

export function rememberWaiting(frames: Frames, handle: number, fn: number, strand: number): void {
  const place = handle & (REMEMBERED - 1);
  frames.waitCall[place] = handle;
  frames.waitState[place] = RUNNING;
  frames.waitStrand[place] = strand;
  frames.waitFn[place] = fn;
}

/** Calls from this number on are on another strand than those before it. */
export function noteSwitch(frames: Frames, call: number): void {
  const at = 2 * (frames.switched++ & (SWITCHES - 1));
  frames.switches[at] = call;
  frames.switches[at + 1] = frames.strand;
}

/** The strand on which a call began, or 0 if it was forgotten. */
export function strandOfCall({ switches, switched }: Frames, call: number): number {
  const oldest = switched > SWITCHES ? switched - SWITCHES : 0;
  let low = oldest;
  let high = switched;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((switches[2 * (middle & (SWITCHES - 1))] as number) <= call) low = middle + 1;
    else high = middle;
  }
  return low > oldest ? (switches[2 * ((low - 1) & (SWITCHES - 1)) + 1] as number) : 0;
}

/** The strand on which a call goes on, or 0 if it was forgotten, or has none yet. */
export function strandOf(frames: Frames, handle: number): number {
  const place = handle & (REMEMBERED - 1);
  return frames.waitCall[place] === handle ? (frames.waitStrand[place] as number) : 0;
}

export function setStrand(frames: Frames, handle: number, strand: number): void {
  const place = handle & (REMEMBERED - 1);
  if (frames.waitCall[place] === handle) frames.waitStrand[place] = strand;
}

/** Nothing called it, nobody caused it: it has no strand yet. */
export function isUndecided(frames: Frames, handle: number): boolean {
  const place = handle & (REMEMBERED - 1);
  return frames.waitCall[place] === handle && frames.waitStrand[place] === 0;
}
