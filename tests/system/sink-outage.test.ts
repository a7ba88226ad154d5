// The sink of a real daemon is away while events come at a steady rate, and the daemon is killed in the middle of it: every event
// arrives, in order and signed. `SPOOR_TEST_OUTAGE=600` makes it ten minutes.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startLoad } from "../../bench/live/load.ts";
import { testDaemon } from "../../host/tests/live/daemon.ts";
import { receiver } from "../../host/tests/live/receiver.ts";
import { projectAt } from "../../host/src/project/find-project.ts";
import { runUserSql } from "../../host/src/store/boxed-sql.ts";

const outageS = Number(process.env["SPOOR_TEST_OUTAGE"] ?? 12);
const perSecond = 500;

/** The most memory that the process ever had. */
function peakMiB(pid: number): number {
  const found = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(found?.[1]) / 1024;
}

test(`a sink that is away for ${outageS} s misses nothing`, { timeout: 300_000 + outageS * 2000 }, async () => {
  await using there = await receiver();
  await using here = testDaemon();
  const options = { sink: { url: there.url } };
  const env = { SPOOR_SINK_SECRET: "s3cret" };
  let child = await here.start(options, env);
  const load = startLoad({
    socket: here.places.agentsSocket,
    root: here.project,
    processes: 2,
    perSecond,
    characters: 100,
  });
  try {
    await expect.poll(() => there.ids.length, { timeout: 20_000 }).toBeGreaterThan(1000);
    await there.stop();
    await sleep(outageS * 500);
    const { sink, status, troubles } = await here.health();
    expect(sink).toMatchObject({ lost: 0, failing: "ECONNREFUSED" });
    expect(sink?.waiting).toBeGreaterThan(outageS * perSecond * 0.5);
    expect([status, troubles]).toEqual(["degraded", ["the sink does not take events: ECONNREFUSED"]]);
    const firstPeak = peakMiB(child.pid ?? 0);

    // Killed, not ended: what it knew of the sink is what it wrote down.
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
    there.status = 503;
    await there.start();
    const refusedFrom = there.attempts.length;
    child = await here.start(options, env);
    await sleep(outageS * 500);
    const refused = there.attempts.slice(refusedFrom);
    const gaps = refused.slice(1).map(({ at }, index) => at - (refused[index]?.at ?? 0));
    // From 0.5 s on twice as long each time, less up to a half.
    for (const [index, gap] of gaps.entries()) expect(gap).toBeGreaterThan(Math.min(30_000, 500 * 2 ** index) / 2 - 20);
    expect((await here.health()).sink).toMatchObject({ lost: 0, failing: "it answers 503" });

    there.status = 204;
    const backAt = performance.now();
    const sent = await load.end();
    const made = sent.reduce((sum, each) => sum + each.made, 0);
    await expect.poll(() => new Set(there.ids).size, { timeout: 120_000, interval: 500 }).toBe(made);
    const caughtUpS = (performance.now() - backAt) / 1000;
    await expect
      .poll(async () => (await here.health()).sink)
      .toMatchObject({ delivered: made, waiting: 0, lost: 0, failing: null });
    expect([...new Set(there.ids)]).toEqual(await keptIds(here.project, made));
    expect(there.signatures.every(([given, expected]) => given === expected)).toBe(true);
    const peaks = [firstPeak, peakMiB(child.pid ?? 0)];
    for (const peak of peaks) expect(peak).toBeLessThan(400);
    const figures = { outageS, made, twice: there.ids.length - made, dropped: sent.map(({ dropped }) => dropped) };
    console.log(JSON.stringify({ ...figures, refused: refused.length, caughtUpS, peakMiB: peaks.map(Math.round) }));
  } finally {
    load.kill();
  }
});

/** Ids of all events in the order in which they were kept; in parts, or the answer would be too large. */
async function keptIds(project: string, count: number): Promise<unknown[]> {
  const ids: unknown[] = [];
  const part = 20_000;
  for (let from = 0; from < count; from += part) {
    const query = `select id from events order by position limit ${part} offset ${from}`;
    ids.push(...(await runUserSql(projectAt(project), undefined, query, { rows: part })).rows.map(([id]) => id));
  }
  return ids;
}
