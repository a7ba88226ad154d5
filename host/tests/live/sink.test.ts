// Events forwarded to a real server, which is away for a while, refuses, or never comes back.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

const env = { SPOOR_SINK_SECRET: "s3cret", HOME: "/nonexistent" };

test.each([
  ["500", 500, {}, "it answers 500"],
  ["429 for a second", 429, { "retry-after": "1" }, "it answers 429"],
  ["a redirect, which is not followed", 307, { location: "/elsewhere" }, "it answers 307: redirects are not followed"],
  ["304, which takes nothing", 304, {}, "it answers 304: redirects are not followed"],
])("a sink that answers %s is tried again, ever more slowly, and told", async (_, status, headers, words) => {
  await using there = await receiver();
  Object.assign(there, { status, headers });
  await using here = await inside({ sink: { url: there.url }, env, retryMs: 50 });
  const agent = here.agent();
  for (let each = 0; each < 100; each++) agent.put(logpointEvent("l1", "a"));
  await agent.allStored();
  await expect.poll(() => there.attempts.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(4);
  const health = await here.live.health();
  expect(health).toMatchObject({ status: "degraded", sink: { waiting: 100, delivered: 0, lost: 0, failing: words } });
  expect(health.troubles).toEqual([`the sink does not take events: ${words}`]);
  const gaps = there.attempts.slice(1).map(({ at }, index) => at - (there.attempts[index]?.at ?? 0));
  for (const [index, gap] of gaps.entries())
    expect(gap).toBeGreaterThan(Math.max("retry-after" in headers ? 1000 : 0, (50 * 2 ** index) / 2) - 10);
  expect(here.log.filter((line) => line.includes("does not take events"))).toHaveLength(1);
  there.status = 204;
  await expect.poll(() => there.ids.length, { timeout: 20_000 }).toBe(100);
  await expect
    .poll(async () => (await here.live.health()).sink)
    .toMatchObject({ waiting: 0, delivered: 100, lost: 0, failing: null });
  expect((await here.live.health()).status).toBe("ok");
  expect(here.log.at(-1)).toContain("answers again");
});

test("a sink that never answers is given up after a while and told; meanwhile nothing gathers in memory", async () => {
  await using there = await receiver();
  there.status = 0;
  await using here = await inside({ sink: { url: there.url }, env, retryMs: 20, sinkAnswerMs: 300 });
  const agent = here.agent();
  const put = async (count: number): Promise<void> => {
    for (let each = 0; each < count; each++) agent.put(logpointEvent("l1", "a".repeat(1000)));
    await agent.allStored();
  };
  await put(1000);
  await expect.poll(() => there.attempts.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
  expect((await here.live.health()).sink).toMatchObject({ failing: "no answer in 0.3 s", delivered: 0, lost: 0 });
  const before = process.memoryUsage();
  for (let round = 0; round < 20; round++) await put(1000);
  const after = process.memoryUsage();
  // 20 MB of events wait, on the disk.
  expect((await here.live.health()).sink?.waiting).toBe(21_000);
  expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(80e6);
  there.status = 204;
  // The next daemon, too, knows what was there when the sink was set, though nothing was ever delivered.
  await here.reopen();
  await expect.poll(() => new Set(there.ids).size, { timeout: 30_000 }).toBe(21_000);
  expect(there.mostAtOnce()).toBe(1);
});

test("a slow sink gets all, one body at a time", async () => {
  await using there = await receiver();
  there.waitMs = 100;
  await using here = await inside({ sink: { url: there.url }, env });
  const agent = here.agent();
  for (let round = 0; round < 10; round++) {
    for (let each = 0; each < 100; each++) agent.put(logpointEvent("l1", "a".repeat(100)));
    await agent.allStored();
  }
  await expect.poll(() => there.ids.length, { timeout: 20_000 }).toBe(1000);
  expect(new Set(there.ids).size).toBe(1000);
  expect(there.mostAtOnce()).toBe(1);
  await expect.poll(async () => (await here.live.health()).sink?.waiting).toBe(0);
});

test("a sink whose certificate nobody vouches for gets nothing, and that is told", async () => {
  const folder = mkdtempSync(join(tmpdir(), "spoor-sink-"));
  const subject = ["-subj", "/CN=sink", "-addext", "subjectAltName=IP:127.0.0.1"];
  const command = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", ...subject];
  execFileSync("openssl", [...command, "-keyout", "key.pem", "-out", "cert.pem"], { cwd: folder, stdio: "pipe" });
  const [cert, key] = ["cert.pem", "key.pem"].map((name) => readFileSync(join(folder, name), "utf8"));
  rmSync(folder, { recursive: true });
  await using there = await receiver("s3cret", { cert: cert ?? "", key: key ?? "" });
  await using here = await inside({ sink: { url: there.url }, env, retryMs: 20 });
  const agent = here.agent();
  agent.put(logpointEvent("l1", "a"));
  await agent.allStored();
  const failing = async () => (await here.live.health()).sink?.failing;
  await expect.poll(failing, { timeout: 20_000 }).toBe("self-signed certificate (DEPTH_ZERO_SELF_SIGNED_CERT)");
  expect(there.attempts).toEqual([]);
  expect((await here.live.health()).sink).toMatchObject({ waiting: 1, delivered: 0, lost: 0 });
});
