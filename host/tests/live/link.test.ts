// The agents' link over the real socket, with an agent that does what a test wants of it.
import { readdirSync } from "node:fs";
import { createConnection } from "node:net";
import { join } from "node:path";
import { expect, test } from "vitest";
import { inside, wantedLogpoint } from "./inside.ts";
import { logpointEvent } from "./simulated-agent.ts";

test("an agent is welcome, gets its probes, and its events are stored once", async () => {
  await using here = await inside();
  const { live } = here;
  const agent = here.agent({ stateOf: ({ id }) => ({ id, state: "placed", file: "/a.py", line: 42, function: "f" }) });
  expect(await agent.says("welcome")).toMatchObject({ protocol: 1, version: "0.1.0" });
  const probe = await live.add(wantedLogpoint());
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
  expect(await here.live.processes()).toMatchObject([{ id: agent.id, connected: true }]);
});
