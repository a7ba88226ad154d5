// Who follows events from now on: each listener has a queue of its own, of so many events; what does not fit is counted, and
// told in the place where it is missing. Without listeners an event costs nothing here.
import type { LiveEvent } from "@spoor/protocol/control";
import type { EventFilter } from "../live.ts";
import { fits } from "./filter.ts";
import { eventsOf, type StoredBatch } from "./shape.ts";

export type Followed = LiveEvent | { readonly missed: number };

export interface Followers {
  tell(batches: readonly StoredBatch[]): void;
  follow(filter: EventFilter, signal: AbortSignal, capacity: number): AsyncIterable<Followed>;
  count(): number;
}

interface Listener {
  readonly filter: EventFilter;
  readonly capacity: number;
  queue: Followed[];
  missed: number;
  wake: () => void;
}

export function followers(): Followers {
  const listeners = new Set<Listener>();
  return {
    count: () => listeners.size,
    tell(batches) {
      if (listeners.size === 0) return;
      for (const batch of batches) {
        for (const { event } of eventsOf(batch)) for (const listener of listeners) offer(listener, event);
      }
    },
    async *follow(filter, signal, capacity) {
      const listener: Listener = { filter, capacity, queue: [], missed: 0, wake: () => undefined };
      const stop = (): void => listener.wake();
      signal.addEventListener("abort", stop);
      listeners.add(listener);
      try {
        while (!signal.aborted) {
          const taken = listener.queue;
          listener.queue = [];
          // What was missed came after all that is in the queue.
          if (listener.missed > 0) taken.push({ missed: listener.missed });
          listener.missed = 0;
          for (const each of taken) {
            if (signal.aborted) return;
            yield each;
          }
          if (listener.queue.length === 0 && listener.missed === 0 && !signal.aborted) {
            await new Promise<void>((resolve) => (listener.wake = resolve));
          }
        }
      } finally {
        listeners.delete(listener);
        signal.removeEventListener("abort", stop);
      }
    },
  };
}

function offer(listener: Listener, event: LiveEvent): void {
  if (!fits(listener.filter, event)) return;
  if (listener.queue.length < listener.capacity && listener.missed === 0) listener.queue.push(event);
  else listener.missed++;
  listener.wake();
}
