// Runs of an agent that writes the raw form (spec/raw.md): complete files, what a killed process left, damaged blocks, and
// runs that still go on give the rows that the same records as text would give.
import { readdirSync, readFileSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { createRuntime, type Runtime } from "../../../agents/node/src/runtime/runtime.ts";
import { functionsOf } from "../../../agents/node/tests/runtime/recording.ts";
import { runPaths } from "../../src/project/run-directory.ts";
import { hostIdentity } from "../../src/store/liveness.ts";
import { openStore } from "../../src/store/open.ts";
import { livingKeys, type ProcessState } from "../../src/store/processes.ts";
import { sealRun } from "../../src/store/seal.ts";
import { makeProject, makeRun, rowsOf, type TestProject } from "./recording.ts";

function start(run: string): { runtime: Runtime; call: (n: number) => void } {
  writeFileSync(join(run, "config.json"), JSON.stringify({ format: 1, clock_ns: "0", hot: 1_000_000 }));
  const runtime = createRuntime({ directory: run });
  const base = runtime.define({
    file: "/p/a.js",
    module: "a",
    functions: functionsOf("twice(n)"),
    sites: [],
  }).functions;
  const { hooks } = runtime;
  return { runtime, call: (n) => void hooks.r(hooks.e1(base + 1, 0, n), 2 * n) };
}

/** As if another process had written the files, which is dead. */
function asIfKilled(run: string, key: string): string {
  const { spool } = runPaths(run);
  const names = readdirSync(spool).filter((name) => name.endsWith(".raw"));
  for (const name of names) {
    const path = join(spool, name.replace(key, "5000001-64"));
    const bytes = readFileSync(join(spool, name));
    // The header is as long as before: it says the same pid with other digits.
    const own = Buffer.from(`"pid":${process.pid},`);
    const at = bytes.indexOf(own);
    bytes.write(`"pid":${"5000001".slice(0, own.length - 7)},`.padEnd(own.length, " "), at);
    writeFileSync(join(spool, name), bytes);
    renameSync(join(spool, name), path);
  }
  return join(spool, names.length > 0 ? "5000001-64.000001.raw" : "");
}

async function sums(project: TestProject): Promise<unknown[]> {
  await using store = await openStore(project, "all");
  const table = "(select count(*) as calls, sum(cast(result as bigint)) as total from calls)";
  return (await rowsOf(store, table, ["calls", "total"]))[0] ?? [];
}

async function ends(project: TestProject): Promise<unknown[][]> {
  await using store = await openStore(project, "all");
  return await rowsOf(store, "processes", ["ended", "truncated", "corrupt"]);
}

test("files that are complete, over several segments", async () => {
  using project = makeProject();
  const run = makeRun(project, { host: hostIdentity() });
  const { runtime, call } = start(run);
  for (let n = 0; n < 30_000; n++) call(n);
  runtime.close();
  expect(readdirSync(runPaths(run).spool).filter((name) => name.endsWith(".raw")).length).toBeGreaterThan(1);
  const sealed = await sealRun(run, { final: true });
  expect(sealed).toMatchObject({ did: "sealed", final: true });
  expect(readdirSync(runPaths(run).spool).filter((name) => name.endsWith(".raw"))).toEqual([]);
  expect(await sums(project)).toEqual([30_000, 30_000 * 29_999]);
});

test("sealed segment by segment while the process lives, and asked meanwhile", async () => {
  using project = makeProject();
  const run = makeRun(project, { host: hostIdentity() });
  const { runtime, call } = start(run);
  for (let n = 0; n < 12_000; n++) call(1);
  expect((await sealRun(run, { final: false })).did).toBe("sealed");
  for (let n = 0; n < 500; n++) call(1);
  runtime.flush();
  expect(await sums(project)).toEqual([12_500, 25_000]);
  runtime.close();
  await sealRun(run, { final: true });
  expect(await sums(project)).toEqual([12_500, 25_000]);
});

test("a process that was killed within a block loses that block and says so", async () => {
  using project = makeProject();
  const run = makeRun(project);
  const { runtime, call } = start(run);
  for (let n = 0; n < 10; n++) call(1);
  runtime.flush();
  for (let n = 0; n < 10; n++) call(1);
  runtime.flush();
  const path = asIfKilled(run, runtime.key);
  truncateSync(path, readFileSync(path).length - 8);
  runtime.pause();
  expect(await sums(project)).toEqual([10, 20]);
  expect(await ends(project)).toEqual([["died", true, 0]]);
});

test("a damaged block is counted, and those around it are read", async () => {
  using project = makeProject();
  const run = makeRun(project);
  const { runtime, call } = start(run);
  for (let block = 0; block < 3; block++) {
    for (let n = 0; n < 10; n++) call(1);
    runtime.flush();
  }
  const path = asIfKilled(run, runtime.key);
  const bytes = readFileSync(path);
  const blocks: number[] = [];
  for (let at = bytes.indexOf("SBLK"); at >= 0; at = bytes.indexOf("SBLK", at + 4)) blocks.push(at);
  // The last but one: what it refers to was told before.
  bytes.writeUInt32LE(77, (blocks.at(-2) ?? 0) + 4);
  writeFileSync(path, bytes);
  runtime.pause();
  expect(await sums(project)).toEqual([20, 40]);
  expect(await ends(project)).toEqual([["died", false, 1]]);
});

test("worker threads share the pid of their process, and none of them takes the other for dead", () => {
  const key = (started: number) => `${process.pid}-${started.toString(16)}`;
  const state = (started_ns: number, header: object): ProcessState => ({
    process: started_ns,
    key: key(started_ns),
    header: { pid: process.pid, native_start: hostIdentity().native_start, ...header },
    started_ns,
    ended_ns: started_ns,
    ended: "running",
    truncated: false,
    corrupt: 0,
  });
  // The program was replaced by `exec` at 4.
  const processes = [
    state(1, {}),
    state(2, { thread: 1 }),
    state(4, {}),
    state(5, { thread: 1 }),
    state(6, { thread: 2 }),
  ];
  expect([...livingKeys(processes, [], false)]).toEqual([key(4), key(5), key(6)]);
});
