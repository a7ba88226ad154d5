// A program of many threads and processes is ended at random moments. Whatever a call had given back to its caller by
// then is in the store, nothing is garbled, and calls that never returned are marked so.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { coresOf } from "../../scripts/native-cores.ts";
import { seed, share } from "./chance.ts";
import { engines } from "./interpreters.ts";
import { completed, stepsOf } from "./killed.ts";
import { sandbox } from "./sandbox.ts";

const found = await Promise.all(
  engines.map(async (python) => (await coresOf(python)).map((core) => ({ python, core }))),
);
/** Of the ends with which each native engine is tried; the others are those on a full disk. */
const deaths = share(0.9, found.flat().filter(({ core }) => core === "native").length);
const cases = found.flat().map((each) => ({ ...each, rounds: each.core === "native" ? deaths : 12 }));
const longestMs = (rounds: number): number => 60_000 + rounds * 3000;

test.for(cases)(
  "nothing that was completed is lost: Python $python.version, $core core, $rounds ends",
  { timeout: 2 * longestMs(deaths) },
  async ({ python, core, rounds }) => {
    await using here = sandbox({}, ["crash"]);
    const counts = join(here.directory, "../counts");
    mkdirSync(counts);
    const command = [python.executable, "crash/killer.py", String(seed), String(rounds), counts];
    const ended = await here.startRecorded(command, {
      // Every record is wanted, however many a quick machine makes.
      flags: ["--hot", "100000000", "--size", "64G", "--core", core],
      limitMs: longestMs(rounds),
    }).ended;
    expect([ended.code, ended.said]).toEqual([0, ""]);
    expect(ended.stdout.trimEnd().split("\n")).toHaveLength(rounds);

    expect(await here.rows("select process, why, note from drops where count > 0")).toEqual([]);
    const recorded = await stepsOf(here);
    let total = 0;
    for (const thread of readdirSync(counts)) {
      const logged = completed(join(counts, thread));
      total += logged;
      const { returned = 0, last = -1, wrong = 0, open = 0 } = recorded.get(thread) ?? {};
      // One call may have returned without having been counted; it may also be the one that never returned.
      expect([Math.max(logged, returned - 1), last + 1, wrong], `${thread}: counted, last one recorded`).toEqual([
        logged,
        returned,
        0,
      ]);
      expect(returned, `${thread}: recorded of those it counted`).toBeGreaterThanOrEqual(logged);
      expect(open, `${thread}: open`).toBeLessThanOrEqual(1);
    }
    console.log(`${total} calls completed in ${readdirSync(counts).length} threads, ${core} core`);
    expect(total).toBeGreaterThan(100 * rounds);

    const [sums] = await here.rows(`
    select (select sum(corrupt)::int from processes) as corrupt, count(*) - count(distinct (process, id)) as doubled,
      count(*) filter (not json_valid(args) or (outcome = 'returned' and not json_valid(result))) as garbled,
      count(*) filter (function = 'work' and outcome <> 'running') as endless, count(*) filter (outcome = 'running') as open,
      (select count(*) from exceptions e join calls l on l.process = e.process and l.id = e.call_id
        join calls s on s.process = l.process and s.id = l.parent_id
        where s.outcome = 'returned' and e.fate <> 'caught') as escaped,
      (select list(distinct core) from processes) as cores
    from calls`);
    expect(sums).toMatchObject({ corrupt: 0, doubled: 0, garbled: 0, endless: 0, escaped: 0, cores: [core] });
    expect(Number(sums?.["open"])).toBeGreaterThan(rounds);
  },
);

test("many processes that are killed early do not use up the size limit with what they left empty", async () => {
  await using here = sandbox({}, ["crash"]);
  const python = engines.at(-1)?.executable ?? "python3";
  const children = 24;
  // A first segment is 256 KiB, so that sixteen processes would fill the limit.
  const command = [python, "crash/short.py", String(children)];
  const ended = await here.startRecorded(command, { flags: ["--size", "4M"] }).ended;
  expect([ended.code, ended.said]).toEqual([0, ""]);
  expect(await here.rows("select process, why, note from drops where count > 0")).toEqual([]);
  const [counted] = await here.rows(
    "select count(*) as steps, count(distinct process) as processes from calls where function = 'step'",
  );
  expect(counted).toEqual({ steps: 3 * children, processes: children });
});
