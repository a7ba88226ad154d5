// How long events are kept: by age and by room, as the settings of their project say, in lines and in Parquet; SQL and pages have
// what is kept and nothing else, pages say that there was more, and a sink is told what it will never get.
import { randomBytes } from "node:crypto";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { projectAt } from "../../src/project/find-project.ts";
import { listEventFiles } from "../../src/store/live-events.ts";
import { runUserSql } from "../../src/store/boxed-sql.ts";
import { inside, type Inside } from "./inside.ts";
import { receiver } from "./receiver.ts";
import { logpointEvent } from "./simulated-agent.ts";

const soon = { timeout: 20_000, interval: 50 };
const asLines = { segments: 1e9, ageMs: 1e12, keepMs: 1000 };
const asParquet = { segments: 2, ageMs: 1e12, keepMs: 1000 };

function configure(here: Inside, events: object): void {
  writeFileSync(join(here.base, "spoor.config.json"), JSON.stringify({ events }));
}

function sizeOf(here: Inside): number {
  const live = join(here.base, ".spoor/live");
  const files = readdirSync(live).flatMap((writer) =>
    readdirSync(join(live, writer)).map((name) => join(live, writer, name)),
  );
  return files.reduce((sum, path) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** All but what is written now is Parquet. */
async function isCompacted(here: Inside): Promise<void> {
  const live = join(here.base, ".spoor/live");
  const lines = (): number =>
    readdirSync(live).reduce((sum, writer) => sum + listEventFiles(join(live, writer)).segments.length, 0);
  while (lines() > 2) await sleep(50);
}

async function kept(here: Inside): Promise<number[]> {
  const { rows } = await runUserSql(projectAt(here.base), undefined, "select number from events order by position", {
    rows: 1e5,
  });
  return rows.map(([number]) => Number(number));
}

async function put(here: Inside, count: number, agent = here.agent()): Promise<void> {
  for (let each = 0; each < count; each++) agent.put(logpointEvent("l1", randomBytes(150).toString("hex")));
  await agent.allStored();
}

test.each([
  ["lines", asLines, () => Promise.resolve()],
  ["Parquet", asParquet, isCompacted],
])("the oldest go while all take more room than they may, as %s", async (_, compaction, settled) => {
  await using here = await inside({ segmentBytes: 20_000, compaction, upkeepMs: 50 });
  const agent = here.agent();
  for (let round = 0; round < 20; round++) {
    await put(here, 100, agent);
    if (round % 3 === 2) await settled(here);
  }
  expect(await kept(here)).toHaveLength(2000);
  expect((await here.live.events({}, 10, null)).keptFrom).toBeNull();
  await settled(here);
  // What was made into Parquet goes a moment later.
  await sleep(1500);
  const before = sizeOf(here);
  const size = Math.round(before / 2);
  configure(here, { size });
  await expect.poll(() => kept(here).then((numbers) => numbers.length), soon).toBeLessThan(2000);
  await expect.poll(() => sizeOf(here), soon).toBeLessThan(size + 2000);
  const numbers = await kept(here);
  // The newest, without a gap.
  expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => 2001 - numbers.length + index));
  expect(numbers.length).toBeGreaterThan(200);
  const page = await here.live.events({}, 10_000, null);
  expect(page.events.map(({ id }) => Number(id.split(":")[1]))).toEqual(numbers.toReversed());
  const from = Date.parse(page.keptFrom ?? "");
  expect(from).toBeGreaterThan(Date.now() - 60_000);
  expect(from).toBeLessThanOrEqual(Date.now());
  // The next daemon knows it, too, and gives no number twice.
  await here.reopen();
  expect((await here.live.events({}, 10, null)).keptFrom).toBe(page.keptFrom);
  await put(here, 1, agent);
  expect((await kept(here)).at(-1)).toBe(2001);
});

test.each([
  ["lines", asLines],
  ["Parquet", asParquet],
])("what is too old goes, as %s", async (_, compaction) => {
  await using here = await inside({ segmentBytes: 20_000, compaction, upkeepMs: 50 });
  const agent = here.agent();
  for (let round = 0; round < 5; round++) await put(here, 100, agent);
  configure(here, { age: "1d" });
  await sleep(300);
  expect(await kept(here)).toHaveLength(500);
  configure(here, { age: "2s" });
  await expect.poll(() => kept(here).then((numbers) => numbers.length), soon).toBeLessThan(200);
  await put(here, 100, agent);
  // The segment that is being written stays, whatever its age.
  const numbers = await kept(here);
  expect(numbers.at(-1)).toBe(600);
  expect(new Set(numbers).size).toBe(numbers.length);
  expect((await here.live.events({}, 10, null)).keptFrom).not.toBeNull();
});

test("what a sink had not taken is told as lost when there is no room for it", async () => {
  await using there = await receiver();
  there.status = 503;
  const sink = { url: there.url };
  await using here = await inside({ sink, segmentBytes: 20_000, compaction: asLines, upkeepMs: 50, retryMs: 20 });
  const agent = here.agent();
  for (let round = 0; round < 20; round++) await put(here, 100, agent);
  configure(here, { size: Math.round(sizeOf(here) / 2) });
  const lost = async (): Promise<number> => (await here.live.health()).sink?.lost ?? 0;
  await expect.poll(lost, soon).toBeGreaterThan(500);
  const numbers = await kept(here);
  expect(await lost()).toBe(2000 - numbers.length);
  there.status = 204;
  await expect.poll(() => new Set(there.ids).size, { timeout: 40_000, interval: 100 }).toBe(numbers.length);
});
