// Events forwarded to a real server, which is away for a while, refuses, or never comes back.
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { inside } from "./inside.ts";
import { receiver } from "./receiver.ts";
import { logpointEvent } from "./simulated-agent.ts";

test("a sink that is away for a while gets everything, signed, in order, across a restart and over Parquet", async () => {
  await using there = await receiver();
  const env = { SPOOR_SINK_SECRET: "s3cret", HOME: "/nonexistent" };
  const compaction = { segments: 2, ageMs: 1e9, keepMs: 20 };
  const sink = { url: there.url };
  await using here = await inside({ sink, env, retryMs: 20, segmentBytes: 30_000, compaction, upkeepMs: 50 });
  const agent = here.agent();
  const expected: string[] = [];
  const put = async (count: number): Promise<void> => {
    for (let each = 0; each < count; each++)
      expected.push(`${agent.id}:${agent.put(logpointEvent("l1", "a".repeat(100)))}`);
    await agent.allStored();
  };
  await put(300);
  await expect.poll(() => there.ids.length).toBe(300);
  await there.stop();
  for (let round = 0; round < 4; round++) {
    await put(300);
    if (round === 1) await here.reopen();
  }
  await expect.poll(async () => (await here.live.health()).status).toBe("degraded");
  expect((await here.live.health()).sink).toMatchObject({ waiting: 1200, lost: 0, failing: "ECONNREFUSED" });
  await there.start();
  await put(10);
  await expect.poll(() => new Set(there.ids).size, { timeout: 5000 }).toBe(1510);
  expect([...new Set(there.ids)]).toEqual(expected);
  expect(there.signatures.map(([given]) => given)).toEqual(there.signatures.map(([, wanted]) => wanted));
  await expect
    .poll(async () => (await here.live.health()).sink)
    .toMatchObject({ delivered: 1510, waiting: 0, lost: 0, failing: null });
});

test("what falls out of the bound is counted, and the rest is sent", async () => {
  await using there = await receiver();
  there.status = 503;
  const sink = { url: there.url };
  const env = { HOME: "/nonexistent", SPOOR_EVENTS_SINK_QUEUE: "100KB" };
  await using here = await inside({ sink, env, retryMs: 20, segmentBytes: 20_000 });
  const agent = here.agent();
  // A segment at a time: of what is written at once nothing can be given up alone.
  for (let round = 0; round < 20; round++) {
    for (let each = 0; each < 100; each++) agent.put(logpointEvent("l1", "a".repeat(100)));
    await agent.allStored();
  }
  await expect.poll(async () => (await here.live.health()).sink?.lost, { timeout: 5000 }).toBeGreaterThan(1000);
  there.status = 204;
  await expect
    .poll(async () => (await here.live.health()).sink, { timeout: 5000 })
    .toMatchObject({ waiting: 0, failing: null });
  const { delivered, lost } = (await here.live.health()).sink ?? { delivered: 0, lost: 0 };
  expect(delivered + lost).toBe(2000);
  expect(new Set(there.ids).size).toBe(delivered);
  expect(delivered).toBeGreaterThan(100);
});

test("a body that is too large is made smaller", async () => {
  await using there = await receiver();
  there.mostBytes = 20_000;
  await using here = await inside({ sink: { url: there.url }, retryMs: 1 });
  const agent = here.agent();
  for (let each = 0; each < 500; each++) {
    agent.put(logpointEvent("l1", "a".repeat(100)));
    if (each % 20 === 0) await sleep(1);
  }
  await expect.poll(() => new Set(there.ids).size, { timeout: 5000 }).toBe(500);
});
