// Live servers under load while probes are placed, changed, put to sleep and taken away: no request fails, snapshots say what
// was there, and every process of a server has the probes and stands under the one that forked it.
import { spawnSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { venvFor } from "../../scripts/python-environments.ts";
import { findPythonAgent } from "../../host/src/recording/injection.ts";
import { freePort, lineOf, liveDaemon, needed, until, type Body, type LiveDaemon } from "./live.ts";
import { startLoad } from "./load.ts";
import { engines, minorNumber } from "./interpreters.ts";
import { sandbox, type Sandbox, type Started } from "./sandbox.ts";
import { dirname } from "node:path";

const newest = engines.find((each) => minorNumber(each) >= 12) ?? null;
/** Probes are trace functions there, which have to get into threads that run already. */
const tracing = engines.find((each) => minorNumber(each) < 12) ?? null;

interface Server {
  readonly name: string;
  readonly command: (port: string) => string[];
  /** Under `spoor run --live --no-record`, or by `spoor.init()` in its code. */
  readonly injected: boolean;
  /** Processes that answer requests. */
  readonly workers: number;
  /** Whether those stand under another live process. */
  readonly isPreforked: boolean;
  readonly prefixes?: readonly string[];
  /** Whether the older engine is tried with it, too: not all are, for the time that takes. */
  readonly onBoth?: boolean;
}

const gunicorn = (port: string, app: string, ...more: string[]): string[] => [
  "gunicorn",
  "-b",
  `127.0.0.1:${port}`,
  "--keep-alive",
  "30",
  ...more,
  app,
];

const servers: Server[] = [
  {
    name: "Flask that calls spoor.init(), gunicorn -w 2",
    command: (port) => gunicorn(port, "embedded:app", "-w", "2", "-k", "gthread", "--threads", "8"),
    injected: false,
    workers: 2,
    isPreforked: false,
  },
  {
    name: "Flask that calls spoor.init(), gunicorn -w 2 --preload",
    command: (port) => gunicorn(port, "embedded:app", "-w", "2", "--preload", "-k", "gthread", "--threads", "8"),
    injected: false,
    workers: 2,
    isPreforked: true,
    onBoth: true,
  },
  {
    name: "Django, gunicorn -w 2, spoor run --live",
    command: (port) => gunicorn(port, "plain_django:app", "-w", "2", "-k", "gthread", "--threads", "8"),
    injected: true,
    workers: 2,
    isPreforked: true,
    onBoth: true,
  },
  {
    name: "FastAPI, uvicorn, spoor run --live",
    command: (port) => ["uvicorn", "plain_fastapi:app", "--port", port, "--log-level", "warning"],
    injected: true,
    workers: 1,
    isPreforked: false,
    onBoth: true,
    prefixes: ["", "/threads"],
  },
  {
    name: "FastAPI, uvicorn --workers 2, spoor run --live",
    command: (port) => ["uvicorn", "plain_fastapi:app", "--port", port, "--workers", "2", "--log-level", "warning"],
    injected: true,
    workers: 2,
    isPreforked: true,
    prefixes: ["", "/threads"],
  },
];

const cases = servers.flatMap((server) => [
  { server, python: newest, name: `${server.name}, CPython ${newest?.minor ?? "3.12 or newer"}` },
  ...(server.onBoth ? [{ server, python: tracing, name: `${server.name}, CPython ${tracing?.minor ?? "3.11"}` }] : []),
]);

// `describe.each` would cut the names.
describe.each(cases.map((each) => [each.name, each] as const))("%s", (_, { server, python }) => {
  // Skipped: this machine has no such Python.
  test.skipIf(python === null)("is probed under load", async () => {
    const { bin } = await venvFor(needed(python), "web");
    await using live = await liveDaemon();
    await using here = sandbox({}, ["live"]);
    const port = await freePort();
    const started = startServer(here, live, server, String(port), bin);
    try {
      await until(
        () =>
          fetch(`http://127.0.0.1:${port}/7`).then(
            (page) => page.text(),
            () => null,
          ),
        "the server",
      );
      const load = startLoad(port, 6, server.prefixes);
      const serving = await until(async () => {
        const all = (await live.processes()).filter((each) => each.connected);
        const ids = new Set(all.map((each) => each.id));
        const below = all.filter((each) => each.parent !== null && ids.has(each.parent));
        const found = server.isPreforked ? below : all;
        return found.length >= server.workers && found;
      }, "its processes");

      // Placed: every worker has it, and a snapshot is that of the request.
      const line = lineOf(`${here.directory}/live/orders.py`, "total");
      const place = { file: "orders.py", line };
      const placed = await live.ask("POST", "/tracepoints", { ...place, condition: "user_id > 100", stack: 3 });
      expect(placed).toMatchObject({ status: 201, body: { id: "t1" } });
      const hits = await until(async () => {
        const found = await live.events("?probe=t1&name=probe.hit.snapshot&limit=200");
        const pids = new Set(found.map((each) => each.client.applicationInstanceId));
        return pids.size >= server.workers && found;
      }, "snapshots from every worker");
      for (const { payload } of hits) {
        const { arguments: given, locals } = payload.snapshot;
        expect(given.user_id).toBeGreaterThan(100);
        expect(given).toEqual({ user_id: given.user_id, items: ["tea", "bread", "wine"] });
        expect(locals).toEqual({ amount: 3 * given.user_id });
        expect(payload.stack[0]).toMatchObject({ line, function: "total" });
      }

      // Changed, and another beside it.
      expect((await live.ask("PUT", "/points/t1", { condition: "user_id == 3" })).status).toBe(200);
      const message = "{user_id} has {len(items)}";
      expect((await live.ask("POST", "/logpoints", { ...place, message })).status).toBe(201);
      await until(async () => {
        const [newestHit] = await live.events("?probe=t1&name=probe.hit.snapshot&limit=1");
        return newestHit?.payload.snapshot.arguments.user_id === 3;
      }, "a snapshot with the changed condition");
      const lines = await until(async () => {
        const found = await live.events("?probe=l2&limit=50");
        return found.length > 0 && found;
      }, "a line");
      expect(lines[0]?.payload.message).toMatch(/^\d+ has 3$/);

      // Asleep no worker says anything; awake all do again.
      const ids = new Set(serving.map((each) => each.id));
      for (const id of ids) expect((await live.ask("POST", `/processes/${id}/sleep`)).status).toBe(200);
      const areAsleep = async () =>
        (await live.processes()).every((each) => !ids.has(each.id) || (each.state === "asleep" && each.held));
      await until(areAsleep, "sleep");
      await new Promise((resolve) => setTimeout(resolve, 300));
      const latest = async () => (await live.events("?probe=l2&limit=1"))[0]?.id;
      const before = await latest();
      const answered = load.answered();
      await new Promise((resolve) => setTimeout(resolve, 500));
      expect(load.answered()).toBeGreaterThan(answered);
      expect(await latest()).toBe(before);
      for (const id of ids) expect((await live.ask("POST", `/processes/${id}/wake`)).status).toBe(200);
      await until(async () => (await latest()) !== before, "a line after waking");

      // Taken away, under load all the time.
      for (const id of ["t1", "l2"]) expect((await live.ask("DELETE", `/points/${id}`)).status).toBe(200);
      const report = await load.stop();
      expect(report.failures).toEqual([]);
      expect(report.answered).toBeGreaterThan(100);
      expect(report.pids.length).toBeGreaterThanOrEqual(server.workers);
      for (const pid of report.pids) expect(serving.map((each) => each.pid)).toContain(pid);
    } finally {
      started.child.kill("SIGTERM");
    }
    const end = await started.ended;
    expect(end.stderr).not.toMatch(/Traceback|Exception ignored/);
    await until(async () => (await live.processes()).every((each) => !each.connected), "the processes' end");
  });
});

// Skipped: no Python here has sys.monitoring, by which probes are placed.
test.skipIf(newest === null)(
  "from a plain shell: curl places a probe, the application is called, curl reads the event",
  async () => {
    const { bin } = await venvFor(needed(newest), "web");
    await using live = await liveDaemon();
    await using here = sandbox({}, ["live"]);
    const port = await freePort();
    const flask = ["flask", "--app", "embedded", "run", "--port", String(port)];
    const started = here.startBare(flask, options(here, live, bin));
    try {
      await until(
        () =>
          fetch(`http://127.0.0.1:${port}/7`).then(
            (page) => page.text(),
            () => null,
          ),
        "the server",
      );
      await until(
        async () => (await live.processes()).some((each) => each.name === "shop" && each.connected),
        "the process",
      );
      const api = `127.0.0.1:${live.port()}`;
      const line = lineOf(`${here.directory}/live/orders.py`, "total");
      const curl = (...words: string[]): Body => {
        const { stdout, stderr } = spawnSync("curl", ["-sS", ...words], { encoding: "utf8" });
        expect(stderr).toBe("");
        return JSON.parse(stdout) as Body;
      };
      const made = curl(
        "-X",
        "POST",
        `${api}/tracepoints`,
        "-d",
        `{"file":"orders.py","line":${line},"condition":"user_id > 100"}`,
      );
      expect(made).toMatchObject({ id: "t1" });
      for (const user of [7, 101]) spawnSync("curl", ["-sS", `127.0.0.1:${port}/${user}`]);
      const events = await until(() => {
        const found = curl(`${api}/api/events?probe=t1`).events;
        return found.length > 0 && found;
      }, "the event");
      expect(events).toHaveLength(1);
      expect(events[0]).toMatchObject({
        name: "probe.hit.snapshot",
        client: { applicationName: "shop" },
        payload: { probeId: "t1", line, snapshot: { arguments: { user_id: 101 }, locals: { amount: 303 } } },
      });
    } finally {
      started.child.kill("SIGTERM");
    }
    await started.ended;
  },
);

function options(here: Sandbox, live: LiveDaemon, bin: string) {
  const env = {
    ...live.env,
    PATH: `${bin}:${here.env["PATH"] ?? ""}`,
    PYTHONPATH: dirname(findPythonAgent()),
    PYTHONUNBUFFERED: "1",
  };
  return { cwd: `${here.directory}/live`, env, limitMs: 110_000 };
}

function startServer(here: Sandbox, live: LiveDaemon, server: Server, port: string, bin: string): Started {
  const given = options(here, live, bin);
  const { PYTHONPATH: _, ...unknowing } = given.env;
  if (!server.injected) return here.startBare(server.command(port), given);
  return here.startRecorded(server.command(port), { ...given, env: unknowing, flags: ["--live", "--no-record"] });
}
