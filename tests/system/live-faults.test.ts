// A live server whose daemon is killed, stands still or comes back, under load: its requests go on as ever, and in the end the
// counts explain every event: what was sent is in the daemon's store exactly once.
import { dirname } from "node:path";
import { expect, test } from "vitest";
import { venvFor } from "../../scripts/python-environments.ts";
import { findPythonAgent } from "../../host/src/recording/injection.ts";
import { engines, minorNumber } from "./interpreters.ts";
import { freePort, lineOf, liveDaemon, needed, until, type LiveDaemon } from "./live.ts";
import { startLoad } from "./load.ts";
import { sandbox } from "./sandbox.ts";

const newest = engines.find((each) => minorNumber(each) >= 12) ?? null;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

// Skipped: no Python here has sys.monitoring, by which probes are placed.
test.skipIf(newest === null)("the daemon is killed and comes back, and stands still; a worker is killed", async () => {
  const { bin } = await venvFor(needed(newest), "web");
  await using live = await liveDaemon();
  await using here = sandbox({}, ["live"]);
  const port = await freePort();
  const command = ["gunicorn", "-b", `127.0.0.1:${port}`, "-w", "2", "-k", "gthread", "--threads", "8", "embedded:app"];
  const env = { ...live.env, PATH: `${bin}:${here.env["PATH"] ?? ""}`, PYTHONPATH: dirname(findPythonAgent()) };
  const started = here.startBare(command, { cwd: `${here.directory}/live`, env, limitMs: 110_000 });
  const page = () =>
    fetch(`http://127.0.0.1:${port}/7`).then(
      (answer) => answer.text(),
      () => null,
    );
  try {
    await until(page, "the server");
    await until(async () => (await live.processes()).filter((each) => each.connected).length === 2, "its processes");
    const line = lineOf(`${here.directory}/live/orders.py`, "total");
    const rateLimit = { perSecond: 5000, burst: 5000 };
    const made = await live.ask("POST", "/logpoints", { file: "orders.py", line, message: "{user_id}", rateLimit });
    expect(made.status).toBe(201);
    const load = startLoad(port, 4);
    await pause(500);
    const running = await live.ask("GET", "/health");
    let { pid } = running.body;
    for (let round = 0; round < 4; round++) {
      process.kill(pid, "SIGKILL");
      await pause(300);
      pid = (await live.start()).pid ?? 0;
      await pause(500);
    }
    process.kill(pid, "SIGSTOP");
    await pause(2000);
    process.kill(pid, "SIGCONT");
    await pause(500);
    const report = await load.stop();
    expect(report.failures).toEqual([]);
    expect(report.slowestMs).toBeLessThan(2000);

    const [probe] = await until(async () => {
      const found = (await live.ask("GET", "/points/l1")).body;
      const { hits, sent, unmet, limited, dropped } = found.counts;
      return hits === report.answered && hits === sent + unmet + limited + dropped && [found];
    }, "the counts");
    const kept = await until(async () => {
      const found = await allEvents(live, "l1");
      return found.length >= probe.counts.sent && found;
    }, "the events");
    expect(new Set(kept).size).toBe(kept.length);
    expect(kept.length).toBe(probe.counts.sent);

    // A worker that is killed is missed, and the one in its place has the probe at once.
    const [victim] = await live.processes();
    if (victim === undefined) throw new Error("no process");
    process.kill(victim.pid, "SIGKILL");
    await until(
      async () => (await live.processes()).some((each) => each.id === victim.id && !each.connected),
      "its end",
    );
    await until(async () => (await live.processes()).filter((each) => each.connected).length === 2, "its successor");
    expect(await page()).toMatch(/^7 owes 21/);
  } finally {
    started.child.kill("SIGTERM");
  }
  await started.ended;
});

/** Ids of the hits of a probe. */
async function allEvents(live: LiveDaemon, probe: string): Promise<string[]> {
  const ids: string[] = [];
  let cursor = "";
  do {
    const more = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const { body } = await live.ask("GET", `/api/events?probe=${probe}&name=probe.hit.logpoint&limit=500${more}`);
    ids.push(...body.events.map((each: { id: string }) => each.id));
    cursor = body.cursor ?? "";
  } while (cursor !== "");
  return ids;
}
