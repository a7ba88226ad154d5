// The disk of a project becomes full, and the daemon is killed again and again while agents send: in the end every event that an agent kept is stored, once, and what it
// had to drop it has counted. `SPOOR_TEST_KILLS=50` makes it fifty.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { startLoad } from "../../bench/live/load.ts";
import { testDaemon } from "../../host/tests/live/daemon.ts";
import { projectAt } from "../../host/src/project/find-project.ts";
import { runUserSql } from "../../host/src/store/boxed-sql.ts";
import { randomFrom, seed } from "./chance.ts";
import { smallDisk } from "./small-disk.ts";

const kills = Number(process.env["SPOOR_TEST_KILLS"] ?? 6);

test(
  `a daemon killed ${kills} times under load keeps every event once`,
  { timeout: 60_000 + kills * 4000 },
  async () => {
    await using here = testDaemon();
    const random = randomFrom(seed);
    let child = await here.start();
    const load = startLoad({
      socket: here.places.agentsSocket,
      root: here.project,
      processes: 4,
      perSecond: 2000,
      characters: 40,
    });
    try {
      for (let kill = 0; kill < kills; kill++) {
        await sleep(100 + random() * 500);
        const ended = new Promise((resolve) => child.once("exit", resolve));
        child.kill("SIGKILL");
        await ended;
        if (random() < 0.3) await sleep(random() * 1500);
        child = await here.start();
      }
      await sleep(500);
      const sent = await load.end();
      const { rows } = await runUserSql(
        projectAt(here.project),
        undefined,
        `select process, count(*), count(distinct number), min(number), max(number) from events group by all order by 1`,
      );
      const expected = sent.map(({ id, made }) => [id, made, made, 1, made]);
      expect(rows).toEqual(expected.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
      expect(Math.min(...sent.map(({ connections }) => connections))).toBeGreaterThan(kills / 2);
      expect(Math.min(...sent.map(({ made }) => made))).toBeGreaterThan(1000);
    } finally {
      load.kill();
    }
  },
);

test("a disk that is full stops nobody; once there is room all that agents kept is stored, once", async (context) => {
  await using here = testDaemon();
  using disk = smallDisk(join(here.project, ".spoor"), 1024);
  if (typeof disk.unavailable === "string") return context.skip(disk.unavailable);
  await here.start();
  const load = startLoad({
    socket: here.places.agentsSocket,
    root: here.project,
    processes: 2,
    perSecond: 2000,
    characters: 100,
  });
  try {
    await expect.poll(async () => (await here.health()).status, { timeout: 20_000 }).toBe("degraded");
    expect((await here.health()).troubles.join()).toContain("no space left");
    // Long enough for agents to have to drop.
    await sleep(8000);
    const { events, processes } = await here.health();
    expect(processes.map(({ connected }) => connected)).toEqual([true, true]);
    // What it took and could not write is no more than it may hold.
    expect(events.received - events.stored).toBeLessThan(60_000);
    disk.grow();
    await expect.poll(async () => (await here.health()).status, { timeout: 10_000 }).toBe("ok");
    await sleep(500);
    const sent = await load.end();
    const { rows } = await runUserSql(
      projectAt(here.project),
      undefined,
      "select process, count(*), count(distinct number), max(number) from events group by all order by 1",
    );
    const expected = sent.map(({ id, made }) => [id, made, made, made]);
    expect(rows).toEqual(expected.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
  } finally {
    load.kill();
  }
});
