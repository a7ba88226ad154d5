// Opening recordings: which runs a selector means, the tables over several runs, live runs, and the views.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { SpoolRecord } from "@spoor/protocol/spool";
import { Problem } from "../../src/problem.ts";
import type { Project } from "../../src/project/project.ts";
import { readManifest, runPaths, writeManifest } from "../../src/project/run-directory.ts";
import { hostIdentity, nativeStart } from "../../src/store/liveness.ts";
import { openStore } from "../../src/store/open.ts";
import { sealRun } from "../../src/store/seal.ts";
import { header, makeProject, makeRun, rowsOf, spoolText, writeSpool } from "./recording.ts";

const KEY = "5000001-0";
const FILE = `${KEY}.000001.spool`;
const F: SpoolRecord = {
  kind: "F",
  id: 1,
  ref: 1,
  payload: { module: "shop", name: "f", file: "shop.py", kind: "function", parameters: [] },
};
const call = (id: number, t: number, payload?: unknown): SpoolRecord => ({
  kind: "C",
  id,
  t,
  parent: 0,
  ref: 1,
  thread: 1,
  payload,
});
const end = (id: number, t: number, payload?: unknown): SpoolRecord => ({ kind: "R", id, t, payload });
const exit = (t: number): SpoolRecord => ({ kind: "Z", t, payload: { why: "exit" } });

function threeRuns(project: Project): void {
  for (const [index, run] of ["20261101-093000-abc", "20261101-100000-abd", "20261102-080000-xyz"].entries()) {
    const directory = makeRun(project, {
      run,
      label: index < 2 ? "nightly" : null,
      started_at: `2026-11-0${index + 1}T09:30:00.000Z`,
    });
    const calls = Array.from({ length: index + 1 }, (_, at) => [
      call(at + 1, 10 * at + 10),
      end(at + 1, 10 * at + 15),
    ]).flat();
    writeSpool(directory, FILE, spoolText([header(KEY), F, ...calls, exit(100)]));
  }
}

test.each([
  [undefined, ["20261102-080000-xyz"]],
  ["latest", ["20261102-080000-xyz"]],
  ["-1", ["20261102-080000-xyz"]],
  ["-3", ["20261101-093000-abc"]],
  ["20261101-100000-abd", ["20261101-100000-abd"]],
  ["20261102", ["20261102-080000-xyz"]],
  ["abd", ["20261101-100000-abd"]],
  ["nightly", ["20261101-100000-abd"]],
  ["all", ["20261102-080000-xyz", "20261101-100000-abd", "20261101-093000-abc"]],
])("run %s", async (selector, expected) => {
  using project = makeProject();
  threeRuns(project);
  await using store = await openStore(project, selector);
  expect(store.runs.map(({ run }) => run)).toEqual(expected);
});

test("every table has the run of its rows", async () => {
  using project = makeProject();
  threeRuns(project);
  await using store = await openStore(project, "all");
  expect(await store.query("select run, count(*) as calls from calls group by run order by run")).toEqual([
    { run: "20261101-093000-abc", calls: 1 },
    { run: "20261101-100000-abd", calls: 2 },
    { run: "20261102-080000-xyz", calls: 3 },
  ]);
  expect(await store.completeness()).toMatchObject({
    calls: 6,
    processes: 3,
    recovered: true,
    live: false,
    corrupt: 0,
  });
});

test.each([
  ["20261101", "run.ambiguous", /20261101-100000-abd, 20261101-093000-abc/],
  ["20261101-093000-abx", "run.not_found", /Did you mean 20261101-093000-abc/],
  ["-4", "run.not_found", /spoor runs/],
  ["../..", "run.not_found", /spoor runs/],
])("run %s is a problem: %s", async (selector, code, tryNext) => {
  using project = makeProject();
  threeRuns(project);
  const problem = await openStore(project, selector).catch((error: unknown) => error);
  expect(problem).toBeInstanceOf(Problem);
  expect(problem).toMatchObject({ code, tryNext: expect.stringMatching(tryNext) as unknown });
});

test("without a recording it says how to make one", async () => {
  using project = makeProject();
  await expect(openStore(project)).rejects.toMatchObject({
    code: "run.none",
    tryNext: expect.stringContaining("spoor run") as unknown,
  });
});

test("a recording of a later version hides no other, and says so when it is asked for", async () => {
  using project = makeProject();
  threeRuns(project);
  const newer = makeRun(project, { run: "20261103-000000-new" });
  writeManifest(newer, { ...readManifest(newer), format: 7 });
  await using store = await openStore(project);
  expect(store.runs[0]?.run).toBe("20261102-080000-xyz");
  await expect(openStore(project, "20261103-000000-new")).rejects.toMatchObject({ code: "run.unknown_format" });
});

test(
  "a live run shows what a real process has written so far, and the rest when it is killed",
  { timeout: 20_000 },
  async () => {
    using project = makeProject();
    const run = makeRun(project, { host: hostIdentity() });
    // Writes as an agent does: into a file that was allocated before, with a record that is not finished.
    const writer = spawn(
    process.execPath,
    ["-e", `
      const fs = require("fs"), [path, head] = process.argv.slice(1);
      const fd = fs.openSync(path, "wx");
      fs.writeSync(fd, Buffer.alloc(65536), 0, 65536, 0);
      fs.writeSync(fd, head.replaceAll("PID", process.pid), 0);
      console.log("written");
      setInterval(() => {}, 1000);`,
      join(runPaths(run).spool, "part"),
      spoolText([{ ...header(KEY), payload: { pid: 0 } }, F, call(1, 10), end(1, 30, "done"), call(2, 40)]).replace('"pid":0', '"pid":PID') + "R\t2\t5",
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  ); // prettier-ignore
    await once(writer.stdout, "data");
    const { renameSync } = await import("node:fs");
    renameSync(join(runPaths(run).spool, "part"), join(runPaths(run).spool, `${writer.pid}-0.000001.spool`));
    const expected = [
      [1, "returned", '"done"'],
      [2, "running", null],
    ];
    {
      await using store = await openStore(project);
      expect(await rowsOf(store, "calls", ["id", "outcome", "result"])).toEqual(expected);
      expect(await rowsOf(store, "processes", ["pid", "ended", "truncated"])).toEqual([[writer.pid, "running", false]]);
      expect(await store.completeness()).toMatchObject({ live: true, calls: 2, open: 1 });
      expect(readdirSync(runPaths(run).spool)).toEqual([`${writer.pid}-0.000001.spool`]);
    }
    expect(nativeStart(writer.pid ?? 0)).not.toBeNull();
    writer.kill("SIGKILL");
    await once(writer, "exit");
    await sealRun(run, { final: true });
    await using store = await openStore(project);
    expect(await rowsOf(store, "calls", ["id", "outcome", "result"])).toEqual(expected);
    expect(await rowsOf(store, "processes", ["pid", "ended", "truncated"])).toEqual([[writer.pid, "died", true]]);
  },
);

test("a run can be read again and again while its host seals it", { timeout: 30_000 }, async () => {
  using project = makeProject();
  const run = makeRun(project, { host: hostIdentity() });
  const sealing = (async () => {
    for (let segment = 1; segment <= 12; segment++) {
      const id = segment * 10;
      const rotated: SpoolRecord = { kind: "Z", t: 0, payload: { why: "rotated" } };
      const records = [
        header(KEY, {}, segment),
        ...(segment === 1 ? [F] : []),
        call(id, id),
        end(id, id + 5),
        call(id + 1, id + 6),
      ];
      writeSpool(run, `${KEY}.${String(segment).padStart(6, "0")}.spool`, spoolText([...records, rotated]));
      await sealRun(run, { final: false });
    }
    return 12;
  })();
  let seen = 0;
  const sealed = { segments: 0 };
  void sealing.then((segments) => (sealed.segments = segments));
  while (sealed.segments === 0) {
    await using store = await openStore(project);
    const [row] = await store.query<{ calls: number; ids: number; open: number }>(
      "select count(*) as calls, count(distinct id) as ids, count(*) filter (outcome = 'running') as open from calls",
    );
    expect(row?.calls).toBe(row?.ids);
    expect(row?.calls).toBe(2 * (row?.open ?? 0));
    expect(row?.calls).toBeGreaterThanOrEqual(seen);
    seen = row?.calls ?? 0;
  }
  await sealing;
  await using store = await openStore(project);
  expect(await store.query("select count(*) as calls from calls")).toEqual([{ calls: 24 }]);
});

test("traces and trace_events", async () => {
  using project = makeProject();
  const run = makeRun(project);
  const raised: SpoolRecord[] = [
    { kind: "E", id: 1, t: 60_000, parent: 2, ref: 5, thread: 1, payload: { type: "KeyError", message: "'x'" } },
    { kind: "X", id: 2, t: 70_000, ref: 1 },
  ];
  writeSpool(
    run,
    FILE,
    spoolText([
      header(KEY),
      F,
      call(1, 10_000, { a: 1 }),
      end(1, 40_000, 5),
      call(2, 50_000),
      ...raised,
      exit(2_000_000_000),
    ]),
  );
  await using store = await openStore(project);
  expect(await store.query("from traces")).toEqual([
    {
      id: "20261101-093000-abc",
      started_at: new Date("2026-11-01T09:30:00Z"),
      ended_at: new Date("2026-11-01T09:30:02Z"),
      status: "recovered",
      duration_ms: 2000,
    },
  ]);
  const events = await store.query(
    "select id, trace_id, epoch_us(timestamp) - epoch_us(timestamp '2026-11-01 09:30:00') as us, event_type, function_name, module_name, data from trace_events order by us",
  );
  expect(events.map((event) => Object.values(event))).toEqual([
    ["c1:call", "20261101-093000-abc", 10, "call", "f", "shop", '{"a":1}'],
    ["c1:return", "20261101-093000-abc", 40, "return", "f", "shop", "5"],
    ["c2:call", "20261101-093000-abc", 50, "call", "f", "shop", null],
    ["c2:exception", "20261101-093000-abc", 70, "exception", "f", "shop", '{"type":"KeyError","message":"\'x\'"}'],
  ]);
});

test("parameters are bound, large integers stay exact, and an aborted query ends", async () => {
  using project = makeProject();
  threeRuns(project);
  const abort = new AbortController();
  await using store = await openStore(project, undefined, { signal: abort.signal });
  expect(await store.query("select id from calls where id = $id", { id: 2 })).toEqual([{ id: 2 }]);
  expect(
    await store.query("select 9007199254740993::bigint as large, 12::bigint as small, [1::bigint] as list"),
  ).toEqual([{ large: 9007199254740993n, small: 12, list: [1] }]);
  const endless = store.query("select count(*) from range(1000000000000)");
  setTimeout(() => abort.abort(), 50);
  await expect(endless).rejects.toMatchObject({ name: "AbortError" });
});
