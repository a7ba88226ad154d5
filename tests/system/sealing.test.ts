// The host is killed: while the program runs, which goes on, and again and again while it seals what is left. The next
// command takes over, and no record is lost or doubled.
import { cpSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { engines } from "./interpreters.ts";
import { sandbox, type Sandbox } from "./sandbox.ts";

const calls = 40_000;
const attempts = 4;
const killsEach = 5;

const sums = `select count(*) as calls, count(distinct (process, id)) as distinct_calls, count(*) filter (outcome = 'returned') as returned,
  sum((args->>'n')::bigint) as arguments, sum((result->>1)::bigint) as results,
  (select count(*) from processes) as processes, (select sum(corrupt)::int from processes) as corrupt
  from calls where function = 'step'`;

test("a host that is killed again and again while it seals", async () => {
  const seed = Number(process.env["SPOOR_TEST_SEED"] ?? Date.now() % 1_000_000);
  console.log(`seed ${seed} (SPOOR_TEST_SEED repeats it)`);
  const random = randomFrom(seed);
  await using here = sandbox({}, ["crash"]);
  const python = engines.at(-1)?.executable ?? "python3";
  await recordWithoutHost(here, python);
  const [run = ""] = here.runs();
  const pristine = join(here.directory, "../pristine");
  cpSync(run, pristine, { recursive: true });
  let unfinished = 0;
  // Shorter after a kill that came too late, longer after one that did not: machines differ, and so does their load.
  let spanMs = 700;
  for (let attempt = 0; attempt < attempts; attempt++) {
    rmSync(run, { recursive: true });
    cpSync(pristine, run, { recursive: true });
    for (let kill = 0; kill < killsEach; kill++) {
      const { child, ended } = here.startBare([process.execPath, here.bin, "runs", "--json"]);
      setTimeout(() => child.kill("SIGKILL"), 150 + random() * spanMs);
      const { signal } = await ended;
      const isUnfinished =
        signal === "SIGKILL" && readdirSync(join(run, "spool")).some((name) => name.endsWith(".spool"));
      if (isUnfinished) unfinished++;
      spanMs *= isUnfinished ? 1.4 : 0.7;
    }
    const { stdout } = await here.spoor(["sql", "--json", sums]);
    const { columns, rows } = (JSON.parse(stdout) as { data: { columns: string[]; rows: unknown[][] } }).data;
    const found = Object.fromEntries(columns.map((column, at) => [column, Number(rows[0]?.[at])]));
    const squares = ((calls - 1) * calls * (2 * calls - 1)) / 6;
    expect(found).toEqual({
      calls: 2 * calls,
      distinct_calls: 2 * calls,
      returned: 2 * calls,
      arguments: (calls - 1) * calls,
      results: 2 * squares,
      processes: 2,
      corrupt: 0,
    });
    expect(readdirSync(join(run, "spool")).filter((name) => name.endsWith(".spool"))).toEqual([]);
    expect(readdirSync(join(run, "segments")).filter((name) => name.includes("tmp"))).toEqual([]);
    expect(manifest(run)).toMatchObject({ status: "recovered" });
  }
  console.log(`${unfinished} of ${attempts * killsEach} kills fell before the end of sealing`);
  expect(unfinished).toBeGreaterThan(0);
});

/** Leaves a run whose program ended in order after its host had been killed. */
async function recordWithoutHost(here: Sandbox, python: string): Promise<void> {
  const program = join(here.directory, "crash/finite.py");
  const command = ["sh", "-c", `"${python}" "${program}" ${calls} go; echo ended >&2`];
  const { child, says, ended } = here.startRecorded(command, {
    flags: ["--hot", "100000000", "--hot-values", "100000000"],
  });
  await says("done");
  expect(manifest(here.runs()[0] ?? "")).toMatchObject({ status: "running" });
  child.kill("SIGKILL");
  here.write("go", "");
  await says("ended", "stderr");
  expect(await ended).toMatchObject({
    signal: "SIGKILL",
    stdout: "done\n",
    stderr: expect.stringContaining("ended") as string,
  });
}

function manifest(run: string): unknown {
  return JSON.parse(readFileSync(join(run, "run.json"), "utf8"));
}

function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
