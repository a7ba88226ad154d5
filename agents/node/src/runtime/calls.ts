// The hooks that instrumented code calls, put together, and what the runtime asks of them.
import type { CallNumber, FunctionNumber, Hooks } from "../hooks.ts";
import { fillInts, getFrom, newMap, setIn } from "./captured.ts";
import { createCauses } from "./causes.ts";
import { inheritedData } from "./classes.ts";
import { createCore, type CoreOptions } from "./core.ts";
import { createEnter } from "./enter.ts";
import { NUMBER } from "./frames.ts";
import { recordedAs } from "./recorded-functions.ts";
import { createOutcomes } from "./outcomes.ts";
import { createSlots } from "./slots.ts";
import { createSuspensions } from "./suspensions.ts";

export interface Calls {
  readonly hooks: Hooks;
  /** Enters a module's own code, for `m`. */
  enterModule(fn: FunctionNumber): CallNumber;
  /** The number of the call that began last. */
  last(): number;
  /** The innermost recorded call, or 0. */
  current(): CallNumber;
  /** From the loop, where no call can be running: those whose ends were missed are over. */
  atRest(): void;
  /** Where calls may be running that will never end. */
  forget(): void;
  /** As `atRest`, with an exception that nobody has handled: it may be what ended them. */
  fail(error: unknown): void;
  pause(): void;
  resume(): void;
  isLive(): boolean;
  /** After a record. */
  wrote(): void;
  /** Only counts from here on. */
  limit(): void;
  /** A file was begun: what the old one was told is told again. */
  rotated(): void;
}

export function createCalls(options: CoreOptions): Calls {
  const { functions, tools } = options;
  const { frames } = tools;
  const core = createCore(options);
  const slots = createSlots(core);
  const causes = createCauses(core, slots.recordedBelow);
  const enter = createEnter(core, slots, causes);
  const suspensions = createSuspensions(core, slots, causes);
  const outcomes = createOutcomes(core, slots, suspensions.resumed);
  const modules = newMap<number, CallNumber>();

  function s<T>(site: number, value?: T): T {
    if (frames.pending !== 0) tools.counted();
    if (site > 0 && frames.live && (functions.siteLeft[site] as number) > 0) frames.pending = site;
    return value as T;
  }

  function n(site?: number): Iterable<never> {
    if (site !== undefined) s(site);
    return nothing;
  }

  function h<T>(call: CallNumber, fn: FunctionNumber, taker: number, value: T): T {
    if (frames.live && fn < functions.info.length) causes.handed(call, fn, taker);
    return value;
  }

  function g<T>(call: CallNumber, taker: number, value: T): T {
    if (frames.live && typeof value === "function") handOn(call, taker, value);
    return value;
  }

  function b<T>(call: CallNumber, taker: number, holder: unknown, name: string, value: T): T {
    if (!frames.live || ((typeof holder !== "object" || holder === null) && typeof holder !== "function")) return value;
    try {
      const method = inheritedData(holder, name);
      if (typeof method === "function") handOn(call, taker, method);
    } catch {
      // No stack left.
    }
    return value;
  }

  function handOn(call: CallNumber, taker: number, value: Function): void {
    try {
      const fn = recordedAs(functions, value);
      if (fn > 0) causes.handed(call, fn, taker);
    } catch {
      // No stack left.
    }
  }

  function m(fn: FunctionNumber): CallNumber {
    return (getFrom(modules, fn) as CallNumber | undefined) ?? 0;
  }

  function enterModule(fn: FunctionNumber): CallNumber {
    const call = enter.e0(fn, 0);
    setIn(modules, fn, call);
    causes.module(fn, call);
    return call;
  }

  /** No call begins without a look any more. */
  function disarm(): void {
    for (let fn = 1; fn < functions.info.length; fn++) {
      functions.left[fn] = (functions.left[fn] as number) + (functions.budget[fn] as number);
      functions.budget[fn] = 0;
    }
  }

  return {
    hooks: { ...enter, ...outcomes.hooks, ...suspensions.hooks, s, n, m, h, g, b },
    enterModule,
    last: () => frames.lastCall,
    current: () => (frames.top > 0 ? frames.top & NUMBER : 0),
    atRest() {
      if (frames.depth > 0 && frames.live) {
        if (options.sink.n === 0) options.arm();
        tools.cutTo(0);
      }
      tools.reset();
    },
    forget() {
      // `process.exit` does not come back.
      if (frames.pending !== 0 && frames.live) tools.counted();
      tools.reset();
    },
    fail(error) {
      if (!frames.live || frames.depth === 0) return;
      outcomes.fail(error);
      tools.cutTo(0);
    },
    pause() {
      frames.live = false;
      disarm();
      tools.reset();
    },
    resume() {
      frames.live = true;
    },
    isLive: () => frames.live,
    wrote: core.wrote,
    limit() {
      frames.limited = true;
      fillInts(functions.stepsLeft, 0, 0, functions.stepsLeft.length);
      fillInts(functions.turnsLeft, 0, 0, functions.turnsLeft.length);
      disarm();
    },
    rotated: disarm,
  };
}

/** What is spread where there is nothing: an array would be asked for its elements by what the program may have put in its prototype. */
const end: IteratorResult<never> = { done: true, value: undefined };
const ended: Iterator<never> = { next: () => end };
const nothing: Iterable<never> = { [Symbol.iterator]: () => ended };
