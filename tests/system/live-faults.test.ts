// Live programs whose daemon is killed, stands still or comes back, under load: they go on as ever, and in the end the counts
// explain every event: a hit was sent, held back by a condition or a limit, or dropped, and what was sent is stored exactly once.
// `SPOOR_TEST_KILLS=50` makes it fifty kills.
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { venvFor } from "../../scripts/python-environments.ts";
import { findPythonAgent } from "../../host/src/recording/injection.ts";
import { randomFrom, seed } from "./chance.ts";
import { engines, minorNumber } from "./interpreters.ts";
import { freePort, lineOf, liveDaemon, needed, until, type Counts, type LiveDaemon } from "./live.ts";
import { startLoad } from "./load.ts";
import { sandbox } from "./sandbox.ts";

const newest = engines.find((each) => minorNumber(each) >= 12) ?? null;
const kills = Number(process.env["SPOOR_TEST_KILLS"] ?? 4);
const timeout = 300_000 + kills * 5000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
/** All hits are to be told: on a slow machine the load alone takes more than the usual two hundredths of a core. */
const settings = { SPOOR_PROBES_BUDGET: "1" };
const unlimited = { perSecond: 1e6, burst: 1e6 };

async function areConnected(live: LiveDaemon, processes: number): Promise<void> {
  await until(
    async () => (await live.processes()).filter((each) => each.connected).length === processes,
    `${processes} processes to be connected`,
  );
}

/** Kills the daemon again and again, at moments of chance while they send; then it stands still until outboxes are full. */
async function torment(live: LiveDaemon, processes: number, stillMs: number): Promise<void> {
  const random = randomFrom(seed);
  let { pid } = (await live.ask("GET", "/health")).body;
  for (let kill = 0; kill < kills; kill++) {
    await pause(200 + random() * 600);
    process.kill(pid, "SIGKILL");
    await pause(random() * 600);
    pid = (await live.start()).pid ?? 0;
    await areConnected(live, processes);
  }
  process.kill(pid, "SIGSTOP");
  await pause(stillMs);
  process.kill(pid, "SIGCONT");
  await pause(500);
}

/** The counts once they add up to that many hits and all that was sent is kept, once. */
async function explained(live: LiveDaemon, probe: string, hits: number): Promise<Counts> {
  let last: Counts | null = null;
  const counts = await until(
    async () => {
      last = (await live.ask("GET", `/points/${probe}`)).body.counts;
      return last.hits >= hits && last;
    },
    () => `${hits} hits of ${probe}: ${JSON.stringify(last)}`,
  );
  expect(counts.hits).toBe(hits);
  expect(counts.sent + counts.unmet + counts.limited + counts.dropped).toBe(hits);
  const kept = await until(
    async () => {
      const found = await live.hits(probe);
      return found.length >= counts.sent && found;
    },
    () => `${counts.sent} events of ${probe}`,
  );
  expect(new Set(kept).size).toBe(kept.length);
  expect(kept.length).toBe(counts.sent);
  expect((await live.daemon.health()).events.lost).toBe(0);
  console.log(`${kills} kills, ${probe}: ${JSON.stringify(counts)}, stored ${kept.length}`);
  return counts;
}

async function arePlaced(live: LiveDaemon, probe: string, processes: number): Promise<void> {
  await until(async () => {
    const { processes: found } = (await live.ask("GET", `/points/${probe}`)).body as unknown as InProcesses;
    return found.filter(({ state }) => state.state === "placed").length === processes;
  }, `${probe} to be placed`);
}

interface InProcesses {
  readonly processes: readonly { readonly state: { readonly state: string } }[];
}

// Skipped: no Python here has sys.monitoring, by which probes are placed.
test.skipIf(newest === null)(
  "a server: the daemon is killed, stands still; a worker is killed",
  { timeout },
  async () => {
    const { bin } = await venvFor(needed(newest), "web");
    await using live = await liveDaemon(settings);
    await using here = sandbox({}, ["live"]);
    const port = await freePort();
    const command = [
      "gunicorn",
      "-b",
      `127.0.0.1:${port}`,
      "-w",
      "2",
      "-k",
      "gthread",
      "--threads",
      "8",
      "embedded:app",
    ];
    const env = { ...live.env, PATH: `${bin}:${here.env["PATH"] ?? ""}`, PYTHONPATH: dirname(findPythonAgent()) };
    const started = here.startBare(command, { cwd: `${here.directory}/live`, env, limitMs: timeout });
    const page = () =>
      fetch(`http://127.0.0.1:${port}/7`).then(
        (answer) => answer.text(),
        () => null,
      );
    try {
      await until(page, "the server");
      await areConnected(live, 2);
      const line = lineOf(`${here.directory}/live/orders.py`, "total");
      const made = await live.ask("POST", "/logpoints", {
        file: "orders.py",
        line,
        message: "{user_id}",
        rateLimit: unlimited,
      });
      expect(made.status).toBe(201);
      await arePlaced(live, "l1", 2);
      const load = startLoad(port, 4);
      await torment(live, 2, 6000);
      const report = await load.stop();
      expect(report.failures).toEqual([]);
      // Nobody waited for the daemon while it stood still.
      expect(report.slowestMs).toBeLessThan(4000);
      console.log(`${report.answered} requests, none failed, the slowest took ${report.slowestMs.toFixed(0)} ms`);
      const counts = await explained(live, "l1", report.answered);
      expect(counts.sent).toBeGreaterThan(kills * 100);

      // A worker that is killed is missed, and the one in its place has the probe at once.
      const [victim] = await live.processes();
      if (victim === undefined) throw new Error("no process");
      process.kill(victim.pid, "SIGKILL");
      await until(
        async () => (await live.processes()).some((each) => each.id === victim.id && !each.connected),
        "its end",
      );
      await areConnected(live, 2);
      expect(await page()).toMatch(/^7 owes 21/);
    } finally {
      started.child.kill("SIGTERM");
    }
    const { stdout, stderr } = await started.ended;
    expect(stdout).toBe("");
    // What gunicorn says of itself, and nothing beside it.
    expect(stderr.split("\n").filter((text) => !/^(\[.*\] \[\d+\] \[(INFO|ERROR)\] .*|)$/.test(text))).toEqual([]);
  },
);

describe.each(engines)("a loop, $minor", (python) => {
  test("goes on and says the same, whatever becomes of the daemon", { timeout }, async () => {
    await using live = await liveDaemon(settings);
    await using here = sandbox({}, ["live"]);
    const directory = `${here.directory}/live`;
    const env = { ...live.env, PYTHONPATH: dirname(findPythonAgent()) };
    const started = here.startBare([python.executable, "loop.py", "live"], { cwd: directory, env, limitMs: timeout });
    await areConnected(live, 1);
    const add = async (marker: string, more: object): Promise<void> => {
      const line = lineOf(`${directory}/loop.py`, marker);
      const made = await live.ask("POST", "/logpoints", { file: "loop.py", line, message: "{number}", ...more });
      expect(made.status).toBe(201);
    };
    await add("step", { rateLimit: unlimited });
    await add("third", { rateLimit: { perSecond: 200, burst: 20 }, condition: "rest != 0" });
    await arePlaced(live, "l1", 1);
    await arePlaced(live, "l2", 1);
    here.write("live/go", "");
    await torment(live, 1, 6000);
    here.write("live/stop", "");
    const number = Number(/(\d+) \d+\ndone\n$/.exec(await started.says("done\n"))?.[1]);
    const all = await explained(live, "l1", number);
    expect(all).toMatchObject({ unmet: 0, limited: 0 });
    expect(all.dropped).toBeGreaterThan(0);
    const some = await explained(live, "l2", number);
    expect(some.unmet).toBe(Math.floor(number / 3));
    expect(some.limited).toBeGreaterThan(0);

    here.write("live/end", "");
    const bare = await here.startBare([python.executable, "loop.py", String(number)], { cwd: directory }).ended;
    expect(await started.ended).toEqual(bare);
  });
});
