// Which recordings go, and that none goes that is still being made.

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Project } from "../../src/project/project.ts";
import { runPaths } from "../../src/project/run-directory.ts";
import { hostIdentity } from "../../src/store/liveness.ts";
import { prune } from "../../src/store/prune.ts";
import { takeSealingLock } from "../../src/store/sealing-lock.ts";
import { header, livingKey, makeProject, makeRun, spoolText, writeSpool } from "./recording.ts";

/** Five finished runs, a day apart, each of a little more than 10,000 bytes. */
function fiveRuns(project: Project): string[] {
  return [1, 2, 3, 4, 5].map((day) => {
    const run = `2026110${day}-093000-abc`;
    const directory = makeRun(project, { run, status: "finished", started_at: `2026-11-0${day}T09:30:00.000Z` });
    writeFileSync(join(runPaths(directory).segments, "filler"), Buffer.alloc(10_000));
    return directory;
  });
}

const names = (removed: readonly { run: string }[]) => removed.map(({ run }) => run.slice(0, 8));

test("without a limit nothing goes", async () => {
  using project = makeProject();
  fiveRuns(project);
  expect(await prune(project, {})).toMatchObject({ removed: [], removedBytes: 0, keptRuns: 5 });
});

test.each([
  ["keep", { keep: 3 }, ["20261102", "20261101"]],
  ["olderThan", { olderThan: new Date("2026-11-03T09:30:00Z") }, ["20261102", "20261101"]],
  ["maxBytes", { maxBytes: 25_000 }, ["20261103", "20261102", "20261101"]],
  ["any of them", { keep: 4, maxBytes: 35_000 }, ["20261102", "20261101"]],
])("%s", async (_name, limits, expected) => {
  using project = makeProject();
  const runs = fiveRuns(project);
  const dry = await prune(project, { ...limits, dryRun: true });
  expect(names(dry.removed)).toEqual(expected);
  expect(runs.every((directory) => existsSync(directory))).toBe(true);
  const { removed, removedBytes, keptRuns } = await prune(project, limits);
  expect(names(removed)).toEqual(expected);
  expect(removedBytes).toBeGreaterThan(10_000 * expected.length);
  expect(keptRuns).toBe(5 - expected.length);
  expect(runs.filter((directory) => existsSync(directory))).toHaveLength(5 - expected.length);
});

test("a run whose host lives stays", async () => {
  using project = makeProject();
  const live = makeRun(project, { host: hostIdentity() });
  expect(await prune(project, { keep: 0 })).toMatchObject({ removed: [], keptRuns: 1 });
  expect(existsSync(live)).toBe(true);
});

test("a run whose command ended but one of whose processes lives stays", async () => {
  using project = makeProject();
  const run = makeRun(project, { status: "finished" });
  const { key, native_start } = livingKey();
  writeSpool(run, `${key}.000001.spool`, spoolText([header(key, { native_start })]));
  expect(await prune(project, { keep: 0 })).toMatchObject({ removed: [] });
});

test("a run that somebody is sealing stays", async () => {
  using project = makeProject();
  const run = makeRun(project, { status: "finished" });
  using lock = await takeSealingLock(runPaths(run).lock);
  expect(lock).not.toBeNull();
  expect(await prune(project, { keep: 0 })).toMatchObject({ removed: [] });
});
