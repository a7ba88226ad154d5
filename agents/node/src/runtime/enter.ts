// A call begins. What functions are called most goes through `e0` to `en` and asks one number; everything that is not as
// usual (a new function, a hot one, a secret name, sampling) goes through `looked`. A record is whole or not there, also
// where the stack ends in the middle of one.
import { BARE, CALL, CONSTANT, STRAND } from "@spoor/protocol/raw";
import type { CallNumber, Hooks } from "../hooks.ts";
import { clock, random } from "./captured.ts";
import type { Causes } from "./causes.ts";
import type { Core } from "./core.ts";
import type { Why } from "./counters.ts";
import { CAN_WAIT, noteSwitch, NUMBER, rememberWaiting } from "./frames.ts";
import { BODY, GIVEN, SELF, SLOW, SUSPENDS, type FunctionInfo } from "./functions.ts";
import { MOST_CELLS, repair, tellNames } from "./sink.ts";
import type { Slots } from "./slots.ts";
import { C } from "./scalars.ts";

/** Of a function that is called often, values are opened at one call in so many. */
const THRIFT = 64;

export type EnterHooks = Pick<Hooks, "e0" | "e1" | "e2" | "e3" | "e4" | "en">;

export function createEnter(core: Core, slots: Slots, causes: Causes): EnterHooks {
  const { sink, functions, values, tools, withValues, put, wrote } = core;
  const { frames } = tools;
  const kind = withValues ? CALL : CALL | BARE;

  /** The record of a call, without its values. */
  function begin(fn: number, maker: CallNumber): number {
    const now = clock();
    if (frames.pending !== 0) tools.settle(fn);
    if (sink.n === 0) core.arm();
    if (sink.bad !== 0) repair(sink);
    if (frames.looseTurn >= 0) tools.settleLoose();
    if (frames.depth === frames.stack.length) tools.reserve();
    // Below zero: nothing runs that calls it, but that call has caused it.
    const flags = functions.flags[fn] as number;
    const isRooted = frames.depth === 0 && (maker !== 0 || (flags & GIVEN) !== 0);
    const parent = isRooted ? -causes.root(fn, maker, now) : frames.top & NUMBER;
    const call = ++frames.lastCall;
    const { cells } = sink;
    let { n } = sink;
    if (sink.strand !== frames.strand) {
      cells[n++] = STRAND;
      cells[n++] = sink.strand = frames.strand;
      noteSwitch(frames, call);
    }
    cells[n] = kind;
    cells[n + 1] = call;
    cells[n + 2] = parent;
    cells[n + 3] = fn;
    sink.n = n + 4;
    sink.times[sink.tn++] = now;
    const handle = (flags & SUSPENDS) === 0 ? call : call | CAN_WAIT;
    // It may turn out to be a task of its own.
    const isAlone = frames.depth === 0 && parent === 0 && (flags & BODY) === 0;
    frames.stack[frames.depth] = handle;
    frames.fns[frames.depth++] = fn;
    frames.top = handle;
    if ((flags & SUSPENDS) !== 0) rememberWaiting(frames, handle, fn, isAlone ? 0 : frames.strand);
    return handle;
  }

  function first(fn: number, value: unknown): void {
    values.begin(functions.thrifty[fn] === 1);
    if (((functions.flags[fn] as number) & SELF) !== 0) values.putSelf(value);
    else put(value);
  }

  function e0(fn: number, maker: CallNumber): CallNumber {
    const left = (functions.budget[fn] as number) - 1;
    if (!(left >= 0)) return slow(fn, maker, []);
    functions.budget[fn] = left;
    const call = begin(fn, maker);
    wrote();
    return call;
  }

  function e1(fn: number, maker: CallNumber, a: unknown): CallNumber {
    const left = (functions.budget[fn] as number) - 1;
    if (!(left >= 0)) return slow(fn, maker, [a]);
    functions.budget[fn] = left;
    const call = begin(fn, maker);
    if (withValues) {
      const { n, fn: floats } = sink;
      try {
        first(fn, a);
      } catch {
        sink.bad = 1;
        sink.badAt = n;
        sink.badFloats = floats;
      }
    }
    wrote();
    return call;
  }

  function e2(fn: number, maker: CallNumber, a: unknown, b: unknown): CallNumber {
    const left = (functions.budget[fn] as number) - 1;
    if (!(left >= 0)) return slow(fn, maker, [a, b]);
    functions.budget[fn] = left;
    const call = begin(fn, maker);
    if (withValues) {
      const { n, fn: floats } = sink;
      try {
        first(fn, a);
        put(b);
      } catch {
        sink.bad = 2;
        sink.badAt = n;
        sink.badFloats = floats;
      }
    }
    wrote();
    return call;
  }

  function e3(fn: number, maker: CallNumber, a: unknown, b: unknown, c: unknown): CallNumber {
    const left = (functions.budget[fn] as number) - 1;
    if (!(left >= 0)) return slow(fn, maker, [a, b, c]);
    functions.budget[fn] = left;
    const call = begin(fn, maker);
    if (withValues) {
      const { n, fn: floats } = sink;
      try {
        first(fn, a);
        put(b);
        put(c);
      } catch {
        sink.bad = 3;
        sink.badAt = n;
        sink.badFloats = floats;
      }
    }
    wrote();
    return call;
  }

  function e4(fn: number, maker: CallNumber, a: unknown, b: unknown, c: unknown, d: unknown): CallNumber {
    const left = (functions.budget[fn] as number) - 1;
    if (!(left >= 0)) return slow(fn, maker, [a, b, c, d]);
    functions.budget[fn] = left;
    const call = begin(fn, maker);
    if (withValues) {
      const { n, fn: floats } = sink;
      try {
        first(fn, a);
        put(b);
        put(c);
        put(d);
      } catch {
        sink.bad = 4;
        sink.badAt = n;
        sink.badFloats = floats;
      }
    }
    wrote();
    return call;
  }

  function en(fn: number, maker: CallNumber, captured: unknown[]): CallNumber {
    const left = (functions.budget[fn] as number) - 1;
    if (!(left >= 0)) return slow(fn, maker, captured);
    functions.budget[fn] = left;
    return entered(fn, maker, captured);
  }

  function entered(fn: number, maker: CallNumber, captured: readonly unknown[]): CallNumber {
    const call = begin(fn, maker);
    if (withValues && captured.length > 0) {
      const { n, fn: floats } = sink;
      try {
        putAll(fn, captured, n + MOST_CELLS - 1024);
      } catch {
        sink.bad = captured.length;
        sink.badAt = n;
        sink.badFloats = floats;
      }
    }
    wrote();
    return call;
  }

  function putAll(fn: number, captured: readonly unknown[], most: number): void {
    const { rules } = functions.info[fn] as FunctionInfo;
    if (rules === null || rules[0] === null) first(fn, captured[0]);
    else {
      values.begin(functions.thrifty[fn] === 1);
      values.putNamed(captured[0], rules[0] ?? null);
    }
    for (let i = 1; i < captured.length; i++) {
      if (sink.n > most) sink.cells[sink.n++] = (C.cutBytes << 4) | CONSTANT;
      else if (rules === null) put(captured[i]);
      else values.putNamed(captured[i], rules[i] ?? null);
    }
  }

  function slow(fn: number, maker: CallNumber, captured: readonly unknown[]): CallNumber {
    if (!frames.live || !(fn > 0) || fn >= functions.info.length) return 0;
    try {
      return looked(fn, maker, captured);
    } catch {
      return 0; // no stack left
    }
  }

  function looked(fn: number, maker: CallNumber, captured: readonly unknown[]): CallNumber {
    const info = functions.meet(fn);
    const flags = functions.flags[fn] as number;
    if (sink.n === 0) core.arm();
    if (!info.isDefined) {
      info.isDefined = true;
      core.define(fn);
    }
    if (frames.top < 0 || (core.sample < 1 && (flags & BODY) === 0 && isRoot() && random() >= core.sample)) {
      return counted(fn, maker, "sampled");
    }
    if (frames.limited || frames.lastCall >= NUMBER) return counted(fn, maker, "size");
    let left = functions.left[fn] as number;
    if (left <= 0) return counted(fn, maker, "hot");
    if (functions.told[fn] !== sink.epoch) {
      functions.told[fn] = sink.epoch;
      if (withValues) tellNames(sink, fn, info.captures);
    }
    const generous = core.hotValues - (core.hot - left);
    const chunk = generous > 0 ? generous : THRIFT;
    left--;
    functions.thrifty[fn] = (flags & SLOW) !== 0 && generous < 0 && generous % THRIFT !== 0 ? 1 : 0;
    // Where a name withholds something, or calls are drawn, each call is looked at.
    const next = (flags & SLOW) !== 0 ? 0 : chunk - 1 < left ? chunk - 1 : left;
    functions.budget[fn] = next;
    functions.left[fn] = left - next;
    const call = entered(fn, maker, captured);
    if (generous <= 0 && functions.thrifty[fn] === 0) {
      functions.opened[fn] = call & NUMBER;
      if (next > 0) functions.thrifty[fn] = 1;
    }
    if (info.kind === "module") causes.module(fn, call);
    return call;
  }

  function counted(fn: number, maker: CallNumber, why: Why): CallNumber {
    if (frames.depth === 0) causes.follow(fn, maker);
    const handle = slots.enter(fn, why);
    if (frames.depth === 0) frames.strand = core.mainStrand;
    return handle;
  }

  /** Only bodies of modules and classes lie below it. */
  function isRoot(): boolean {
    for (let i = 0; i < frames.depth; i++) {
      const fn = frames.fns[i] as number;
      if (((functions.flags[fn < 0 ? -fn : fn] as number) & BODY) === 0) return false;
    }
    return true;
  }

  return { e0, e1, e2, e3, e4, en };
}
