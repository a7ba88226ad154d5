// The daemon's life: one per user, whatever became of the one before.
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { daemonLifecycle } from "../../src/daemon/lifecycle.ts";
import { testBundle } from "../bundle.ts";
import { testDaemon, type TestDaemon } from "../live/daemon.ts";

const anyPort = { listen: { host: "127.0.0.1", port: 0, tls: null, names: [] }, sink: null };

function lifecycleOf(here: TestDaemon, version = "0.1.0", warn: (says: string) => void = () => undefined) {
  return daemonLifecycle({ env: here.env, version, entry: testBundle(), warn });
}

test("started, found, stopped; files and sockets are private and gone at the end", async () => {
  await using here = testDaemon();
  const lifecycle = lifecycleOf(here);
  expect(await lifecycle.status()).toBeNull();
  expect(await lifecycle.stop()).toBeNull();
  const { daemon, started } = await lifecycle.start(anyPort);
  try {
    expect(started).toBe(true);
    expect(await lifecycle.status()).toEqual(daemon);
    expect(await lifecycle.ensure()).toEqual(daemon);
    expect((await lifecycle.start(anyPort)).started).toBe(false);
    const told: string[] = [];
    expect(await lifecycleOf(here, "9.9.9", (says) => told.push(says)).ensure()).toEqual(daemon);
    expect(told).toEqual(["the daemon is of version 0.1.0, this is 9.9.9: spoor daemon restart"]);
    const modes = [here.places.directory, here.places.agentsSocket, here.places.daemonSocket, here.places.token].map(
      (path) => (statSync(path).mode & 0o777).toString(8),
    );
    expect(modes).toEqual(["700", "600", "600", "600"]);
  } finally {
    await lifecycle.stop();
  }
  expect(await lifecycle.status()).toBeNull();
  const left = [here.places.agentsSocket, here.places.daemonSocket, here.places.daemonFile, here.places.lock];
  expect(left.filter((path) => existsSync(path))).toEqual([]);
});

test("of ten that start at once one runs, and all find it", async () => {
  await using here = testDaemon();
  const all = await Promise.all(Array.from({ length: 10 }, () => lifecycleOf(here).start(anyPort)));
  try {
    expect(new Set(all.map(({ daemon }) => daemon.pid)).size).toBe(1);
    expect(all.filter(({ started }) => started)).toHaveLength(1);
  } finally {
    await lifecycleOf(here).stop();
  }
});

test("one that was killed, and a pid that another program has by now, are taken over", async () => {
  await using here = testDaemon();
  const lifecycle = lifecycleOf(here);
  const { daemon } = await lifecycle.start(anyPort);
  process.kill(daemon.pid, "SIGKILL");
  while ((await lifecycle.status()) !== null) await sleep(10);
  expect(existsSync(here.places.agentsSocket)).toBe(true);
  const next = await lifecycle.ensure();
  expect(next.pid).not.toBe(daemon.pid);
  await lifecycle.stop();
  // This test's own pid lives, but is not what was started then.
  const stale = JSON.stringify({ pid: process.pid, native_start: "17", nativeStart: "17" });
  writeFileSync(here.places.lock, stale);
  writeFileSync(here.places.daemonFile, stale);
  expect(await lifecycle.status()).toBeNull();
  const third = await lifecycle.ensure();
  expect(third.pid).not.toBe(process.pid);
  expect(await lifecycle.stop()).toMatchObject({ pid: third.pid });
});

test("a daemon whose directory was removed ends", async () => {
  await using here = testDaemon();
  const child = await here.start();
  const ended = new Promise((resolve) => child.once("exit", resolve));
  rmSync(here.places.directory, { recursive: true });
  expect(await ended).toBe(0);
});

test("a directory that others may enter is refused, with what to do", async () => {
  await using here = testDaemon();
  mkdirSync(here.places.directory);
  chmodSync(here.places.directory, 0o755);
  await expect(lifecycleOf(here).start(anyPort)).rejects.toMatchObject({
    code: "daemon.directory",
    message: expect.stringContaining("chmod 700") as string,
  });
});

test("a port that is taken is told; agents and tools are served nevertheless", async () => {
  await using here = testDaemon();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as { port: number };
  try {
    await here.start({ listen: { host: "127.0.0.1", port, tls: null, names: [] } });
    const health = await here.health();
    expect(health).toMatchObject({ status: "degraded", http: null });
    expect(health.troubles.join()).toContain(String(port));
  } finally {
    other.close();
  }
});

test("a home that cannot be written is told with what to do", async () => {
  await using here = testDaemon();
  const home = join(here.base, "file");
  writeFileSync(home, "no directory");
  const env = { PATH: process.env["PATH"], HOME: home };
  const lifecycle = daemonLifecycle({ env, version: "0.1.0", entry: testBundle(), warn: () => undefined });
  await expect(lifecycle.ensure()).rejects.toMatchObject({
    code: "daemon.directory",
    tryNext: expect.stringContaining("SPOOR_DAEMON_DIR") as string,
  });
});
