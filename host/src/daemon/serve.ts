// The daemon in this process, from its lock to its last file: sockets that others wait for are bound once all behind them is
// there, and what others find it by (`daemon.json`) is written last and removed first.
import { randomBytes } from "node:crypto";
import { chmodSync, linkSync, readFileSync, rmSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { createLive, type OpenLive } from "../live/create-live.ts";
import { socketConnection } from "../live/connection.ts";
import { makeDaemonPlaces, type DaemonPlaces } from "../live/daemon-directory.ts";
import type { DaemonOptions, HttpDoor, Listen, RunningDaemon } from "../live/daemon.ts";
import { Problem } from "../problem.ts";
import { writeFileAtomically } from "../project/run-directory.ts";
import { hostIdentity } from "../store/liveness.ts";
import type { ProcessLock } from "../store/process-lock.ts";
import { openHttpDoor } from "../doors/http/door.ts";
import { linkConnection } from "./link-connection.ts";
import { takeDaemonLock } from "./lock.ts";

export interface ServeOptions extends DaemonOptions {
  readonly places: DaemonPlaces;
  readonly version: string;
  readonly log: (line: string) => void;
  readonly env: NodeJS.ProcessEnv;
}

const usualListen: Listen = { host: "127.0.0.1", port: 5001, tls: null, names: [] };
/** How often it is looked whether the lock is still ours: whoever removes the directory ends the daemon. */
const HELD_MS = 2000;

/** Until the signal. Problem `daemon.running`, `daemon.directory`, and those of what it is told to listen on. */
export async function serveDaemon(
  options: ServeOptions,
  signal: AbortSignal,
  ready: (daemon: RunningDaemon) => void,
): Promise<void> {
  makeDaemonPlaces(options.places);
  const lock = await takeDaemonLock(options.places.lock);
  if (lock === null) throw alreadyRuns(options.places);
  const ends: (() => void | Promise<void>)[] = [() => lock.release()];
  try {
    ready(await open(options, ends));
    options.log(`ends: ${await reasonToEnd(lock, signal, ends)}`);
  } finally {
    for (const end of ends.reverse()) await end();
  }
}

async function open(options: ServeOptions, ends: (() => void | Promise<void>)[]): Promise<RunningDaemon> {
  const { places, version, log, env } = options;
  // Whoever is killed leaves them; nobody else can be serving them, since we hold the lock.
  for (const path of [places.daemonFile, places.agentsSocket, places.daemonSocket]) rmSync(path, { force: true });
  const live = createLive({ places, version, log, env, sink: options.sink });
  ends.push(() => live.close());
  const agents = await listenForAgents(places.agentsSocket, live, log);
  ends.push(() => closeServer(agents, places.agentsSocket));
  const door = await openDoor(options, live);
  ends.push(() => door.close());
  live.setHttp(door.http);

  const startedAt = new Date().toISOString();
  const { pid, native_start } = hostIdentity();
  const file = { pid, nativeStart: native_start, version, http: door.http, startedAt };
  writeFileAtomically(places.daemonFile, `${JSON.stringify(file)}\n`);
  ends.push(() => rmSync(places.daemonFile, { force: true }));
  const where = door.http === null ? "no port" : `http://${door.http.host}:${door.http.port}`;
  log(`spoor ${version}, pid ${pid}, ${where}, ${places.directory}`);
  return {
    pid,
    version,
    startedAt,
    http: door.http,
    directory: places.directory,
    socket: places.daemonSocket,
    log: places.log,
  };
}

function reasonToEnd(lock: ProcessLock, signal: AbortSignal, ends: (() => void)[]): Promise<string> {
  return new Promise((resolve) => {
    const look = setInterval(() => lock.isHeld() || resolve("its directory was removed"), HELD_MS);
    ends.push(() => clearInterval(look));
    const told = (): void => resolve(String(signal.reason));
    if (signal.aborted) told();
    signal.addEventListener("abort", told);
  });
}

async function openDoor({ places, version, log, listen }: ServeOptions, live: OpenLive): Promise<HttpDoor> {
  const given = {
    live: live.live,
    version,
    socket: places.daemonSocket,
    token: readToken(places.token),
    log,
    acceptAgent: (link: Parameters<typeof linkConnection>[0]) => live.accept(linkConnection(link)),
  };
  try {
    return await openHttpDoor({ ...given, listen: listen ?? usualListen });
  } catch (error) {
    if (!(error instanceof Problem) || error.code !== "daemon.port_taken") throw error;
    // Agents and the command line need no port.
    log(error.message);
    live.addTrouble(error.message);
    rmSync(places.daemonSocket, { force: true });
    return openHttpDoor({ ...given, listen: null });
  }
}

async function listenForAgents(path: string, live: OpenLive, log: (line: string) => void): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) =>
    live.accept(socketConnection(socket, "agents.sock")),
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  server.on("error", (error) => log(`agents.sock: ${error.message}`));
  return server;
}

/** Not waited for: agents that do not let go have been told. */
function closeServer(server: Server, path: string): void {
  server.close();
  rmSync(path, { force: true });
}

/** Made once; linked into place whole, so that two that make it at once agree. */
function readToken(path: string): string {
  for (;;) {
    try {
      const token = readFileSync(path, "utf8").trim();
      if (/^[0-9a-f]{64}$/.test(token) && (statSync(path).mode & 0o077) === 0) return token;
      // Others may have read it.
      unlinkSync(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
    const made = `${path}.${process.pid}`;
    writeFileSync(made, `${randomBytes(32).toString("hex")}\n`, { mode: 0o600 });
    try {
      linkSync(made, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      rmSync(made, { force: true });
    }
  }
}

function alreadyRuns(places: DaemonPlaces): Problem {
  return new Problem({
    code: "daemon.running",
    kind: "usage",
    says: `A daemon runs already in ${places.directory}.`,
    tryNext: "spoor daemon status, or spoor daemon stop",
    context: { directory: places.directory },
  });
}
