// Forwards events to another place by HTTP POST, in the order in which they were kept, at least once each. Its queue is the kept
// events themselves: it remembers how far it has come in the segments of each log, also over restarts, and segments that it has not
// sent yet stay as they are. What waits has a bound; what falls out of it is counted.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { writeFileAtomically } from "../project/run-directory.ts";
import type { EventLog, Segment } from "./events/log.ts";
import { parseLine, type BatchPlace } from "./events/segment.ts";
import { eventsOf } from "./events/shape.ts";
import type { Health } from "./live.ts";

export interface SinkOptions {
  readonly url: string;
  /** Signs each body; null: nothing does. */
  readonly secret: string | null;
  readonly logs: () => readonly EventLog[];
  /** Where it remembers how far it has come. */
  readonly stateFile: string;
  readonly queueBytes: number;
  readonly version: string;
  readonly say: (line: string) => void;
  /** Before the second attempt; doubled to `longestMs`. */
  readonly retryMs: number;
  readonly longestMs: number;
  /** How long it may take to answer. */
  readonly answerMs: number;
}

export interface Sink {
  /** There are more events. */
  wake(): void;
  /** Segments from this number on are not sent yet. */
  neededFrom(log: EventLog): number;
  /** A segment is going to be deleted for want of room. */
  giveUp(log: EventLog, segment: number): void;
  health(): NonNullable<Health["sink"]>;
  close(): Promise<void>;
}

/** All before it is sent. */
interface Reached {
  segment: number;
  offset: number;
}

interface State {
  readonly format: 1;
  readonly url: string;
  readonly logs: Record<string, Reached>;
  readonly delivered: number;
  readonly lost: number;
}

const MOST_BODY_BYTES = 512 * 1024;
const SAVE_MS = 1000;

export function startSink(options: SinkOptions): Sink {
  const { url, logs, stateFile, queueBytes, say } = options;
  const state = readState(stateFile, url);
  const reached = new Map<string, Reached>(Object.entries(state?.logs ?? {}));
  let { delivered, lost } = state ?? { delivered: 0, lost: 0 };
  let failing: string | null = null;
  let mostBytes = MOST_BODY_BYTES;
  let isSaved = state !== null;
  let wakeUp: () => void = () => undefined;
  let hasMore = false;
  const closing = new AbortController();
  // What was kept before there was a sink is not for it.
  if (state === null) for (const log of logs()) reached.set(log.directory, endOf(log));

  const reachedIn = (log: EventLog): Reached => {
    const known = reached.get(log.directory) ?? { segment: 0, offset: 0 };
    reached.set(log.directory, known);
    return known;
  };
  const save = (): void => {
    if (isSaved) return;
    try {
      const kept: State = { format: 1, url, logs: Object.fromEntries(reached), delivered, lost };
      writeFileAtomically(stateFile, `${JSON.stringify(kept)}\n`);
      isSaved = true;
    } catch {
      // A full disk: after a crash some would be sent twice.
    }
  };
  // At once where it begins: a daemon that found nothing written would take all that is kept by then for older than the sink.
  save();
  const saving = setInterval(save, SAVE_MS).unref();

  const skip = (log: EventLog, segment: Segment): void => {
    const at = reachedIn(log);
    lost += segment.batches
      .filter(({ offset }) => segment.number > at.segment || offset >= at.offset)
      .reduce(addEvents, 0);
    Object.assign(at, { segment: segment.number + 1, offset: 0 });
    isSaved = false;
  };
  const keepWithinBound = (): void => {
    const queues = logs().map((log) => ({ log, waiting: waitingIn(log, reachedIn(log)) }));
    let bytes = queues.reduce((sum, { waiting }) => sum + waiting.bytes, 0);
    while (bytes > queueBytes) {
      // The oldest segment of the longest queue; the one that is being written stays.
      const longest = queues.toSorted((a, b) => b.waiting.bytes - a.waiting.bytes)[0];
      const oldest = longest?.log.segments().find(({ number }) => number >= reachedIn(longest.log).segment);
      if (longest === undefined || oldest === undefined || oldest === longest.log.segments().at(-1)) return;
      skip(longest.log, oldest);
      const waiting = waitingIn(longest.log, reachedIn(longest.log));
      bytes -= longest.waiting.bytes - waiting.bytes;
      longest.waiting = waiting;
    }
  };

  const sendSome = async (log: EventLog): Promise<boolean> => {
    const at = reachedIn(log);
    const next = nextBatches(log, at, mostBytes);
    if (next === null) return false;
    const events = await eventsIn(next.segment, next.batches);
    let refused = 0;
    for (const body of bodiesOf(events, mostBytes)) {
      try {
        await post(options, body.text, closing.signal);
      } catch (error) {
        // One event that is too large for it will be tomorrow, too.
        if (!(error instanceof Refused) || error.status !== 413 || body.events > 1) throw error;
        refused++;
      }
    }
    // The bound may have moved it on meanwhile.
    const last = next.batches.at(-1);
    if (last !== undefined && (at.segment < next.segment.number || at.offset <= last.offset)) {
      if (at.segment <= next.segment.number)
        Object.assign(at, { segment: next.segment.number, offset: last.offset + last.bytes });
      delivered += events.length - refused;
      lost += refused;
    }
    isSaved = false;
    return true;
  };

  const run = async (): Promise<void> => {
    let attempts = 0;
    while (!closing.signal.aborted) {
      try {
        let sent = false;
        hasMore = false;
        for (const log of logs()) sent = (await sendSome(log)) || sent;
        if (failing !== null) say(`the sink ${url} answers again`);
        failing = null;
        attempts = 0;
        if (!sent && !hasMore) await wait(null);
      } catch (error) {
        if (closing.signal.aborted) return;
        const { message, tooLarge, afterMs } = failureOf(error, options.answerMs);
        if (failing === null) say(`the sink ${url} does not take events: ${message}`);
        failing = message;
        if (tooLarge) {
          mostBytes = Math.max(1, Math.floor(mostBytes / 2));
          continue;
        }
        const pauseMs = Math.min(options.longestMs, options.retryMs * 2 ** Math.min(attempts++, 20));
        // Between half and all of it, or many daemons would come back at once.
        await wait(Math.max(afterMs, pauseMs * (0.5 + Math.random() / 2)));
      }
    }
  };
  /** Null: until there are more events. */
  const wait = (ms: number | null): Promise<void> =>
    new Promise((resolve) => {
      const timer = ms === null ? null : setTimeout(() => over(), ms);
      const over = (): void => {
        if (timer !== null) clearTimeout(timer);
        closing.signal.removeEventListener("abort", over);
        resolve();
      };
      wakeUp = ms === null ? over : () => undefined;
      closing.signal.addEventListener("abort", over, { once: true });
    });
  const bounding = setInterval(keepWithinBound, SAVE_MS).unref();
  const running = run();

  return {
    wake() {
      hasMore = true;
      wakeUp();
    },
    neededFrom: (log) => reachedIn(log).segment,
    giveUp(log, number) {
      const segment = log.segments().find((each) => each.number === number);
      if (segment !== undefined && number >= reachedIn(log).segment) skip(log, segment);
    },
    health() {
      const waiting = logs().reduce((sum, log) => sum + waitingIn(log, reachedIn(log)).events, 0);
      return { url: withoutCredentials(url), delivered, waiting, lost, failing };
    },
    async close() {
      closing.abort();
      clearInterval(saving);
      clearInterval(bounding);
      await running;
      save();
    },
  };
}

function addEvents(sum: number, { events }: BatchPlace): number {
  return sum + events;
}

function waitingIn(log: EventLog, at: Reached): { bytes: number; events: number } {
  let [bytes, events] = [0, 0];
  for (const segment of log.segments()) {
    if (segment.number < at.segment) continue;
    if (segment.number > at.segment || at.offset === 0) {
      bytes += segment.bytes;
      events += segment.events;
      continue;
    }
    bytes += Math.max(0, segment.bytes - at.offset);
    for (const batch of segment.batches) if (batch.offset >= at.offset) events += batch.events;
  }
  return { bytes, events };
}

function endOf(log: EventLog): Reached {
  const last = log.segments().at(-1);
  return last === undefined ? { segment: 0, offset: 0 } : { segment: last.number, offset: last.bytes };
}

function nextBatches(
  log: EventLog,
  at: Reached,
  mostBytes: number,
): { segment: Segment; batches: BatchPlace[] } | null {
  for (const segment of log.segments()) {
    if (segment.number < at.segment) continue;
    const from = segment.number === at.segment ? at.offset : 0;
    const batches: BatchPlace[] = [];
    let bytes = 0;
    for (let index = firstFrom(segment.batches, from); index < segment.batches.length; index++) {
      const batch = segment.batches[index];
      if (batch === undefined || (batches.length > 0 && bytes + batch.bytes > mostBytes)) break;
      batches.push(batch);
      bytes += batch.bytes;
    }
    if (batches.length > 0) return { segment, batches };
  }
  return null;
}

/** Index of the first batch at or behind the offset. */
function firstFrom(batches: readonly BatchPlace[], offset: number): number {
  let [low, high] = [0, batches.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((batches[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function eventsIn({ path }: Segment, batches: readonly BatchPlace[]): Promise<unknown[]> {
  const [first, last] = [batches[0], batches.at(-1)];
  if (first === undefined || last === undefined) return [];
  await using file = await open(path, "r");
  const bytes = last.offset + last.bytes - first.offset;
  const { buffer } = await file.read(Buffer.allocUnsafe(bytes), 0, bytes, first.offset);
  return batches.flatMap(({ offset, bytes }) => {
    const line = parseLine(buffer.subarray(offset - first.offset, offset - first.offset + bytes - 1));
    if (line === null || "numbers" in line) return [];
    return [...eventsOf({ at: line.at, client: line.client, ...line.batch })].map(({ event }) => event);
  });
}

class Refused extends Error {
  readonly status: number;
  readonly afterMs: number;

  constructor(status: number, afterMs: number) {
    super(`it answers ${status}${status >= 300 && status < 400 ? ": redirects are not followed" : ""}`);
    this.status = status;
    this.afterMs = afterMs;
  }
}

/** Bodies of so many bytes at most, or of one event. */
function bodiesOf(events: readonly unknown[], mostBytes: number): { readonly text: string; readonly events: number }[] {
  const bodies: { text: string; events: number }[] = [];
  let texts: string[] = [];
  let length = 0;
  const finish = (): void => {
    if (texts.length > 0) bodies.push({ text: `{"events":[${texts.join(",")}]}`, events: texts.length });
    texts = [];
    length = 0;
  };
  for (const event of events) {
    const text = JSON.stringify(event);
    if (length + text.length > mostBytes) finish();
    texts.push(text);
    length += text.length;
  }
  finish();
  return bodies;
}

async function post({ url, secret, version, answerMs }: SinkOptions, body: string, signal: AbortSignal): Promise<void> {
  const headers: Record<string, string> = { "content-type": "application/json", "user-agent": `spoor/${version}` };
  if (secret !== null)
    headers["x-spoor-signature"] = `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;
  const within = AbortSignal.any([signal, AbortSignal.timeout(answerMs)]);
  // Not followed: a body would go where nobody said that it may.
  const response = await fetch(url, { method: "POST", body, headers, signal: within, redirect: "manual" });
  await response.body?.cancel();
  if (!response.ok) throw new Refused(response.status, 1000 * (Number(response.headers.get("retry-after")) || 0));
}

const LONGEST_AFTER_MS = 300_000;

function failureOf(error: unknown, answerMs: number): { message: string; tooLarge: boolean; afterMs: number } {
  if (error instanceof Refused) {
    return {
      message: error.message,
      tooLarge: error.status === 413,
      afterMs: Math.min(error.afterMs, LONGEST_AFTER_MS),
    };
  }
  const { name, message, cause } = error as Error & { cause?: NodeJS.ErrnoException };
  return {
    message: name === "TimeoutError" ? `no answer in ${answerMs / 1000} s` : (saidBy(cause) ?? message),
    tooLarge: false,
    afterMs: 0,
  };
}

/** `fetch` says only that it failed; a refused connection is told by its code, a wrong certificate needs its words. */
function saidBy(cause: NodeJS.ErrnoException | undefined): string | null {
  if (cause === undefined) return null;
  const { code, message, syscall } = cause;
  if (code === undefined || message === "" || syscall !== undefined) return code ?? message;
  return `${message} (${code})`;
}

function readState(path: string, url: string): State | null {
  try {
    const state = JSON.parse(readFileSync(path, "utf8")) as State;
    return state.format === 1 && state.url === url ? state : null;
  } catch {
    return null;
  }
}

/** Told in answers and logs, where a password has no place. */
function withoutCredentials(url: string): string {
  try {
    const parsed = new URL(url);
    parsed.username = "";
    parsed.password = "";
    parsed.search = "";
    return parsed.href;
  } catch {
    return url;
  }
}
