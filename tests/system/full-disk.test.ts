// The disk of a recording becomes full in the middle of a program, which goes on as if nothing were the matter, or is
// killed at a random moment. What was recorded until then is in the store once there is room again, and the run says why
// the rest is missing.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { coresOf } from "../../scripts/native-cores.ts";
import { randomFrom, seed, share } from "./chance.ts";
import { engines } from "./interpreters.ts";
import { completed, stepsOf } from "./killed.ts";
import { sandbox, type Sandbox } from "./sandbox.ts";
import { smallDisk } from "./small-disk.ts";

const calls = 6000;
const all = await Promise.all(engines.map(async (python) => (await coresOf(python)).map((core) => ({ python, core }))));
const disks = share(0.1, all.flat().filter(({ core }) => core === "native").length);
const cases = all.flat().map((each) => ({ ...each, rounds: each.core === "native" ? disks : 3 }));

test.for(cases)(
  "a disk that becomes full: Python $python.version, $core core, $rounds ends",
  { timeout: 60_000 + disks * 15_000 },
  async ({ python, core, rounds }, context) => {
    const random = randomFrom(seed);
    const found: unknown[] = [];
    const expected: unknown[] = [];
    for (let round = 0; round < rounds; round++) {
      await using here = sandbox({}, ["crash"]);
      const sizeKiB = 1024 + Math.floor(random() * 3072);
      using disk = smallDisk(join(here.directory, ".spoor/runs"), sizeKiB);
      if (typeof disk.unavailable === "string") return context.skip(disk.unavailable);
      const toBeKilled = random() < 0.3;
      const after = toBeKilled ? (random() * 0.5).toFixed(4) : "never";
      const said = `round ${round}: ${sizeKiB} KiB, killed after ${after}`;
      const counts = join(here.directory, "../counts");
      mkdirSync(counts);
      const command = [python.executable, "crash/disk.py", counts, String(calls), after];
      const flags = ["--hot", "100000000", "--core", core];
      const { code, stdout, stderr } = await here.startRecorded(command, { flags }).ended;
      disk.grow();
      await expectAllThatWasWritten(here, counts, said);
      const why = await here.rows("select distinct why from drops where count > 0");
      found.push({ said, code, stdout, stderr, why });
      // It may be done before it is killed.
      const killed = toBeKilled && code === 137;
      const asBare = { said, code: killed ? 137 : 0, stdout: killed ? "" : "child 0\n", stderr: "" };
      expected.push({ ...asBare, why: killed ? why : [{ why: "disk_full" }] });
    }
    expect(found).toEqual(expected);
  },
);

async function expectAllThatWasWritten(here: Sandbox, counts: string, said: string): Promise<void> {
  const recorded = await stepsOf(here);
  for (const thread of readdirSync(counts)) {
    const logged = completed(join(counts, thread));
    const { returned = 0, last = -1, wrong = 0 } = recorded.get(thread) ?? {};
    expect([last + 1, wrong], `${said}, ${thread}`).toEqual([returned, 0]);
    expect(returned).toBeLessThanOrEqual(logged + 1);
  }
  const [sums] = await here.rows(`
    select (select sum(corrupt)::int from processes) as corrupt, count(*) - count(distinct (process, id)) as doubled,
      count(*) filter (not json_valid(args) or (outcome = 'returned' and not json_valid(result))) as garbled
    from calls`);
  expect({ said, ...sums }).toEqual({ said, corrupt: 0, doubled: 0, garbled: 0 });
}
