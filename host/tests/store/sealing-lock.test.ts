// One sealer at a time, with real processes: waiting for one that lives, breaking the lock of one that was killed.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { generateSpool } from "../../../bench/spool-generator.ts";
import { runPaths } from "../../src/project/run-directory.ts";
import { openStore } from "../../src/store/open.ts";
import { takeSealingLock } from "../../src/store/sealing-lock.ts";
import { makeProject, makeRun, rowsOf } from "./recording.ts";

const repository = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs TypeScript against the sources in a process of its own. */
function run(code: string) {
  const loader = ["--conditions=spoor-source", "--import", "tsx", "--input-type=module", "-e", code];
  return spawn(process.execPath, loader, { cwd: repository, stdio: ["ignore", "pipe", "inherit"] });
}

test("a lock is held once, and free again after it", async () => {
  using project = makeProject();
  const path = join(project.root, "sealing.lock");
  {
    using lock = await takeSealingLock(path);
    expect(lock).not.toBeNull();
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid });
    const started = Date.now();
    expect(await takeSealingLock(path, { waitMs: 100 })).toBeNull();
    expect(Date.now() - started).toBeGreaterThanOrEqual(95);
  }
  expect(existsSync(path)).toBe(false);
  using again = await takeSealingLock(path);
  expect(again).not.toBeNull();
});

test("the lock of a killed sealer is broken, that of a living one is not", { timeout: 20_000 }, async () => {
  using project = makeProject();
  const path = join(project.root, "sealing.lock");
  const holder = run(`
    const { takeSealingLock } = await import("./host/src/store/sealing-lock.ts");
    await takeSealingLock(${JSON.stringify(path)});
    console.log("held");
    setInterval(() => {}, 1000);`);
  await once(holder.stdout, "data");
  expect(await takeSealingLock(path)).toBeNull();
  holder.kill("SIGKILL");
  await once(holder, "exit");
  expect(existsSync(path)).toBe(true);
  using lock = await takeSealingLock(path);
  expect(lock).not.toBeNull();
  expect(readdirSync(project.root).filter((name) => name.startsWith("sealing.lock"))).toEqual(["sealing.lock"]);
});

test("a lock that names nobody is stale", async () => {
  using project = makeProject();
  const path = join(project.root, "sealing.lock");
  writeFileSync(path, "");
  using lock = await takeSealingLock(path);
  expect(lock).not.toBeNull();
});

test("a lock that this process has released, and that somebody put back, is stale", async () => {
  using project = makeProject();
  const path = join(project.root, "sealing.lock");
  const released = (await takeSealingLock(path)) as Disposable;
  const text = readFileSync(path);
  released[Symbol.dispose]();
  writeFileSync(path, text);
  using lock = await takeSealingLock(path);
  expect(lock).not.toBeNull();
  released[Symbol.dispose]();
  expect(await takeSealingLock(path)).toBeNull();
});

test("several commands that find one orphaned run seal it once", { timeout: 30_000 }, async () => {
  using project = makeProject();
  const directory = makeRun(project);
  generateSpool(runPaths(directory).spool, { calls: 5000 });
  const code = `
    const { sealRun } = await import("./host/src/store/seal.ts");
    const { did } = await sealRun(${JSON.stringify(directory)}, { final: true, waitMs: 20000 });
    console.log(did);`;
  const sealers = [run(code), run(code), run(code)];
  const said = await Promise.all(sealers.map(async (sealer) => String((await once(sealer.stdout, "data"))[0]).trim()));
  await Promise.all(sealers.map(async (sealer) => sealer.exitCode ?? once(sealer, "exit")));
  expect(said.toSorted()).toEqual(["nothing", "nothing", "sealed"]);
  await using store = await openStore(project);
  expect(await store.query("select count(*) as calls, count(distinct id) as ids from calls")).toEqual([
    { calls: 5000, ids: 5000 },
  ]);
  expect(await rowsOf(store, "processes", ["process", "ended"])).toEqual([[1, "exit"]]);
});
