// The end of the process: what is in memory must be written after the program's own `exit` handlers, without a listener of ours
// among them and without a frame of ours below them. Node asks for `process.emit` and `process.reallyExit` at the time it calls
// them, so accessors see that the end has come.

import { framesBelow } from "./callers.ts";

export interface Ending {
  /** An error that nobody handles is about to end the process. */
  fatal(error: unknown, origin: "uncaughtException" | "unhandledRejection"): void;
  /** The process may end right now. */
  flush(): void;
  /** The last thing that this thread does. */
  end(): void;
}

const emitting = /\bemit \(node:events:\d+:\d+\)$/;

type Listener = (...given: unknown[]) => void;

interface Process {
  _exiting?: boolean;
  _events?: Record<string, Listener | Listener[] | undefined>;
  emit: NodeJS.Process["emit"];
  reallyExit: (code?: number) => never;
}

export function watchEnd(ending: Ending): void {
  const watched = process as unknown as Process;
  let armed = false;
  accessor(watched, "emit", () => {
    if (armed || watched._exiting !== true) return;
    armed = true;
    listenLast(watched, ending.end);
  });
  accessor(watched, "reallyExit", ending.flush);

  // In the prototype of the listeners, for Node alone when it emits this event.
  const events = watched._events;
  if (events === undefined || Object.getPrototypeOf(events) !== null) return;
  const monitor: Ending["fatal"] = (error, origin) => {
    if (process.listenerCount("uncaughtException") === 0 && !process.hasUncaughtExceptionCaptureCallback()) {
      ending.fatal(error, origin);
    }
  };
  const below = Object.create(null) as object;
  Object.setPrototypeOf(events, below);
  Object.defineProperty(below, "uncaughtExceptionMonitor", {
    get: () => (framesBelow().some((frame) => emitting.test(frame)) ? monitor : undefined),
    set(this: object, value: unknown) {
      Object.defineProperty(this, "uncaughtExceptionMonitor", {
        value,
        configurable: true,
        enumerable: true,
        writable: true,
      });
    },
  });
}

/**
 * `exit` is about to be emitted, to a copy of the list of its listeners: ours is the last of that copy, and the list is as it was
 * before the first of the program's runs.
 */
function listenLast(watched: Process, end: () => void): void {
  const events = watched._events;
  if (events === undefined) return end();
  const before = events["exit"];
  const restore = (): void => {
    if (before === undefined) delete events["exit"];
    else events["exit"] = before;
  };
  events["exit"] = [restore, ...(before === undefined ? [] : Array.isArray(before) ? before : [before]), end];
}

/** `before` runs whenever somebody asks for the property. */
function accessor(watched: Process, name: "emit" | "reallyExit", before: () => void): void {
  const own = Object.getOwnPropertyDescriptor(watched, name);
  let value: unknown = watched[name];
  Object.defineProperty(watched, name, {
    configurable: true,
    enumerable: own?.enumerable ?? false,
    get(): unknown {
      before();
      return value;
    },
    set(given: unknown) {
      value = given;
    },
  });
}
