// What the hooks share: the parts of the recording, and what is done before and after each record.
import { SMALL } from "@spoor/protocol/raw";
import type { Counters } from "./counters.ts";
import type { Errors } from "./errors.ts";
import type { FrameTools } from "./frames.ts";
import type { Functions } from "./functions.ts";
import { FULL_CELLS, FULL_TEXTS, type Sink } from "./sink.ts";
import type { Steps } from "./steps.ts";
import type { Values } from "./values.ts";

export interface CoreOptions {
  readonly sink: Sink;
  readonly functions: Functions;
  readonly values: Values;
  readonly counters: Counters;
  readonly errors: Errors;
  readonly tools: FrameTools;
  readonly steps: Steps;
  readonly withValues: boolean;
  /** Full records of one function. */
  readonly hot: number;
  /** Those of which all values are opened. */
  readonly hotValues: number;
  readonly sample: number;
  readonly mainStrand: number;
  /** Gives a number, odd or even as asked for, for a task of this function that this call creates, and tells of it. */
  readonly newTask: (call: number, fn: number, time: bigint, odd: 0 | 1) => number;
  readonly define: (fn: number) => void;
  readonly flush: () => void;
  /** Something is about to lie in the sink, which is empty. */
  readonly arm: () => void;
  /** Now and then: whether it is time to flush. */
  readonly look: () => void;
}

export interface Core extends CoreOptions {
  /** After a record. */
  wrote(): void;
  /** A value of the record that was begun. */
  put(value: unknown): void;
}

/** Records between two looks at the time. */
const LOOK = 63;

export function createCore(options: CoreOptions): Core {
  const { sink, values } = options;
  let ticks = 0;

  function wrote(): void {
    if (sink.n > FULL_CELLS || sink.units > FULL_TEXTS) options.flush();
    else if ((++ticks & LOOK) === 0) options.look();
  }

  function put(value: unknown): void {
    if (typeof value === "number" && (value << 4) >> 4 === value && (value !== 0 || 1 / value > 0)) {
      sink.cells[sink.n++] = (value << 4) | SMALL;
    } else values.put(value);
  }

  return { ...options, wrote, put };
}
