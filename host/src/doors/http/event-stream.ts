// GET /api/events/stream: events as server-sent events (html.spec.whatwg.org, "Server-sent events"). An event's id is its `id`, so that a
// client that comes again goes on where it was; a comment line now and then keeps proxies from closing the stream.
import type { EventFilter, Live } from "../../live/live.ts";
import { following } from "./following.ts";

export interface StreamOptions {
  readonly live: Live;
  readonly filter: EventFilter;
  /** `Last-Event-ID`. */
  readonly after: string | null;
  /** Ends with the connection, and with the daemon. */
  readonly signal: AbortSignal;
  readonly heartbeatMs: number;
}

export function eventStream({ live, filter, after, signal, heartbeatMs }: StreamOptions): Response {
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const coming = following(live, filter, after, either);
  const encoder = new TextEncoder();
  let heartbeat: NodeJS.Timeout | undefined;
  const body = new ReadableStream<Uint8Array>(
    {
      start(controller) {
        controller.enqueue(encoder.encode("retry: 1000\n\n"));
        heartbeat = setInterval(() => {
          // Only where the reader takes what there is: a slow one knows that we live.
          if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(": still here\n\n"));
        }, heartbeatMs);
      },
      // Asked when the reader has room; until then events wait, and are counted, in the daemon's queue for it.
      async pull(controller) {
        try {
          const { done, value } = await coming.next();
          if (done === true) {
            clearInterval(heartbeat);
            controller.close();
            return;
          }
          controller.enqueue(encoder.encode("event" in value ? eventText(value.event) : missedText(value.missed)));
        } catch (error) {
          clearInterval(heartbeat);
          if (either.aborted) controller.close();
          else controller.error(error);
        }
      },
      async cancel() {
        clearInterval(heartbeat);
        ended.abort();
        await coming.return(undefined);
      },
    },
    { highWaterMark: 1 },
  );
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-accel-buffering": "no",
    },
  });
}

/** JSON has no newline in it, and so is one line of data. */
function eventText(event: { readonly id: string; readonly name: string }): string {
  return `id: ${event.id}\nevent: ${event.name}\ndata: ${JSON.stringify(event)}\n\n`;
}

function missedText(missed: number): string {
  return `event: missed\ndata: ${JSON.stringify({ missed })}\n\n`;
}
