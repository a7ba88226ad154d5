// Calls that are only counted: of hot functions, of what lies below a root that was not drawn, beyond the size limit. Their
// callees have the recorded call below them as parent.
import { clock, nanoseconds } from "./captured.ts";
import type { Core } from "./core.ts";
import type { Counted, Why } from "./counters.ts";

const TURN_SHIFT = 17;
const PLACES = (1 << TURN_SHIFT) - 1;
const TURNS = (1 << 12) - 1;

interface Slot {
  counted: Counted | null;
  started: bigint;
  /** Handle that its callees have as parent; -1 below a root that was not drawn. */
  parent: number;
  fn: number;
  isOver: boolean;
  /** Tells the calls that have one slot after another from each other. */
  turn: number;
  next: number;
}

export interface Slots {
  enter(fn: number, why: Why): number;
  end(handle: number, raised: boolean): void;
  suspend(handle: number): void;
  resume(handle: number): void;
  isRunning(handle: number): boolean;
  /** The number that its callees have as parent; 0 once it is over. */
  recordedBelow(handle: number): number;
}

export function createSlots(core: Core): Slots {
  const { counters, tools } = core;
  const { frames } = tools;
  const slots: Slot[] = [];
  let free = -1;

  function enter(fn: number, why: Why): number {
    if (frames.pending !== 0) tools.settle(fn);
    const entry = counters.of(fn, why);
    let at = free;
    if (at < 0 && slots.length > PLACES) return 0;
    if (at < 0) {
      at = slots.length;
      slots[at] = { counted: null, started: 0n, parent: 0, fn: 0, isOver: false, turn: 0, next: -1 };
    } else free = (slots[at] as Slot).next;
    const slot = slots[at] as Slot;
    slot.fn = fn;
    slot.isOver = false;
    slot.turn = (slot.turn + 1) & TURNS;
    slot.parent = why === "sampled" ? -1 : frames.top;
    slot.counted = why === "sampled" ? null : entry;
    if (why === "sampled") counters.add(entry, 0, false);
    else slot.started = clock();
    tools.push(slot.parent, -fn);
    core.wrote();
    return -1 - (at | (slot.turn << TURN_SHIFT));
  }

  function slotOf(handle: number): Slot | null {
    const slot = slots[(-1 - handle) & PLACES];
    return slot === undefined || slot.isOver || slot.turn !== (-1 - handle) >> TURN_SHIFT ? null : slot;
  }

  function end(handle: number, raised: boolean): void {
    const slot = slotOf(handle);
    if (slot === null) return;
    pop(slot);
    if (slot.counted !== null) counters.add(slot.counted, nanoseconds(clock() - slot.started), raised);
    slot.counted = null;
    slot.isOver = true;
    slot.next = free;
    free = (-1 - handle) & PLACES;
  }

  function isOnTop(slot: Slot): boolean {
    const { depth } = frames;
    return depth > 0 && frames.stack[depth - 1] === slot.parent && frames.fns[depth - 1] === -slot.fn;
  }

  function pop(slot: Slot): void {
    if (isOnTop(slot)) tools.cutTo(frames.depth - 1);
    if (frames.pending !== 0) tools.counted();
  }

  return {
    enter,
    end,
    suspend(handle) {
      const slot = slotOf(handle);
      if (slot !== null) pop(slot);
    },
    resume(handle) {
      const slot = slotOf(handle);
      if (slot !== null) tools.push(slot.parent, -slot.fn);
    },
    isRunning(handle) {
      const slot = slotOf(handle);
      return slot !== null && isOnTop(slot);
    },
    recordedBelow(handle) {
      const parent = slotOf(handle)?.parent ?? 0;
      return parent > 0 ? parent : 0;
    },
  };
}
