// Kept events: pages, SQL and following say the same, whatever of them is JSON lines and whatever Parquet by now.
import { appendFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import type { EventFilter, Live } from "../../src/live/live.ts";
import { projectAt } from "../../src/project/find-project.ts";
import { runUserSql } from "../../src/store/boxed-sql.ts";
import { inside, type Inside } from "./inside.ts";
import { logpointEvent } from "./simulated-agent.ts";

const compaction = { segments: 2, ageMs: 1e9, keepMs: 5000 };

async function allEvents(live: Live, filter: EventFilter, limit = 97): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | null = null; ;) {
    const page = await live.events(filter, limit, cursor);
    ids.push(...page.events.map(({ id }) => id));
    if (page.cursor === null) return ids;
    cursor = page.cursor;
  }
}

function filesOf(here: Inside): string[] {
  const live = join(here.base, ".spoor/live");
  return readdirSync(live).flatMap((writer) => readdirSync(join(live, writer)));
}

async function sql(here: Inside, query: string): Promise<unknown[]> {
  const { rows } = await runUserSql(projectAt(here.base), undefined, query, { rows: 10_000 });
  return [...rows];
}

test("all events, once each and newest first, over lines, Parquet and a restart", async () => {
  await using here = await inside({ segmentBytes: 40_000, compaction, upkeepMs: 50 });
  const [one, two] = [here.agent({ name: "one", pid: 11 }), here.agent({ name: "two", pid: 12 })];
  const expected: string[] = [];
  for (let round = 0; round < 20; round++) {
    for (let each = 0; each < 50; each++) expected.push(`${one.id}:${one.put(logpointEvent("l1", `a${each}`))}`);
    await one.allStored();
    for (let each = 0; each < 10; each++)
      expected.push(`${two.id}:${two.put(logpointEvent("l2", "\ud83d \u{1f600} b"))}`);
    await two.allStored();
    if (round === 10) await here.reopen();
  }
  while (!filesOf(here).some((name) => name.endsWith(".parquet"))) await sleep(10);
  const newestFirst = expected.toReversed();
  expect(await allEvents(here.live, {})).toEqual(newestFirst);
  expect(await allEvents(here.live, { process: "12" })).toEqual(newestFirst.filter((id) => id.startsWith(two.id)));
  expect(
    await allEvents(here.live, { process: "one", probe: "l1", tag: "t", name: "probe.hit.logpoint" }),
  ).toHaveLength(1000);
  expect(await allEvents(here.live, { tag: "other" })).toEqual([]);
  expect(await allEvents(here.live, { since: Date.now() + 1000 })).toEqual([]);
  expect(await allEvents(here.live, { since: Date.now() - 60_000 })).toEqual(newestFirst);
  expect(await sql(here, "select id from events order by position desc")).toEqual(newestFirst.map((id) => [id]));
  expect(
    await sql(
      here,
      `select probe_id, probe_type, application, line, "function", tags, count(*), count(distinct id),
      any_value(payload->>'message') from events where probe_id = 'l2' group by all`,
    ),
  ).toEqual([["l2", "logpoint", "two", 42, "handle", ["t"], 200, 200, "\ufffd \u{1f600} b"]]);
});

test("what a killed daemon wrote half is not read, and comes again", async () => {
  await using here = await inside();
  const agent = here.agent();
  for (let each = 0; each < 10; each++) agent.put(logpointEvent("l1", "a"));
  await agent.allStored();
  await here.reopen();
  const live = join(here.base, ".spoor/live");
  const [writer = ""] = readdirSync(live);
  const [segment = ""] = readdirSync(join(live, writer));
  appendFileSync(join(live, writer, segment), '{"at":9999999999999999,"client":{"applica');
  expect(await sql(here, "select count(*) from events")).toEqual([[10]]);
  await here.reopen();
  // It sends again what it was told stored, as one whose connection broke before it heard so.
  agent.put(logpointEvent("l1", "b"));
  await agent.allStored();
  await expect.poll(() => allEvents(here.live, {})).toHaveLength(11);
  agent.send({ type: "events", first: 5, events: Array.from({ length: 9 }, () => logpointEvent("l1", "c")) });
  await expect.poll(() => agent.stored()).toBe(13);
  const ids = await allEvents(here.live, {});
  expect(ids.map((id) => Number(id.split(":")[1]))).toEqual([13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
});

test("who follows is told what it missed, in its place", async () => {
  await using here = await inside();
  const agent = here.agent();
  const ending = new AbortController();
  const seen: unknown[] = [];
  const following = here.live.follow({ probe: "l1" }, ending.signal, 100)[Symbol.asyncIterator]();
  const next = following.next();
  await agent.says("welcome");
  agent.put(logpointEvent("l1", "first"));
  seen.push((await next).value);
  for (let each = 0; each < 1000; each++) agent.put(logpointEvent(each % 2 === 0 ? "l1" : "l2", "more"));
  await agent.allStored();
  for (let each = 0; each < 101; each++) seen.push((await following.next()).value);
  expect(seen[0]).toMatchObject({ id: `${agent.id}:1`, payload: { message: "first" } });
  expect(seen[101]).toEqual({ missed: 400 });
  const over = following.next();
  ending.abort();
  expect(await over).toMatchObject({ done: true });
});
