// Sealing: cut anywhere it gives the same rows, and a crash at any point loses and doubles nothing.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { SpoolRecord } from "@spoor/protocol/spool";
import { readManifest, runPaths, updateManifest } from "../../src/project/run-directory.ts";
import { hostIdentity } from "../../src/store/liveness.ts";
import { openStore } from "../../src/store/open.ts";
import { TABLES, TABLE_NAMES } from "../../src/store/schema.ts";
import { sealRun } from "../../src/store/seal.ts";
import { randomProgram } from "./random-program.ts";
import {
  header,
  livingKey,
  makeProject,
  makeRun,
  rowsOf,
  spoolText,
  writeSpool,
  type TestProject,
} from "./recording.ts";

const KEY = "5000001-0";
const F: SpoolRecord = {
  kind: "F",
  id: 1,
  ref: 1,
  payload: { module: "shop", name: "f", file: "shop.py", kind: "function", parameters: [] },
};
const call = (id: number, t: number): SpoolRecord => ({ kind: "C", id, t, parent: 0, ref: 1, thread: 1 });
const end = (id: number, t: number): SpoolRecord => ({ kind: "R", id, t });
const exit = (t: number): SpoolRecord => ({ kind: "Z", t, payload: { why: "exit" } });
const file = (segment: number) => `${KEY}.${String(segment).padStart(6, "0")}.spool`;

test("a program cut into segments anywhere gives the rows of the whole", { timeout: 240_000 }, async () => {
  const cases = fc.record({
    seed: fc.nat(),
    cuts: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ seed, cuts }) => {
      const records = randomProgram(seed, 150);
      const whole = await allRows([records]);
      const at = cuts.map((cut) => Math.floor(cut * records.length)).sort((a, b) => a - b);
      const pieces = [0, ...at].map((from, index) => records.slice(from, at[index] ?? records.length));
      expect(await allRows(pieces)).toEqual(whole);
    }),
    { numRuns: 12 },
  );
});

/** Every row of every table, with each piece sealed as soon as it is complete. */
async function allRows(pieces: readonly (readonly SpoolRecord[])[]): Promise<Record<string, unknown[][]>> {
  using project = makeProject();
  const run = makeRun(project, { host: hostIdentity() });
  for (const [index, piece] of pieces.entries()) {
    const isLast = index === pieces.length - 1;
    const rotated: SpoolRecord = { kind: "Z", t: 0, payload: { why: "rotated" } };
    writeSpool(run, file(index + 1), spoolText([header(KEY, {}, index + 1), ...piece, ...(isLast ? [] : [rotated])]));
    await sealRun(run, { final: isLast });
  }
  updateManifest(run, { status: "finished" });
  await using store = await openStore(project);
  const rows: Record<string, unknown[][]> = {};
  for (const table of TABLE_NAMES)
    rows[table] = await rowsOf(
      store,
      table,
      TABLES[table].map(([name]) => name),
    );
  expect(rows["calls"]?.length).toBeGreaterThan(20);
  return rows;
}

test("sealing twice does nothing the second time", async () => {
  using project = makeProject();
  const run = makeRun(project);
  writeSpool(run, file(1), spoolText([header(KEY), F, call(1, 10), end(1, 20), exit(30)]));
  expect(await sealRun(run, { final: true })).toEqual({ did: "sealed", final: true, living: [] });
  expect(await sealRun(run, { final: true })).toEqual({ did: "nothing", final: true, living: [] });
  expect(readdirSync(runPaths(run).segments)).toEqual(["000001"]);
  expect(existsSync(runPaths(run).lock)).toBe(false);
});

test("a sealer that died before it deleted the spool doubles nothing", async () => {
  using project = makeProject();
  const run = makeRun(project);
  const text = spoolText([header(KEY), F, call(1, 10), end(1, 20), exit(30)]);
  writeSpool(run, file(1), text);
  await sealRun(run, { final: true });
  writeSpool(run, file(1), text);
  await using store = await openStore(project);
  expect(await rowsOf(store, "calls", ["id"])).toEqual([[1]]);
});

test("a sealer that died half way leaves a directory that the next one removes", async () => {
  using project = makeProject();
  const run = makeRun(project);
  const half = join(runPaths(run).segments, "000001.tmp");
  mkdirSync(half);
  writeFileSync(join(half, "calls.parquet"), "PAR1 half a file");
  writeSpool(run, file(1), spoolText([header(KEY), F, call(1, 10), end(1, 20), exit(30)]));
  await using store = await openStore(project);
  expect(await rowsOf(store, "calls", ["id"])).toEqual([[1]]);
  expect(readdirSync(runPaths(run).segments)).toEqual(["000001"]);
});

test("a living process keeps the file that it writes, and the run goes on", async () => {
  using project = makeProject();
  const { key, native_start } = livingKey();
  const run = makeRun(project);
  const rotated: SpoolRecord = { kind: "Z", t: 25, payload: { why: "rotated" } };
  writeSpool(
    run,
    `${key}.000001.spool`,
    spoolText([header(key, { native_start }), F, call(1, 10), end(1, 20), call(2, 22), rotated]),
  );
  writeSpool(run, `${key}.000002.spool`, spoolText([header(key, { native_start }, 2), end(2, 40)]));
  expect(await sealRun(run, { final: true })).toEqual({ did: "sealed", final: false, living: [key] });
  expect(readdirSync(runPaths(run).spool)).toEqual([`${key}.000002.spool`]);
  expect(readManifest(run).status).toBe("running");
  await using store = await openStore(project);
  expect(await rowsOf(store, "calls", ["id", "duration_ns", "outcome"])).toEqual([
    [1, 10, "returned"],
    [2, 18, "returned"],
  ]);
  expect(await rowsOf(store, "processes", ["ended", "truncated"])).toEqual([["running", false]]);
  expect((await store.completeness()).live).toBe(true);
});

test("exec keeps pid and start time: the recording before it is over", async () => {
  using project = makeProject();
  const { pid, native_start } = hostIdentity();
  const run = makeRun(project);
  writeSpool(run, `${pid}-0.000001.spool`, spoolText([header(`${pid}-0`, { native_start }), F, call(1, 10)]));
  writeSpool(
    run,
    `${pid}-64.000001.spool`,
    spoolText([header(`${pid}-64`, { native_start }), F, call(1, 110), end(1, 120), exit(130)]),
  );
  expect(await sealRun(run, { final: true })).toMatchObject({ did: "sealed", final: true });
  await using store = await openStore(project);
  expect(await rowsOf(store, "processes", ["process", "ended"])).toEqual([
    [1, "died"],
    [2, "exit"],
  ]);
});

test("a payload longer than DuckDB's own limit on lines is read", async () => {
  using project = makeProject();
  const run = makeRun(project);
  const long: SpoolRecord = { kind: "R", id: 1, t: 20, payload: "x".repeat(5_000_000) };
  writeSpool(run, file(1), spoolText([header(KEY), F, call(1, 10), long, exit(30)]));
  await using store = await openStore(project);
  expect(await store.query("select length(result) as length from calls")).toEqual([{ length: 5_000_002 }]);
});

test.each([
  ["a carriage return in the text", Buffer.from('R\t1\t20\t\t\t\t"a\rb"\n'), 1],
  [
    "bytes that are no UTF-8",
    Buffer.concat([Buffer.from('R\t1\t20\t\t\t\t"'), Buffer.from([0xff, 0xfe]), Buffer.from('"\n')]),
    1,
  ],
  ["lines that end with CRLF", Buffer.from("R\t1\t20\t\t\t\t5\r\n"), 0],
])("%s does not stop the reading", async (_says, line, corrupt) => {
  using project = makeProject();
  const run = makeRun(project);
  const before = Buffer.from(spoolText([header(KEY), F, call(1, 10)]));
  const after = Buffer.from(spoolText([call(2, 30), end(2, 40), exit(50)]));
  writeSpool(run, file(1), Buffer.concat([before, line, after]));
  await using store = await openStore(project);
  expect(await store.query("select id from calls where outcome = 'returned' and id = 2")).toEqual([{ id: 2 }]);
  expect(await rowsOf(store, "processes", ["corrupt"])).toEqual([[corrupt]]);
});

test("a spool of another format is kept for the version that knows it", async () => {
  using project = makeProject();
  const run = makeRun(project);
  writeSpool(run, file(1), "H\t9\t0\t\t1\t\t{}\n");
  await sealRun(run, { final: true });
  expect(readdirSync(runPaths(run).spool)).toEqual([`${file(1)}.unread`]);
});

test("the manifest of a recovered run says so and has its counts", async () => {
  using project = makeProject();
  const run = makeRun(project);
  writeSpool(run, file(1), spoolText([header(KEY), F, call(1, 10), end(1, 20), call(2, 30)]));
  await sealRun(run, { final: false });
  const { status, ended_at, counts } = readManifest(run);
  expect({ status, ended_at }).toEqual({ status: "recovered", ended_at: "2026-11-01T09:30:00.000Z" });
  expect(counts).toMatchObject({ processes: 1, calls: 2, open: 1, exceptions: 0, gaps: 0, corrupt: 0, truncated: 0 });
  expect(counts?.bytes).toBeGreaterThan(100);
});

test("a run in which nothing was recorded can be opened", async () => {
  using project = makeProject();
  const run = makeRun(project);
  expect(await sealRun(run, { final: true })).toMatchObject({ did: "sealed", final: true });
  await using store = await openStore(project);
  expect(await store.completeness()).toMatchObject({ processes: 0, calls: 0, live: false });
});

test("a segment tells what it consumed", async () => {
  using project = makeProject();
  const run = makeRun(project);
  writeSpool(run, file(1), spoolText([header(KEY), F, call(1, 10), exit(30)]));
  await sealRun(run, { final: true });
  const segment = JSON.parse(readFileSync(join(runPaths(run).segments, "000001", "segment.json"), "utf8")) as unknown;
  expect(segment).toMatchObject({ format: 1, consumed: [file(1)], final: true, amends: false });
});

test("what a dead process had left empty is returned to the run, once", async () => {
  using project = makeProject();
  const { key: living, native_start } = livingKey();
  const run = makeRun(project, { host: hostIdentity() });
  const returned = join(runPaths(run).spool, "returned");
  const text = spoolText([header(KEY), F, call(1, 10), end(1, 20)]);
  const granted = Buffer.alloc(256 * 1024);
  granted.write(text);
  const empty = granted.length - text.length;
  const second = "5000002-0";
  writeSpool(run, file(1), granted);
  // Nothing was written to this one, and this one is not the host's to give back: its agent has.
  writeSpool(run, `${KEY}.000002.spool`, Buffer.alloc(1000));
  writeSpool(run, `${second}.000001.spool`, spoolText([header(second), F, exit(30)]));
  writeSpool(run, `${living}.000001.spool`, spoolText([header(living, { native_start }), F]));
  await sealRun(run, { final: false });
  expect(readFileSync(returned, "utf8")).toBe(String(empty + 1000));

  // A sealer that died before it told the agents; the next one that seals tells the same.
  writeFileSync(returned, "0");
  writeSpool(run, file(1), granted);
  const third = "5000003-0";
  granted.fill(0).write(spoolText([header(third)]));
  writeSpool(run, `${third}.000001.spool`, granted);
  await sealRun(run, { final: false });
  const more = granted.length - spoolText([header(third)]).length;
  expect(readFileSync(returned, "utf8")).toBe(String(empty + 1000 + more));
});

test("an exception that comes up again after it was written is amended", async () => {
  using project = makeProject();
  const run = makeRun(project, { host: hostIdentity() });
  await sealPieces(project, run, [
    [
      F,
      call(1, 10),
      { kind: "E", id: 1, t: 12, parent: 1, ref: 5, thread: 1, payload: { type: "KeyError" } },
      { kind: "A", id: 1, t: 13, parent: 1, ref: 6, thread: 1 },
      end(1, 20),
    ],
    [call(2, 30), end(2, 40)],
    [call(3, 50), end(3, 60)],
    [call(4, 70), { kind: "X", id: 4, t: 80, ref: 1 }],
  ]);
  await using store = await openStore(project);
  expect(await rowsOf(store, "exceptions", ["id", "type", "fate", "caught_by", "left_call_id", "calls_left"])).toEqual([
    [1, "KeyError", "left", null, 4, 1],
  ]);
});

test("what happens to an exception in the next segment is no amendment", async () => {
  using project = makeProject();
  const run = makeRun(project, { host: hostIdentity() });
  await sealPieces(project, run, [
    [F, call(1, 10), { kind: "E", id: 1, t: 12, parent: 1, ref: 5, thread: 1, payload: { type: "KeyError" } }],
    [{ kind: "A", id: 1, t: 13, parent: 1, ref: 6, thread: 1 }, end(1, 20)],
  ]);
  const segment = readFileSync(join(runPaths(run).segments, "000003", "segment.json"), "utf8");
  expect(JSON.parse(segment)).toMatchObject({ amends: false, final: true });
});

async function sealPieces(
  project: TestProject,
  run: string,
  pieces: readonly (readonly SpoolRecord[])[],
): Promise<void> {
  for (const [index, piece] of pieces.entries()) {
    writeSpool(
      run,
      file(index + 1),
      spoolText([header(KEY, {}, index + 1), ...piece, { kind: "Z", t: 0, payload: { why: "rotated" } }]),
    );
    await sealRun(run, { final: false });
  }
  await sealRun(run, { final: true });
  updateManifest(run, { status: "finished" });
  expect(project.name).toBe("shop");
}
