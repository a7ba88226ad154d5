// The events of all processes: each in the log of its project, exactly once by process and number, told as stored when they
// are on disk, and then to whoever follows. One store a daemon.
import { isUtf8 } from "node:buffer";
import { existsSync, readFileSync } from "node:fs";
import type { Client, SentEvent } from "@spoor/protocol/control";
import { writeFileAtomically } from "../../project/run-directory.ts";
import type { EventPlaces } from "../project-of.ts";
import { openEventLog, type EventLog } from "./log.ts";
import { positions } from "./positions.ts";
import type { StoredBatch } from "./shape.ts";

export interface EventStoreOptions {
  readonly places: EventPlaces;
  /** Names the directories that hold logs, for the next daemon. */
  readonly projectsFile: string;
  readonly segmentBytes?: number;
  readonly segmentMs?: number;
}

/** What a process is kept by. */
export interface Source {
  readonly client: Client;
  /** Null: it is on another machine, or may be. */
  readonly root: string | null;
}

export interface ReceivedEvents {
  readonly first: number;
  readonly events: readonly (SentEvent | null)[];
  /** The agent's message, of which these are all or the last events. */
  readonly message: Buffer;
}

export interface EventStore {
  /** The log of a process; the same as long as the daemon lives. */
  open(source: Source): SourceLog;
  /** The number of the last event of this process that is on disk or on its way there. */
  last(process: string): number;
  logs(): readonly EventLog[];
  onWritten(listener: (batches: readonly StoredBatch[], log: EventLog) => void): void;
  counts(): { readonly received: number; readonly stored: number; readonly malformed: number };
  troubles(): string[];
  close(): Promise<void>;
}

export interface SourceLog {
  /** The number of the last event that is on disk or on its way there. */
  last(): number;
  append(received: ReceivedEvents, written: (to: number) => void): void;
  /** More waits for the disk than should: the agent is not to be read until `onRoom`. */
  isFull(): boolean;
  /** Called once, when there is room again. */
  onRoom(listener: () => void): void;
}

export const SEGMENT_BYTES = 16 * 1024 * 1024;
const SEGMENT_MS = 3_600_000;
const MOST_WAITING_BYTES = 8 * 1024 * 1024;

export function openEventStore(options: EventStoreOptions): EventStore {
  const { places, projectsFile, segmentBytes = SEGMENT_BYTES, segmentMs = SEGMENT_MS } = options;
  const order = positions();
  const logs = new Map<string, EventLog>();
  const roomFor = new Map<EventLog, (() => void)[]>();
  const counts = { received: 0, stored: 0, malformed: 0 };
  let listener: (batches: readonly StoredBatch[], log: EventLog) => void = () => undefined;

  const openLog = (directory: string): EventLog => {
    const known = logs.get(directory);
    if (known !== undefined) return known;
    const log = openEventLog({ directory, positions: order, segmentBytes, segmentMs });
    logs.set(directory, log);
    log.onWritten((batches) => {
      for (const { events } of batches) counts.stored += events.length;
      listener(batches, log);
    });
    log.onRoom(() => {
      const waiting = roomFor.get(log);
      if (waiting === undefined || log.waitingBytes() > MOST_WAITING_BYTES / 2) return;
      roomFor.delete(log);
      for (const tell of waiting) tell();
    });
    return log;
  };
  const openKnown = (): void => {
    for (const directory of [...directoriesIn(projectsFile), places.own]) {
      try {
        // Opening makes what is missing: a project that was removed must not come back.
        if (existsSync(directory)) openLog(directory);
      } catch {
        // It cannot be reached now.
      }
    }
  };
  openKnown();

  const lastOf = (process: string): number =>
    Math.max(0, ...[...logs.values()].map((each) => each.numbers.last(process)));
  const sourceLog = (source: Source, log: EventLog): SourceLog => {
    const process = source.client.applicationInstanceId;
    const clientJson = JSON.stringify(source.client);
    // An earlier daemon may have kept its events elsewhere: in its own directory, while the project could not be written.
    const before = lastOf(process);
    if (before > log.numbers.last(process)) log.numbers.set(process, before);
    return {
      last: () => log.numbers.last(process),
      append(received, written) {
        const fresh = unseen(received, log.numbers.last(process));
        const to = received.first + received.events.length - 1;
        counts.received += received.events.length;
        if (fresh === null) {
          written(Math.min(to, log.numbers.last(process)));
          return;
        }
        for (const event of fresh.events) if (event === null) counts.malformed++;
        const message = fresh === received && isClean(received) ? received.message : rewritten(fresh);
        log.append({ client: source.client, ...fresh }, clientJson, message, () => written(to));
      },
      isFull: () => log.waitingBytes() > MOST_WAITING_BYTES,
      onRoom(listener) {
        const waiting = roomFor.get(log) ?? [];
        waiting.push(listener);
        roomFor.set(log, waiting);
      },
    };
  };

  return {
    open(source) {
      const { root, client } = source;
      let directory = root === null ? places.own : places.of({ root, hostname: client.hostname });
      const isNew = !logs.has(directory);
      let log: EventLog;
      try {
        log = openLog(directory);
      } catch {
        directory = places.own;
        log = openLog(directory);
      }
      if (isNew) remember(projectsFile, [...logs.keys()]);
      return sourceLog(source, log);
    },
    last: lastOf,
    logs: () => [...logs.values()],
    onWritten: (given) => void (listener = given),
    counts: () => counts,
    troubles: () => [...logs.values()].flatMap((log) => log.trouble() ?? []),
    async close() {
      await Promise.all([...logs.values()].map((log) => log.close()));
    },
  };
}

/** Null if all of it came before. */
function unseen(received: ReceivedEvents, last: number): ReceivedEvents | null {
  const { first, events } = received;
  if (first > last) return events.length === 0 ? null : received;
  const seen = last - first + 1;
  return seen >= events.length ? null : { ...received, first: last + 1, events: events.slice(seen) };
}

const SURROGATE = Buffer.from("\\ud");
const SURROGATE_UPPER = Buffer.from("\\uD");

/** Whether the agent's own text can be kept: DuckDB reads no bytes that are not UTF-8, and no half of a surrogate pair. */
function isClean({ message, events }: ReceivedEvents): boolean {
  return (
    isUtf8(message) &&
    !message.includes(SURROGATE) &&
    !message.includes(SURROGATE_UPPER) &&
    !message.includes(10) &&
    !events.includes(null)
  );
}

function rewritten({ first, events }: ReceivedEvents): Buffer {
  return Buffer.from(JSON.stringify({ type: "events", first, events }, wellFormed));
}

function wellFormed(_: string, value: unknown): unknown {
  if (typeof value === "string") return wellFormedText(value);
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [wellFormedText(name), each]));
}

/** Half a surrogate pair has no UTF-8; it becomes U+FFFD. */
function wellFormedText(text: string): string {
  return Buffer.from(text).toString();
}

function directoriesIn(file: string): string[] {
  try {
    const { directories } = JSON.parse(readFileSync(file, "utf8")) as { directories?: unknown };
    return Array.isArray(directories) ? directories.filter((each) => typeof each === "string") : [];
  } catch {
    return [];
  }
}

function remember(file: string, directories: readonly string[]): void {
  try {
    writeFileAtomically(file, `${JSON.stringify({ format: 1, directories }, null, 1)}\n`);
  } catch {
    // A full disk: its events are found again when the process comes back.
  }
}
