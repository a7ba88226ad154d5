// Well-known packages, recorded themselves: zod with the test suite that it ships, express and marked, which ship none, with
// programs that ask them everything. What they say is the same with and without Spoor, and every call was recorded: V8 itself
// counts them in a third run. On the oldest Node and on the newest.
//
// By default a part of zod's suite runs on one of them; SPOOR_TEST_SUITES=all runs all of it on both.
import { cpSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { nodes } from "../../scripts/node-interpreters.ts";
import { packagesOf } from "../../scripts/node-packages.ts";
import { lineIndex, lineStarts } from "../../agents/node/src/transform/lines.ts";
import { sandbox, type Sandbox } from "./sandbox.ts";

const limitMs = 600_000;
const everything = process.env["SPOOR_TEST_SUITES"] === "all";
const all = nodes();
const matrix = all.filter((_, at) => at === 0 || at === all.length - 1);

interface Coverage {
  readonly result: readonly {
    readonly url: string;
    readonly functions: readonly {
      readonly functionName: string;
      readonly ranges: readonly { readonly startOffset: number; readonly count: number }[];
    }[];
  }[];
}

/** How often the functions that begin on each line of the package were called, as V8 counted: `file:line` to a number. */
function countedByV8(folder: string, name: string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const file of readdirSync(folder)) {
    const { result } = JSON.parse(readFileSync(join(folder, file), "utf8")) as Coverage;
    for (const { url, functions } of result) {
      const inside = url.split(`/node_modules/${name}/`)[1];
      if (!url.startsWith("file:") || inside === undefined || inside.includes("node_modules/")) continue;
      const starts = lineStarts(readFileSync(fileURLToPath(url), "utf8"));
      // The first is the module. V8 counts the initial values of a class's fields as functions.
      for (const { functionName, ranges } of functions.slice(1)) {
        const [range] = ranges;
        if (!range || range.count === 0 || /^<\w+_initializer>$/.test(functionName)) continue;
        const place = `${name}/${inside}:${lineIndex(starts, range.startOffset) + 1}`;
        counts.set(place, (counts.get(place) ?? 0) + range.count);
      }
    }
  }
  return counts;
}

/** The same of what was recorded or counted, without constructors that nobody wrote: V8 counts none, and here others have parameters. */
async function countedByUs(here: Sandbox, name: string): Promise<Map<string, number>> {
  const rows = await here.rows<{ place: string; calls: number }>(`
    select regexp_replace(f.file, '^.*/node_modules/', '') || ':' || f.line as place, sum(n)::int as calls from (
      select process, function_id, count(*) as n from calls group by all
      union all select process, function_id, sum(calls) as n from counted group by all)
    join functions f using (process, function_id)
    where f.kind <> 'module' and not (f.function like '%.constructor' and f.parameters::varchar = '[]') and f.file like '%/node_modules/${name}/%' group by all`);
  return new Map(rows.map(({ place, calls }) => [place, calls]));
}

async function isWhole(here: Sandbox): Promise<void> {
  const [sums] = await here.rows(
    "select (select sum(corrupt)::int from processes) as corrupt, (select count(*)::int from drops where count > 0) as drops",
  );
  expect(sums).toEqual({ corrupt: 0, drops: 0 });
}

describe.each(matrix)("Node $major", ({ executable: node }) => {
  test.each([
    {
      name: "express",
      program: "shop.cjs",
      also: ["router", "send"],
      atLeast: 3000,
      asks: "express/lib/response.send",
    },
    { name: "marked", program: "markdown.mjs", also: [], atLeast: 50_000, asks: "_Lexer.blockTokens" },
  ])("$name says the same, and each of its calls is recorded", async ({ name, program, also, atLeast, asks }) => {
    await using here = sandbox({}, ["packages"]);
    const cwd = join(here.directory, "packages");
    symlinkSync(await packagesOf("suites"), join(cwd, "node_modules"));
    const command = [node, program];
    const flags = [name, ...also].flatMap((each) => ["--include", each]);
    const { code, stdout } = await here.both(command, { cwd, flags, limitMs });
    expect([code, stdout.length > 5000]).toEqual([0, true]);
    await isWhole(here);

    const folder = join(here.directory, "counts");
    const counted = await here.startBare(command, { cwd, env: { NODE_V8_COVERAGE: folder }, limitMs }).ended;
    expect(counted.code).toBe(0);
    const [ours, theirs] = [await countedByUs(here, name), countedByV8(folder, name)];
    const sum = (counts: Map<string, number>): number => [...counts.values()].reduce((all, each) => all + each, 0);
    expect(sum(ours)).toBeGreaterThan(atLeast);
    // One line holds all of marked, which is minified.
    const counts = (all: Map<string, number>): object =>
      name === "marked" ? { all: sum(all) } : Object.fromEntries(all);
    expect(counts(ours)).toEqual(counts(theirs));
    const { stdout: told } = await here.spoor(["calls", asks], { cwd });
    expect(told).toMatch(/^ +by /m);
  });

  // Skipped by default on all but one Node: the suite takes a minute.
  test.skipIf(!everything && node !== matrix.at(-1)?.executable)(
    "zod's test suite ends as without Spoor, test by test",
    async () => {
      await using here = sandbox();
      const modules = join(here.directory, "node_modules");
      const packages = await packagesOf("suites");
      mkdirSync(modules);
      for (const name of readdirSync(packages)) {
        if (name !== "zod") symlinkSync(join(packages, name), join(modules, name));
      }
      for (const part of ["package.json", "src"])
        cpSync(join(packages, "zod", part), join(here.directory, "zod", part), { recursive: true });
      symlinkSync("../zod", join(modules, "zod"));
      const conditions = { conditions: ["@zod/source", "default"], externalConditions: ["@zod/source", "default"] };
      const include = everything
        ? ["zod/src/**/*.test.ts"]
        : ["zod/src/v4/classic/tests/{string,object,union,codec,pickomit}.test.ts"];
      const config = {
        resolve: conditions,
        ssr: { resolve: conditions },
        test: { include, maxWorkers: 2, silent: true },
      };
      here.write("vitest.config.mjs", `export default ${JSON.stringify(config)};\n`);
      const ends: string[][] = [];
      for (const start of [here.startBare, here.startRecorded]) {
        const command = [node, "node_modules/vitest/vitest.mjs", "run", "--reporter=json"];
        const { code, stdout } = await start(command, { limitMs }).ended;
        ends.push([`exit code ${code}`, ...testsIn(stdout)]);
      }
      const [bare = [], recorded = []] = ends;
      expect(recorded).toEqual(bare);
      expect(bare.length).toBeGreaterThan(everything ? 2000 : 100);
      await isWhole(here);
      const [parse] = await here.rows(
        "select count(*)::int > 100 as often from calls where function like '%.inst.parse'",
      );
      expect(parse).toEqual({ often: true });
    },
  );
});

/** `name status` of each, in order. */
function testsIn(report: string): string[] {
  const { testResults } = JSON.parse(report.slice(report.indexOf("{"))) as {
    testResults: { name: string; assertionResults: { fullName: string; status: string }[] }[];
  };
  return testResults
    .flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ fullName, status }) => `${name.replace(/^.*\/zod\/src\//, "")} ${fullName} ${status}`),
    )
    .toSorted();
}
