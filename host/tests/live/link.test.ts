// The agents' link over the real socket, with an agent that does what a test wants of it.
import { createConnection } from "node:net";
import { mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { socketConnection } from "../../src/live/connection.ts";
import { createLive, type LiveOptions, type OpenLive } from "../../src/live/create-live.ts";
import { daemonPlaces, makeDaemonPlaces } from "../../src/live/daemon-directory.ts";
import type { WantedProbe } from "../../src/live/live.ts";
import { logpointEvent, simulatedAgent, type SimulatedAgent, type SimulatedOptions } from "./simulated-agent.ts";

interface Inside extends AsyncDisposable {
  readonly base: string;
  readonly opened: OpenLive;
  readonly log: string[];
  agent(options?: Partial<SimulatedOptions>): SimulatedAgent;
  readonly socket: string;
}

/** The daemon's inside in this process, over a real socket. */
async function inside(options: Partial<LiveOptions> = {}): Promise<Inside> {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "spoor-live-")));
  const places = daemonPlaces({ SPOOR_DAEMON_DIR: join(base, "d") });
  makeDaemonPlaces(places);
  const log: string[] = [];
  const opened = createLive({ places, version: "0.1.0", log: (line) => log.push(line), ...options });
  const server = createServer({ allowHalfOpen: true }, (socket) => opened.accept(socketConnection(socket, "test")));
  await new Promise<void>((resolve) => server.listen(places.agentsSocket, resolve));
  const agents: SimulatedAgent[] = [];
  return {
    base,
    opened,
    log,
    socket: places.agentsSocket,
    agent(given = {}) {
      const agent = simulatedAgent({ socket: places.agentsSocket, root: base, ...given });
      agents.push(agent);
      return agent;
    },
    async [Symbol.asyncDispose]() {
      for (const agent of agents) agent.vanish();
      await opened.close();
      server.close();
      rmSync(base, { recursive: true, force: true });
    },
  };
}

const logpoint: WantedProbe = {
  place: { file: "handlers.py", line: 42 },
  settings: {
    condition: null,
    tags: ["t"],
    enabled: true,
    rateLimit: { perSecond: 5000, burst: 5000 },
    hitLimit: null,
    expiresAt: Date.now() + 3_600_000,
    process: null,
  },
  what: { type: "logpoint", message: "hello" },
};

test("an agent is welcome, gets its probes, and its events are stored once", async () => {
  await using here = await inside();
  const { live } = here.opened;
  const agent = here.agent({ stateOf: ({ id }) => ({ id, state: "placed", file: "/a.py", line: 42, function: "f" }) });
  expect(await agent.says("welcome")).toMatchObject({ protocol: 1, version: "0.1.0" });
  const probe = await live.add(logpoint);
  expect(probe).toMatchObject({ id: "l1", processes: [{ process: agent.id, state: { state: "placed", line: 42 } }] });
  expect(agent.desired()).toMatchObject({ state: null, budget: 0.02, probes: [{ id: "l1", edition: 1 }] });
  for (let each = 0; each < 1000; each++) agent.put(logpointEvent("l1", `m${each}`));
  await agent.allStored();
  expect(agent.stored()).toBe(1000);
  expect((await live.health()).events).toEqual({ received: 1000, stored: 1000, dropped: 0 });
  expect(await live.processes()).toMatchObject([{ id: agent.id, name: "shop", connected: true, probes: 1 }]);
  expect(readdirSync(join(here.base, ".spoor/live"))).toHaveLength(1);
  expect(await live.remove("l1")).toMatchObject({ id: "l1" });
  expect(agent.desired()?.probes).toEqual([]);
});

test.each([
  ["no JSON", "hello\n", /not JSON/],
  ["no object", "[1]\n", /not an object/],
  ["events before hello", '{"type":"events","first":1,"events":[]}\n', /before hello/],
  ["a wrong field", '{"type":"hello","id":"../../etc"}\n', /hello: /],
  ["more than 1 MiB", `{"type":"${"x".repeat(2_000_000)}`, /more than 1 MiB/],
])("%s ends the connection and nothing else", async (_, text, why) => {
  await using here = await inside();
  const agent = here.agent();
  await agent.says("welcome");
  const socket = createConnection(here.socket);
  socket.on("error", () => undefined);
  socket.resume();
  const closed = new Promise((resolve) => socket.once("close", resolve));
  socket.write(text);
  await closed;
  expect(here.log.join("\n")).toMatch(why);
  expect(await here.opened.live.processes()).toMatchObject([{ id: agent.id, connected: true }]);
});
