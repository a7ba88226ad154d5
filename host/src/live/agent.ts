// One connected agent, from its `hello` to its end: what it says is checked and handed on, what it is told is never more than
// it takes. A slow one gets the newest desired set and the last number stored once it reads again, and nothing in between.
import type { FromDaemon, Hello, Place, Resolution, SentEvent } from "@spoor/protocol/control";
import type { Connection } from "./connection.ts";
import { checkMessage, refusal, type CheckedMessage } from "./messages.ts";

export type Desire = Extract<FromDaemon, { type: "desire" }>;
type Said<Type extends CheckedMessage["type"]> = Extract<CheckedMessage, { type: Type }>;

export interface Agent {
  readonly id: string;
  readonly hello: Hello;
  readonly isLocal: boolean;
  desire(desire: Desire): void;
  /** Told in one message a turn, with the highest number. */
  stored(to: number): void;
  /** Null: it did not answer in time, or is gone. */
  resolve(place: Place, timeoutMs: number): Promise<Resolution | null>;
  pause(): void;
  resume(): void;
  close(): void;
}

export interface AgentEvents {
  /** After a `hello` that is fine, and `welcome`. */
  arrived(agent: Agent): void;
  state(agent: Agent, said: Said<"state">): void;
  probes(agent: Agent, said: Said<"probes">): void;
  events(agent: Agent, said: { first: number; events: readonly (SentEvent | null)[] }, message: Buffer): void;
  counts(agent: Agent, said: Said<"counts">): void;
  bye(agent: Agent, why: string): void;
  /** Once for each that arrived. */
  gone(agent: Agent): void;
  log(line: string): void;
}

export interface AgentTimes {
  /** How long a connection may be silent before it is asked, and then before it is given up; and before its `hello`. */
  readonly silenceMs: number;
}

/** Beyond this the agent reads too slowly for more than what is newest. */
const MOST_WAITING_BYTES = 256 * 1024;
/** Beyond this it does not read at all. */
const LOST_BYTES = 4 * 1024 * 1024;

export function serveAgent(
  connection: Connection,
  version: string,
  { silenceMs }: AgentTimes,
  events: AgentEvents,
): void {
  let agent: Agent | null = null;
  let heardMs = Date.now();
  let asked = false;
  const end = (why: string): void => {
    events.log(`${agent?.id ?? connection.peer}: ${why}`);
    connection.close();
  };
  const silence = setInterval(() => {
    // Who is not read cannot be heard.
    if (control?.isPaused() === true) heardMs = Date.now();
    const silentMs = Date.now() - heardMs;
    if (agent === null && silentMs >= silenceMs) return end("no hello");
    if (silentMs < silenceMs) asked = false;
    else if (asked) end(`no answer for ${Math.round(silentMs / 1000)} s`);
    else {
      asked = true;
      connection.send(JSON.stringify({ type: "ping" } satisfies FromDaemon));
    }
    return undefined;
  }, silenceMs);
  silence.unref();

  connection.listen({
    message(bytes) {
      heardMs = Date.now();
      const said = checkMessage(bytes);
      if (typeof said === "string") {
        // Half a message of a process that was killed, or no agent at all.
        connection.send(JSON.stringify({ type: "refused", code: "message", message: said } satisfies FromDaemon));
        return end(`refused: ${said}`);
      }
      if (agent === null) return arrive(said);
      return hear(agent, said, bytes);
    },
    drained: () => control?.flush(),
    closed(why) {
      clearInterval(silence);
      if (why === "tooLong") events.log(`${agent?.id ?? connection.peer}: a message of more than 1 MiB`);
      control?.over();
      if (agent !== null) events.gone(agent);
    },
  });

  let control: Control | null = null;
  const arrive = (said: CheckedMessage): void => {
    if (said.type !== "hello") return end(`said ${said.type} before hello`);
    const refused = refusal(said);
    if (refused !== null) {
      connection.send(JSON.stringify({ type: "refused", ...refused } satisfies FromDaemon));
      return end(`refused: ${refused.message}`);
    }
    connection.send(JSON.stringify({ type: "welcome", protocol: 1, version } satisfies FromDaemon));
    control = controlOf(connection, end);
    agent = { id: said.id, hello: said, isLocal: connection.isLocal, ...control.agent };
    events.arrived(agent);
    return undefined;
  };
  const hear = (from: Agent, said: CheckedMessage, bytes: Buffer): void => {
    switch (said.type) {
      case "events":
        return events.events(from, said, bytes);
      case "counts":
        return events.counts(from, said);
      case "probes":
        return events.probes(from, said);
      case "state":
        return events.state(from, said);
      case "resolved":
        return control?.resolved(said);
      case "bye":
        return events.bye(from, said.why);
      case "hello":
        return end("said hello twice");
      case "pong":
      case "unknown":
        return undefined;
    }
  };
}

interface Control {
  readonly agent: Omit<Agent, "id" | "hello" | "isLocal">;
  flush(): void;
  resolved(said: Said<"resolved">): void;
  over(): void;
  isPaused(): boolean;
}

function controlOf(connection: Connection, end: (why: string) => void): Control {
  const requests = new Map<number, (answer: Resolution | null) => void>();
  let lastRequest = 0;
  let desire: Desire | null = null;
  let stored = 0;
  let isPlanned = false;
  let isOver = false;
  let isPaused = false;
  const flush = (): void => {
    isPlanned = false;
    const waiting = connection.waitingBytes();
    if (waiting > LOST_BYTES) return end("does not read what it is sent");
    if (isOver || waiting > MOST_WAITING_BYTES) return undefined;
    if (desire !== null) connection.send(JSON.stringify(desire));
    if (stored > 0) connection.send(JSON.stringify({ type: "stored", to: stored } satisfies FromDaemon));
    desire = null;
    stored = 0;
    return undefined;
  };
  const plan = (): void => {
    if (isPlanned || isOver) return;
    isPlanned = true;
    queueMicrotask(flush);
  };
  return {
    flush,
    resolved(said) {
      requests.get(said.request)?.(said);
    },
    over() {
      isOver = true;
      for (const answer of requests.values()) answer(null);
    },
    isPaused: () => isPaused,
    agent: {
      desire(given) {
        desire = given;
        plan();
      },
      stored(to) {
        stored = Math.max(stored, to);
        plan();
      },
      async resolve(place, timeoutMs) {
        if (isOver || connection.waitingBytes() > MOST_WAITING_BYTES) return null;
        const request = ++lastRequest;
        let timer: NodeJS.Timeout | undefined;
        try {
          return await new Promise<Resolution | null>((resolve) => {
            requests.set(request, resolve);
            timer = setTimeout(resolve, timeoutMs, null);
            connection.send(JSON.stringify({ type: "resolve", request, place } satisfies FromDaemon));
          });
        } finally {
          clearTimeout(timer);
          requests.delete(request);
        }
      },
      pause() {
        isPaused = true;
        connection.pause();
      },
      resume() {
        isPaused = false;
        connection.resume();
      },
      close: () => connection.close(),
    },
  };
}
