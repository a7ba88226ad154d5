// The daemon as its doors see it. The daemon is built from doors (they serve its sockets), and doors start and stop daemons: so
// that neither imports the other, these are the two seams between them, and main.ts hands the lifecycle down.
import type { Live } from "./live.ts";

/** Where the daemon serves HTTP. Beyond loopback only with TLS. */
export interface Listen {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
  /** Paths of PEM files. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Other names by which clients may call it (`Host`): of a reverse proxy, of a container's gateway. With any, every request over TCP needs the token. */
  readonly names: readonly string[];
}

/** What `spoor daemon` and `spoor daemon start` were told; what is null was not said. */
export interface DaemonOptions {
  readonly listen: Listen | null;
  readonly sink: { readonly url: string } | null;
}

export interface RunningDaemon {
  readonly pid: number;
  readonly version: string;
  readonly startedAt: string;
  readonly http: { readonly host: string; readonly port: number } | null;
  readonly directory: string;
  /** Path of `daemon.sock`. */
  readonly socket: string;
  readonly log: string;
}

/** What doors need of host/src/daemon. Problems: `daemon.not_started`, `daemon.port_taken`, `daemon.directory`. */
export interface DaemonLifecycle {
  /** A daemon that answers; started in the background where there is none. */
  ensure(): Promise<RunningDaemon>;
  /** The one that runs, or null. */
  status(): Promise<RunningDaemon | null>;
  /** In the background. `started` is false where one ran already, whatever its options. */
  start(options: DaemonOptions): Promise<{ readonly daemon: RunningDaemon; readonly started: boolean }>;
  /** The one that was stopped, or null where none ran. */
  stop(): Promise<RunningDaemon | null>;
  /** In the foreground, until the signal. `ready` is told once it answers. */
  serve(options: DaemonOptions, signal: AbortSignal, ready: (daemon: RunningDaemon) => void): Promise<void>;
}

/** One agent's connection, whatever carries it: the daemon's side of the messages in spec/control.md. */
export interface AgentLink {
  /** One message, without newline. False: it is gone. */
  send(text: string): boolean;
  /** Bytes that were sent and not taken yet. */
  waiting(): number;
  /** No more messages are read from it until `resume`: the disk is full, or slower than it. */
  pause(): void;
  resume(): void;
  onMessage(listener: (text: string) => void): void;
  /** It took what was waiting; may be called when nothing was. */
  onDrain(listener: () => void): void;
  /** Once. */
  onClose(listener: () => void): void;
  close(): void;
}

/** What the HTTP door (host/src/doors/http/door.ts) needs of the daemon that opens it. */
export interface HttpDoorOptions {
  readonly live: Live;
  readonly version: string;
  /** Path at which to listen as `daemon.sock`; nothing is there. */
  readonly socket: string;
  /** null: nothing over TCP. */
  readonly listen: Listen | null;
  readonly token: string;
  /** A remote agent's WebSocket. */
  acceptAgent(link: AgentLink): void;
  /** A line for the daemon's log. */
  log(line: string): void;
}

/** What `openHttpDoor(options)` gives. Problem `daemon.port_taken`, `daemon.listen`, `daemon.tls`. */
export interface HttpDoor {
  readonly http: { readonly host: string; readonly port: number } | null;
  /** Ends all connections; followers are told. */
  close(): Promise<void>;
}
