// The daemon's inside in a test's own process, over a real socket.
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { socketConnection } from "../../src/live/connection.ts";
import { createLive, type LiveOptions, type OpenLive } from "../../src/live/create-live.ts";
import { daemonPlaces, makeDaemonPlaces } from "../../src/live/daemon-directory.ts";
import type { Live, WantedProbe } from "../../src/live/live.ts";
import { simulatedAgent, type SimulatedAgent, type SimulatedOptions } from "./simulated-agent.ts";

export interface Inside extends AsyncDisposable {
  /** Also the project of the agents. */
  readonly base: string;
  readonly live: Live;
  readonly log: string[];
  readonly socket: string;
  agent(options?: Partial<SimulatedOptions>): SimulatedAgent;
  /** Ends it as a daemon that is told to end does, and opens another in the same directory. */
  reopen(): Promise<void>;
}

export async function inside(options: Partial<LiveOptions> = {}): Promise<Inside> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "spoor-live-")));
  mkdirSync(join(base, ".spoor/runs"), { recursive: true, mode: 0o700 });
  const places = daemonPlaces({ SPOOR_DAEMON_DIR: join(base, "d") });
  makeDaemonPlaces(places);
  const log: string[] = [];
  const env = { HOME: base, XDG_CONFIG_HOME: join(base, "config") };
  const open = async (): Promise<{ opened: OpenLive; close(): Promise<void> }> => {
    const opened = createLive({ places, version: "0.1.0", env, log: (line) => log.push(line), sink: null, ...options });
    const server = createServer({ allowHalfOpen: true }, (socket) => opened.accept(socketConnection(socket, "test")));
    await new Promise<void>((resolve) => server.listen(places.agentsSocket, resolve));
    return {
      opened,
      async close() {
        server.close();
        await opened.close();
      },
    };
  };
  let current = await open();
  const agents: SimulatedAgent[] = [];
  return {
    base,
    get live() {
      return current.opened.live;
    },
    log,
    socket: places.agentsSocket,
    agent(given = {}) {
      const agent = simulatedAgent({ socket: places.agentsSocket, root: base, ...given });
      agents.push(agent);
      return agent;
    },
    async reopen() {
      await current.close();
      current = await open();
    },
    async [Symbol.asyncDispose]() {
      for (const agent of agents) agent.vanish();
      await current.close();
      rmSync(base, { recursive: true, force: true });
    },
  };
}

export function wantedLogpoint(settings: Partial<WantedProbe["settings"]> = {}): WantedProbe {
  return {
    place: { file: "handlers.py", line: 42 },
    settings: {
      condition: null,
      tags: ["t"],
      enabled: true,
      rateLimit: { perSecond: 5000, burst: 5000 },
      hitLimit: null,
      expiresAt: Date.now() + 3_600_000,
      process: null,
      ...settings,
    },
    what: { type: "logpoint", message: "hello" },
  };
}
