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
  expect((await live.health()).events).toEqual({ received: 1000, stored: 1000, dropped: 0, lost: 0 });
  expect(await live.processes()).toMatchObject([{ id: agent.id, name: "shop", connected: true, probes: 1 }]);
  expect(readdirSync(join(here.base, ".spoor/live"))).toHaveLength(1);
  expect(await live.remove("l1")).toMatchObject({ id: "l1" });
  expect(agent.desired()?.probes).toEqual([]);
});

test("what probes may cost is what the user's configuration says", async () => {
  await using here = await inside({ env: { HOME: "/nonexistent", SPOOR_PROBES_BUDGET: "0.25" } });
  const agent = here.agent();
  await agent.says("desire");
  expect(agent.desired()?.budget).toBe(0.25);
});

test("what a process made and did not deliver before it ended is told as lost, by the next daemon too", async () => {
  await using here = await inside({ forgetMs: 100 });
  const lost = async () => (await here.live.health()).events.lost;
  const [farewell, silent, there] = [here.agent(), here.agent({ redial: false }), here.agent()];
  for (const agent of [farewell, silent, there]) {
    await agent.says("desire");
    for (let each = 0; each < 4; each++) agent.put(logpointEvent("l1", "a"));
    await agent.allStored();
    agent.send({ type: "counts", made: 10, probes: {} });
  }
  await farewell.bye();
  await expect.poll(lost).toBe(6);
  silent.socket()?.destroy();
  await expect.poll(lost).toBe(12);
  await here.reopen();
  await expect.poll(lost).toBe(12);
  // It was only slow.
  for (let each = 0; each < 6; each++) there.put(logpointEvent("l1", "a"));
  await there.allStored();
  await there.bye();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(await lost()).toBe(12);
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

test("one that vanishes in mid-message is kept for a minute, comes back as itself, and one that says bye goes at once", async () => {
  await using here = await inside({ forgetMs: 300 });
  const agent = here.agent({ redial: false, pid: 71 });
  await agent.says("welcome");
  agent.socket()?.write('{"type":"events","first":1,"ev');
  agent.vanish();
  await expect.poll(() => here.live.processes()).toMatchObject([{ id: agent.id, connected: false }]);
  const back = here.agent({ hello: { id: agent.id }, pid: 71 });
  await back.says("welcome");
  expect(await here.live.processes()).toMatchObject([{ id: agent.id, connected: true }]);
  back.vanish();
  await expect.poll(() => here.live.processes(), { timeout: 2000 }).toEqual([]);
  const polite = here.agent();
  await polite.says("welcome");
  await polite.bye();
  await expect.poll(() => here.live.processes()).toEqual([]);
});

test("forks are under their parents", async () => {
  await using here = await inside();
  const parent = here.agent({ name: "gunicorn", hello: { startedAt: "2026-01-02T00:00:00Z" } });
  await parent.says("welcome");
  const other = here.agent({ name: "other", hello: { startedAt: "2026-01-01T00:00:00Z" } });
  const child = here.agent({ name: "gunicorn", hello: { parent: parent.id, startedAt: "2026-01-03T00:00:00Z" } });
  await Promise.all([other.says("welcome"), child.says("welcome")]);
  const all = await here.live.processes();
  expect(all.map(({ id, parent }) => [id, parent])).toEqual([
    [other.id, null],
    [parent.id, null],
    [child.id, parent.id],
  ]);
});

test("probes are kept over a restart with what is left of their time, ids are not used again, counts stay", async () => {
  await using here = await inside();
  const agent = here.agent();
  await agent.says("welcome");
  await here.live.add(wantedLogpoint());
  const { id } = await here.live.add(wantedLogpoint({ expiresAt: Date.now() + 60_000 }));
  await here.live.remove("l1");
  const counts = { hits: 9, sent: 5, unmet: 2, limited: 1, dropped: 1, errors: 1, costNs: 70 };
  agent.send({ type: "counts", probes: { [id]: counts, l1: counts } });
  await expect.poll(async () => (await here.live.probe(id)).counts).toEqual(counts);
  await agent.bye();
  await here.reopen();
  expect(await here.live.probes({})).toMatchObject([{ id: "l2", counts, processes: [] }]);
  const next = here.agent();
  await expect.poll(() => next.desired()?.probes.map((probe) => probe.id)).toEqual(["l2"]);
  expect(next.desired()?.probes[0]?.expiresInMs).toBeLessThanOrEqual(60_000);
  expect((await here.live.add(wantedLogpoint())).id).toBe("l3");
  // A sum that begins again at nothing adds to what was told before.
  next.send({ type: "counts", probes: { l2: counts } });
  next.send({ type: "counts", probes: { l2: { ...counts, hits: 3 } } });
  await expect.poll(async () => (await here.live.probe("l2")).counts.hits).toBe(9 + 9 + 3);
});

test("a place that somebody knows and nobody finds is refused; one that nobody knows waits", async () => {
  await using here = await inside();
  const noCode = { found: false, why: "no_code", file: "/srv/handlers.py", nearest: [40, 44] } as const;
  const agent = here.agent({ resolve: (place) => (place.kind === "line" ? noCode : { found: false, why: "unknown" }) });
  await agent.says("welcome");
  await expect(here.live.add(wantedLogpoint())).rejects.toMatchObject({
    code: "probe.no_code",
    context: { file: "/srv/handlers.py", line: 42, nearest: [40, 44] },
  });
  const waiting = await here.live.add({ ...wantedLogpoint(), place: { function: "handle" } });
  expect(waiting.processes).toMatchObject([{ state: { state: "waiting" } }]);
  const wrong = { ...wantedLogpoint(), settings: { ...wantedLogpoint().settings, condition: "a ==" } };
  await expect(here.live.add(wrong)).rejects.toMatchObject({ code: "probe.condition", context: { column: 5 } });
});

test("an agent that answers nothing holds nobody up, and one that does not read gets only what is newest", async () => {
  await using here = await inside({ answerMs: 20, silenceMs: 60_000 });
  const deaf = here.agent();
  await deaf.says("welcome");
  deaf.socket()?.pause();
  const message = "x".repeat(4000);
  for (let each = 0; each < 40; each++) {
    const { id } = await here.live.add({ ...wantedLogpoint(), what: { type: "logpoint", message } });
    if (each > 5) await here.live.remove(id);
  }
  deaf.socket()?.resume();
  await expect.poll(() => deaf.desired()?.probes.length, { timeout: 5000 }).toBe(6);
});

test("one that is silent is asked, and given up when it does not answer; one that answers stays", async () => {
  await using here = await inside({ silenceMs: 1_000 });
  const agent = here.agent();
  const hello = await agent.says("welcome").then(() =>
    JSON.stringify({
      ...agent.hello,
      id: "5-silent",
      client: { ...agent.hello.client, applicationInstanceId: "5-silent" },
      firstEvent: 1,
    }),
  );
  const silent = createConnection(here.socket);
  silent.resume();
  const closed = new Promise((resolve) => silent.once("close", resolve));
  silent.write(`${hello}\n`);
  await closed;
  expect(here.log.join()).toContain("5-silent: no answer for");
  await expect
    .poll(() => here.live.processes())
    .toMatchObject([{ connected: true }, { id: "5-silent", connected: false }]);
  expect(agent.connections()).toBe(1);
});

test("a probe that expired is taken away, and can be given more time", async () => {
  await using here = await inside();
  const agent = here.agent();
  await agent.says("welcome");
  const { id } = await here.live.add(wantedLogpoint({ expiresAt: Date.now() + 300 }));
  expect(agent.desired()?.probes).toHaveLength(1);
  await expect.poll(() => agent.desired()?.probes, { timeout: 2000 }).toEqual([]);
  await here.live.change(id, { settings: { expiresAt: null } });
  expect(agent.desired()?.probes).toMatchObject([{ id, edition: 2 }]);
  await here.live.setTags(["t"], false);
  expect(agent.desired()?.probes).toEqual([]);
  await here.live.setTags(["t"], true);
  expect(agent.desired()?.probes).toMatchObject([{ id, edition: 4 }]);
});
