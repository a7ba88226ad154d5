// Real Python processes, probed while their daemon is killed and restarted: every event is as its published schema says, and the
// counts in the end explain every hit.
import { setTimeout as sleep } from "node:timers/promises";
import { request } from "node:http";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { expect, test } from "vitest";
import { askJson, testDaemon, type TestDaemon } from "../../host/tests/live/daemon.ts";
import { eventSchema } from "../../host/src/live/event-schema.ts";
import type { Probe } from "../../host/src/live/live.ts";
import { projectAt } from "../../host/src/project/find-project.ts";
import { runUserSql } from "../../host/src/store/boxed-sql.ts";
import { root } from "../../scripts/root.ts";
import { engines, minorNumber } from "./interpreters.ts";

const program = `
import os, sys, time, threading
import spoor

def handle(user_id, cart):
    total = sum(cart)
    label = "big" if total > 10 else "small"
    return label  # probe: handle

spoor.init(name="shop")
print("ready", flush=True)
stop = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), stop.set()), daemon=True).start()
number = 0
while not stop.is_set():
    number += 1
    handle(number, [1, number % 20])
    time.sleep(0.002)
spoor.shutdown()
print(number, flush=True)
`;

const line = program.split("\n").findIndex((text) => text.includes("probe: handle")) + 1;

// Before 3.12 a thread that runs already is not reached by a probe that comes later; this program has such a one alone.
const reached = engines.filter((python) => minorNumber(python) >= 12);

test.for(reached)(
  "events of Python $version are as the schema says, and counted over kills of the daemon",
  async (python) => {
    await using here = testDaemon();
    let daemon = await here.start();
    writeFileSync(join(here.project, "shop.py"), program);
    const env = { ...here.env, PYTHONPATH: join(root, "agents/python/src"), PYTHONDONTWRITEBYTECODE: "1" };
    const child = spawn(python.executable, ["shop.py"], { cwd: here.project, env, stdio: ["pipe", "pipe", "inherit"] });
    try {
      let said = "";
      child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
      const ended = new Promise((resolve) => child.once("close", resolve));
      await connected(here);
      const place = { file: "shop.py", line };
      const rateLimit = { perSecond: 5000, burst: 5000 };
      await post(here, "/tracepoints", {
        ...place,
        condition: "user_id % 2 == 0",
        expressions: ["total", "nobody"],
        rateLimit,
      });
      await post(here, "/tracepoints", { ...place, condition: "user_id.nothing > 1" });
      await post(here, "/tracepoints", { function: "handle", waitForEnd: true, rateLimit: { perSecond: 5, burst: 1 } });
      await post(here, "/logpoints", { ...place, message: "user {user_id} {cart}", rateLimit });
      await post(here, "/metrics", {
        ...place,
        name: "totals",
        kind: "histogram",
        expression: "total",
        labels: { size: "label" },
      });
      for (let kill = 0; kill < 3; kill++) {
        await sleep(1200);
        const over = new Promise((resolve) => daemon.once("exit", resolve));
        daemon.kill("SIGKILL");
        await over;
        daemon = await here.start();
      }
      await sleep(1500);
      child.stdin.end();
      await ended;
      expect(said).toMatch(/ready\n\d+\n/);
      await expect.poll(async () => (await here.health()).processes.length).toBe(0);

      const { rows } = await runUserSql(projectAt(here.project), undefined, "select id, name, payload from events", {
        rows: 100_000,
      });
      const names = new Set(rows.map(([, name]) => String(name)));
      expect([...names].sort()).toEqual([
        "agent.status.started",
        "agent.status.stopped",
        "probe.error.condition",
        "probe.error.rateLimit",
        "probe.error.snapshot",
        "probe.hit.logpoint",
        "probe.hit.metric",
        "probe.hit.snapshot",
      ]);
      expect(new Set(rows.map(([id]) => id)).size).toBe(rows.length);
      const page = await askJson<{ events: unknown[] }>(here.places.daemonSocket, "/api/events?limit=1000");
      const wrong = page.events.map((event) => eventSchema.safeParse(event)).filter(({ success }) => !success);
      expect(wrong.map(({ error }) => error?.issues)).toEqual([]);

      const { points } = await askJson<{ points: Probe[] }>(here.places.daemonSocket, "/points");
      const hits = (probe: string): number =>
        rows
          .filter(
            ([, name, payload]) =>
              String(name).startsWith("probe.hit") &&
              (JSON.parse(String(payload)) as { probeId: string }).probeId === probe,
          )
          .reduce(
            (sum, [, , payload]) => sum + ((JSON.parse(String(payload)) as { samples?: number }).samples ?? 1),
            0,
          );
      for (const { id, counts } of points) {
        const { sent, unmet, limited, dropped } = counts;
        expect({ id, hits: counts.hits, stored: hits(id) }).toEqual({
          id,
          hits: sent + unmet + limited + dropped,
          stored: sent,
        });
        expect(counts.hits).toBeGreaterThan(100);
      }
    } finally {
      child.kill("SIGKILL");
    }
  },
);

async function connected(here: TestDaemon): Promise<void> {
  await expect
    .poll(async () => (await here.health()).processes, { timeout: 20_000 })
    .toMatchObject([{ connected: true }]);
}

function post(here: TestDaemon, path: string, body: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { host: "localhost", "content-type": "application/json" };
    const asked = request({ socketPath: here.places.daemonSocket, path, method: "POST", headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => (response.statusCode === 201 ? resolve(JSON.parse(text)) : reject(new Error(text))));
    });
    asked.on("error", reject);
    asked.end(JSON.stringify(body));
  });
}
