// A program of many threads and processes is ended at a hundred random moments. Whatever a call had given back to its
// caller by then is in the store, nothing is garbled, and calls that never returned are marked so.
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { engines } from "./interpreters.ts";
import { sandbox } from "./sandbox.ts";

const rounds = 50;

interface Steps {
  readonly pid: number;
  readonly thread: string;
  readonly returned: number;
  readonly first: number;
  readonly last: number;
  readonly wrong: number;
  readonly open: number;
}

test.each(engines)("nothing that was completed is lost: Python $version", async ({ executable }) => {
  const seed = Number(process.env["SPOOR_TEST_SEED"] ?? Date.now() % 1_000_000);
  console.log(`seed ${seed} (SPOOR_TEST_SEED repeats it)`);
  await using here = sandbox({}, ["crash"]);
  const counts = join(here.directory, "../counts");
  mkdirSync(counts);
  const command = [executable, "crash/killer.py", String(seed), String(rounds), counts];
  // Every record is wanted, however many a quick machine makes.
  const flags = ["--hot", "100000000", "--size", "64G"];
  const ended = await here.startRecorded(command, { flags, limitMs: 110_000 }).ended;
  expect([ended.code, ended.said]).toEqual([0, ""]);
  const deaths = ended.stdout.trimEnd().split("\n");
  expect(deaths).toHaveLength(rounds);

  expect(await here.rows("select process, why, note from drops where count > 0")).toEqual([]);
  const steps = await here.rows<Steps>(`
    select p.pid, t.name as thread, count(*) filter (outcome = 'returned') as returned,
      min(args->>'n')::int as first, max((args->>'n')::int) filter (outcome = 'returned') as last,
      count(*) filter (outcome = 'returned' and result::bigint <> 2 * (args->>'n')::bigint) as wrong,
      count(*) filter (outcome = 'running') as open
    from calls c join processes p using (process) join threads t on t.process = c.process and t.thread = c.thread
    where c.function = 'step' group by all`);
  const recorded = new Map(steps.map((each) => [`${each.pid}-${each.thread}`, each]));
  let completed = 0;
  for (const name of readdirSync(counts)) {
    const file = readFileSync(join(counts, name));
    // Empty where the program died before it had written the zero.
    const logged = file.length < 8 ? 0 : Number(file.readBigUInt64LE());
    completed += logged;
    const { returned = 0, last = -1, wrong = 0, open = 0 } = recorded.get(name) ?? {};
    // One call may have returned without having been counted; it may also be the one that never returned.
    expect([Math.max(logged, returned - 1), last + 1, wrong], `${name}: counted, last one recorded`).toEqual([
      logged,
      returned,
      0,
    ]);
    expect(returned).toBeGreaterThanOrEqual(logged);
    expect(open).toBeLessThanOrEqual(1);
  }
  console.log(`${completed} calls completed in ${readdirSync(counts).length} threads`);
  expect(completed).toBeGreaterThan(10_000);

  const [sums] = await here.rows(`
    select (select sum(corrupt)::int from processes) as corrupt, count(*) - count(distinct (process, id)) as doubled,
      count(*) filter (not json_valid(args) or (outcome = 'returned' and not json_valid(result))) as garbled,
      count(*) filter (function = 'work' and outcome <> 'running') as endless, count(*) filter (outcome = 'running') as open,
      (select count(*) from exceptions e join calls l on l.process = e.process and l.id = e.call_id
        join calls s on s.process = l.process and s.id = l.parent_id
        where s.outcome = 'returned' and e.fate <> 'caught') as escaped
    from calls`);
  expect(sums).toMatchObject({ corrupt: 0, doubled: 0, garbled: 0, endless: 0, escaped: 0 });
  expect(Number(sums?.["open"])).toBeGreaterThan(rounds);
});

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
