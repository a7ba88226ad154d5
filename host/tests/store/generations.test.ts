// Files of several threads: however the records of a process are spread over the files of a generation, the rows are
// those of one file.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { SpoolHeader, SpoolRecord } from "@spoor/protocol/spool";
import { runPaths, updateManifest } from "../../src/project/run-directory.ts";
import { planSealing } from "../../src/store/due.ts";
import { timesUpToNow } from "../../src/store/generations.ts";
import { hostIdentity } from "../../src/store/liveness.ts";
import { openStore } from "../../src/store/open.ts";
import { TABLES, TABLE_NAMES } from "../../src/store/schema.ts";
import { sealRun, split } from "../../src/store/seal.ts";
import { randomProgram } from "./random-program.ts";
import { header, livingKey, makeProject, makeRun, rowsOf, spoolText, writeSpool } from "./recording.ts";

const KEY = "5000001-0";
const name = (segment: number, key = KEY) => `${key}.${String(segment).padStart(6, "0")}.spool`;
const rotated: SpoolRecord = { kind: "Z", t: 1e9, payload: { why: "rotated" } };
/** What the agent's Python half writes, which is in the main file. */
const MAIN = new Set(["F", "T", "K", "D", "Q", "P"]);

interface Cut {
  readonly ends: readonly number[];
  readonly lanes: number;
  readonly seed: number;
}

test("records in files of several threads give the rows of one file", { timeout: 240_000 }, async () => {
  const cases = fc.record({
    seed: fc.nat(),
    ends: fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 3 }),
    lanes: fc.integer({ min: 1, max: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ seed, ends, lanes }) => {
      const records = randomProgram(seed, 150);
      const whole = await allRows([[records]]);
      expect(await allRows(scatter(records, { ends, lanes, seed }))).toEqual(whole);
    }),
    { numRuns: 12 },
  );
});

/** Generations of files, the main one first. */
function scatter(records: readonly SpoolRecord[], { ends, lanes, seed }: Cut): SpoolRecord[][][] {
  const at = ends.map((end) => Math.floor(end * records.length)).sort((a, b) => a - b);
  let state = seed;
  const anyLane = () => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % (lanes + 1);
  return [0, ...at].map((from, index) => {
    const files: SpoolRecord[][] = Array.from({ length: lanes + 1 }, () => []);
    for (const record of records.slice(from, at[index] ?? records.length))
      files[MAIN.has(record.kind) ? 0 : anyLane()]?.push(record);
    return files;
  });
}

async function allRows(generations: readonly (readonly (readonly SpoolRecord[])[])[]) {
  using project = makeProject();
  const run = makeRun(project, { host: hostIdentity() });
  let segment = 0;
  for (const [index, files] of generations.entries()) {
    const isLast = index === generations.length - 1;
    const main = segment + 1;
    for (const [lane, records] of files.entries()) {
      const told: Partial<SpoolHeader> = lane === 0 ? {} : { beside: main };
      const end = isLast && lane === 0 ? [] : [rotated];
      writeSpool(run, name(++segment), spoolText([header(KEY, told, segment), ...records, ...end]));
    }
    await sealRun(run, { final: isLast });
  }
  updateManifest(run, { status: "finished" });
  await using store = await openStore(project);
  const rows: Record<string, unknown[][]> = {};
  for (const table of TABLE_NAMES) {
    const columns = TABLES[table].map(([column]) => column).filter((column) => column !== "ended_ns");
    rows[table] = await rowsOf(store, table, columns);
  }
  expect(rows["calls"]?.length).toBeGreaterThan(20);
  return rows;
}

const definition: SpoolRecord = {
  kind: "F",
  id: 1,
  ref: 1,
  payload: { module: "m", name: "f", file: "m.py", kind: "function", parameters: [] },
};
const call = (id: number, t: number): SpoolRecord => ({ kind: "C", id, t, parent: 0, ref: 1, thread: 1 });
const end = (id: number, t: number): SpoolRecord => ({ kind: "R", id, t });

test("a generation of a living process waits for its main file", async () => {
  using project = makeProject();
  const { key, native_start } = livingKey();
  const run = makeRun(project);
  const main = [header(key, { native_start }), definition, call(1, 10)];
  const mainPath = join(runPaths(run).spool, name(1, key));
  writeSpool(run, name(1, key), spoolText(main));
  writeSpool(run, name(2, key), spoolText([header(key, { beside: 1 }, 2), call(65, 20), end(1, 30), rotated]));
  writeSpool(run, name(3, key), spoolText([header(key, {}, 3), end(65, 40)]));
  expect(planSealing(run, false).due).toEqual([]);
  {
    await using store = await openStore(project);
    expect(await rowsOf(store, "calls", ["id", "duration_ns"])).toEqual([
      [1, 20],
      [65, 20],
    ]);
  }
  writeFileSync(mainPath, spoolText([...main, rotated]));
  expect(planSealing(run, false).due.map(({ segment }) => segment)).toEqual([1, 2]);
});

test("of a process that goes on, nothing is read that is later than what was there at first", () => {
  using project = makeProject();
  const run = makeRun(project);
  writeSpool(run, name(1), spoolText([header(KEY), definition, call(1, 10), end(1, 900)]));
  expect(timesUpToNow(runPaths(run).spool)).toEqual(new Map());
  writeSpool(run, name(2), spoolText([header(KEY, { beside: 1 }, 2), call(65, 20), end(65, 1700)]));
  expect(timesUpToNow(runPaths(run).spool)).toEqual(new Map([[KEY, 1700n]]));
});

test("a generation is sealed at once, however large", () => {
  const file = (segment: number, beside?: number) => ({
    segment,
    sizeBytes: 10,
    first: { is: "header" as const, startedNs: 0, header: beside === undefined ? {} : { beside } },
  });
  const files = [file(1), file(2, 1), file(3, 1), file(4), file(5, 4), file(6)];
  expect(split(files, 15).map((batch) => batch.map(({ segment }) => segment))).toEqual([[1, 2, 3], [4, 5], [6]]);
});
