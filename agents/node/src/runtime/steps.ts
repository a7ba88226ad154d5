// Suspensions that are only counted (spec/spool.md): past its limit a function's generators and async functions leave no record
// of each wait. What a call did since its last record is kept here, and told by a `Y` before its end.
import { AWAIT, LINE } from "@spoor/protocol/raw";
import { deleteFrom, getFrom, mapEntries, nanoseconds, newMap, nextEntry, setIn } from "./captured.ts";
import { NUMBER } from "./frames.ts";
import type { Functions } from "./functions.ts";
import { withRoom } from "./blanks.ts";
import { repair, type Sink } from "./sink.ts";

interface Counts {
  /** Number of the call that resumed it; 0 if nobody did. */
  resumer: number;
  count: number;
  waitingNs: number;
  /** When it suspended itself; 0 while it runs. */
  since: bigint;
}

export interface Steps {
  /** Calls of which something is counted: where there are none, nothing needs to be asked. */
  open: number;
  /** A call suspends itself, below which `by` is on the stack. False if that is to be recorded. */
  counts(handle: number, fn: number, by: number, time: bigint): boolean;
  /** A call goes on. False if that is to be recorded: so was its suspension, or it is now, since another one resumes it. */
  goesOn(handle: number, fn: number, by: number, time: bigint): boolean;
  /** Before the record of its end. */
  end(handle: number, time: bigint): void;
  /** At the end of the process: of all calls that are open. `wrote` is called after each. */
  endAll(time: bigint, wrote: () => void): void;
}

/** `base`: the clock of the run. */
export function createSteps(sink: Sink, functions: Functions, base: bigint): Steps {
  const counts = newMap<number, Counts>();
  const self: Steps = { open: 0, counts: suspended, goesOn, end, endAll };

  function suspended(handle: number, fn: number, by: number, time: bigint): boolean {
    const left = functions.stepsLeft[fn] as number;
    if (left > 0) {
      functions.stepsLeft[fn] = left - 1;
      // It was forgotten what it is a call of.
      if (self.open > 0) end(handle, time);
      return false;
    }
    const known = getFrom(counts, handle) as Counts | undefined;
    if (known !== undefined) known.since = time;
    else {
      setIn(counts, handle, { resumer: numberOf(by), count: 0, waitingNs: 0, since: time });
      self.open++;
    }
    return true;
  }

  function goesOn(handle: number, fn: number, by: number, time: bigint): boolean {
    const entry = getFrom(counts, handle) as Counts | undefined;
    if (entry === undefined || entry.since === 0n) return false;
    const { since } = entry;
    const left = functions.turnsLeft[fn] as number;
    if (numberOf(by) === entry.resumer || left <= 0) {
      waited(entry, time);
      return true;
    }
    functions.turnsLeft[fn] = left - 1;
    entry.since = 0n;
    tell(handle, entry, since);
    entry.count = entry.waitingNs = 0;
    entry.resumer = numberOf(by);
    tellSuspension(handle, since);
    return false;
  }

  function waited(entry: Counts, until: bigint): void {
    const ns = nanoseconds(until - entry.since);
    entry.count++;
    entry.waitingNs += ns;
    entry.since = 0n;
  }

  function end(handle: number, time: bigint): void {
    const entry = getFrom(counts, handle) as Counts | undefined;
    if (entry === undefined) return;
    // A generator may be closed while it waits.
    if (entry.since !== 0n) waited(entry, time);
    tell(handle, entry, time);
    if (deleteFrom(counts, handle)) self.open--;
  }

  function endAll(time: bigint, wrote: () => void): void {
    const entries = mapEntries(counts);
    for (let next = nextEntry(entries); next.done !== true; next = nextEntry(entries)) {
      const [handle, entry] = [next.value[0] as number, next.value[1] as Counts];
      const { since } = entry;
      tell(handle, entry, since === 0n ? time : since);
      if (since !== 0n) tellSuspension(handle, since);
      deleteFrom(counts, handle);
      self.open--;
      wrote();
    }
  }

  /** What needs the stack comes first: the line is there whole, or nothing has changed. */
  function tell(handle: number, { resumer, count, waitingNs }: Counts, time: bigint): void {
    if (count === 0) return;
    if (sink.bad !== 0) repair(sink);
    const line = `Y\t${handle & NUMBER}\t${nanoseconds(time - base)}\t${resumer}\t${count}\t\t{"waiting_ns":${waitingNs}}`;
    sink.lines = withRoom(sink.lines, sink.ln);
    sink.cells[sink.n++] = LINE;
    sink.lines[sink.ln++] = line;
    sink.units += line.length;
  }

  function tellSuspension(handle: number, time: bigint): void {
    if (sink.bad !== 0) repair(sink);
    sink.cells[sink.n++] = AWAIT;
    sink.cells[sink.n++] = handle & NUMBER;
    sink.times[sink.tn++] = time;
  }

  return self;
}

function numberOf(handle: number): number {
  return handle > 0 ? handle & NUMBER : 0;
}
