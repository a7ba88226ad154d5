// Events as they come, for followers over server-sent events and WebSockets alike: first those since the one that the follower saw
// last, then every new one, each once; who reads too slowly is told how many passed.
import type { EventFilter, Live } from "../../live/live.ts";
import type { LiveEvent } from "@spoor/protocol/control";
import { fromTheBeginning } from "../../operations/live/events.ts";

/** How many events may wait for a follower. */
const capacity = 1000;

/** How far back a follower that comes again is served. */
const mostReplayed = 10_000;
const pageEvents = 500;

export type Followed = { readonly event: LiveEvent } | { readonly missed: number };

/** `after`: the id of the last event that the follower saw. One that is not found is no reason to send everything again. */
export async function* following(
  live: Live,
  filter: EventFilter,
  after: string | null,
  signal: AbortSignal,
): AsyncGenerator<Followed> {
  // It listens before it looks back, so that nothing falls in between; what is in both is sent once.
  const coming = live.follow(filter, signal, capacity)[Symbol.asyncIterator]();
  let first = coming.next();
  try {
    const replayed = new Set<string>();
    if (after !== null) {
      const { events, missed } = await eventsAfter(live, filter, after);
      if (missed) yield { missed };
      for (const event of events) {
        replayed.add(event.id);
        yield { event };
      }
    }
    for (;;) {
      const { done, value } = await first;
      if (done === true) return;
      if ("missed" in value) yield { missed: value.missed };
      else if (!replayed.delete(value.id)) yield { event: value };
      first = coming.next();
    }
  } finally {
    first.catch(() => undefined);
    await coming.return?.();
  }
}

/** Oldest first. `missed`: how many there are at least between the last one that was seen and these. */
async function eventsAfter(
  live: Live,
  filter: EventFilter,
  after: string,
): Promise<{ readonly events: readonly LiveEvent[]; readonly missed: number }> {
  const newer: LiveEvent[] = [];
  let cursor: string | null = null;
  do {
    const page = await live.events(filter, pageEvents, cursor);
    for (const event of page.events) {
      if (event.id === after) return { events: newer.reverse(), missed: 0 };
      newer.push(event);
    }
    ({ cursor } = page);
  } while (cursor !== null && newer.length < mostReplayed);
  if (after === fromTheBeginning && cursor === null) return { events: newer.reverse(), missed: 0 };
  // Removed meanwhile, of another filter, or too long ago.
  return { events: [], missed: newer.length };
}
