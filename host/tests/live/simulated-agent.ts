// The agent's side of spec/control.md over the real socket, for what no real program does on demand: so many events a second,
// a stop in mid-message, a reader that reads nothing. It keeps what is not told stored, dials again and sends it again, as agents do.
import { createConnection, type Socket } from "node:net";
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { ArmedProbe, FromDaemon, Hello, ProbeState, Resolution, SentEvent } from "@spoor/protocol/control";

export interface SimulatedOptions {
  readonly socket: string;
  readonly root: string;
  readonly name?: string;
  readonly pid?: number;
  readonly hello?: Partial<Hello>;
  /** What it says of a place. */
  readonly resolve?: (place: Extract<FromDaemon, { type: "resolve" }>["place"]) => Resolution;
  readonly stateOf?: (probe: ArmedProbe) => ProbeState;
  /** Dials again where the connection is lost. */
  readonly redial?: boolean;
}

export interface SimulatedAgent {
  readonly id: string;
  readonly hello: Omit<Hello, "firstEvent">;
  /** Gives an event to the outbox; it goes out with others. Its number. */
  put(event: SentEvent): number;
  send(message: object): void;
  /** Everything that the daemon said, oldest first; `stored` and `ping` left out. */
  readonly said: FromDaemon[];
  /** The last desired set. */
  desired(): Extract<FromDaemon, { type: "desire" }> | null;
  says<Type extends FromDaemon["type"]>(type: Type): Promise<Extract<FromDaemon, { type: Type }>>;
  /** The highest number that was told stored. */
  stored(): number;
  /** Resolves once all events given so far are stored. */
  allStored(): Promise<void>;
  connections(): number;
  readonly socket: () => Socket | null;
  bye(): Promise<void>;
  /** Without farewell, and no more dialling. */
  vanish(): void;
}

export function simulatedAgent(options: SimulatedOptions): SimulatedAgent {
  const { redial = true } = options;
  const pid = options.pid ?? 1000 + Math.floor(Math.random() * 30_000);
  const id = options.hello?.id ?? `${pid}-${randomBytes(3).toString("hex")}`;
  const hello: Omit<Hello, "firstEvent"> = {
    type: "hello",
    protocol: 1,
    id,
    parent: null,
    client: {
      hostname: hostname(),
      applicationName: options.name ?? "shop",
      applicationInstanceId: id,
      agentVersion: "0.1.0",
      runtime: "cpython",
      runtimeVersion: "3.12.1",
    },
    pid,
    nativeStart: "1",
    ppid: 1,
    root: options.root,
    argv: ["python3", "shop.py"],
    cwd: options.root,
    startedAt: new Date().toISOString(),
    state: "asleep",
    held: false,
    engine: "monitoring",
    features: [],
    run: null,
    ...options.hello,
  };
  const said: FromDaemon[] = [];
  const listeners = new Set<() => void>();
  let outbox: SentEvent[] = [];
  let first = 1;
  let sent = 0;
  let stored = 0;
  let socket: Socket | null = null;
  let isWelcome = false;
  let isOver = false;
  let connections = 0;
  let partial = "";
  let isPlanned = false;

  const told = (): void => {
    for (const listener of listeners) listener();
  };
  const send = (message: object): void => void socket?.write(`${JSON.stringify(message)}\n`);
  const flush = (): void => {
    isPlanned = false;
    if (!isWelcome) return;
    const isTaken = (): boolean => (socket?.writableLength ?? 0) < 1_000_000;
    while (sent < outbox.length && isTaken()) {
      const events = outbox.slice(sent, sent + 256);
      send({ type: "events", first: first + sent, events });
      sent += events.length;
    }
  };
  const plan = (): void => {
    if (isPlanned) return;
    isPlanned = true;
    setImmediate(flush);
  };
  const hear = (message: FromDaemon): void => {
    if (message.type !== "stored" && message.type !== "ping") said.push(message);
    switch (message.type) {
      case "welcome":
        isWelcome = true;
        sent = 0;
        plan();
        break;
      case "stored": {
        const done = message.to - first + 1;
        if (done > 0) {
          outbox = outbox.slice(done);
          sent = Math.max(0, sent - done);
          first += done;
        }
        stored = Math.max(stored, message.to);
        break;
      }
      case "desire": {
        const probes = message.probes.map(
          (probe): ProbeState => options.stateOf?.(probe) ?? { id: probe.id, state: "waiting" },
        );
        send({ type: "probes", revision: message.revision, probes });
        break;
      }
      case "resolve":
        send({
          type: "resolved",
          request: message.request,
          ...(options.resolve?.(message.place) ?? { found: false, why: "unknown" }),
        });
        break;
      case "ping":
        send({ type: "pong" });
        break;
      case "refused":
        break;
    }
    told();
  };
  const dial = (): void => {
    if (isOver) return;
    const dialled = createConnection(options.socket);
    socket = dialled;
    partial = "";
    isWelcome = false;
    dialled.setEncoding("utf8");
    dialled.on("connect", () => {
      connections++;
      send({ ...hello, firstEvent: first });
    });
    dialled.on("data", (chunk) => {
      const lines = (partial + String(chunk)).split("\n");
      partial = lines.pop() ?? "";
      for (const line of lines) hear(JSON.parse(line) as FromDaemon);
    });
    dialled.on("drain", plan);
    dialled.on("error", () => undefined);
    dialled.on("close", () => {
      isWelcome = false;
      if (redial && !isOver) setTimeout(dial, 20);
      told();
    });
  };
  dial();

  const until = (isSo: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!isSo()) return;
        listeners.delete(look);
        resolve();
      };
      listeners.add(look);
      look();
    });
  return {
    id,
    hello,
    put(event) {
      outbox.push(event);
      plan();
      return first + outbox.length - 1;
    },
    send,
    said,
    desired: () => said.findLast((message) => message.type === "desire") ?? null,
    async says(type) {
      const find = () => said.find((message) => message.type === type);
      await until(() => find() !== undefined);
      return find() as never;
    },
    stored: () => stored,
    allStored: () => until(() => outbox.length === 0),
    connections: () => connections,
    socket: () => socket,
    async bye() {
      isOver = true;
      send({ type: "bye", why: "exit" });
      await new Promise<void>((resolve) => {
        if (socket === null || socket.closed) resolve();
        else socket.once("close", () => resolve());
        socket?.end();
      });
    },
    vanish() {
      isOver = true;
      socket?.destroy();
    },
  };
}

/** An event of a logpoint, with a message of about so many characters. */
export function logpointEvent(probeId: string, message: string, time = Date.now()): SentEvent {
  const base = { probeId, probeType: "logpoint", file: "/srv/shop/handlers.py", line: 42, function: "handle" };
  const payload = { ...base, tags: ["t"], thread: { id: 1, name: "MainThread" }, message };
  return { name: "probe.hit.logpoint", time, payload };
}
