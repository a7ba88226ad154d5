// Other tools that look into the interpreter, and its own switches: each gives what it gives without Spoor, and the program
// is recorded all the same, or the recording says what took its place.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { venvFor } from "../../scripts/python-environments.ts";
import { withoutChance } from "./ends.ts";
import { engines, matrix, minorNumber } from "./interpreters.ts";
import { sandbox, type Sandbox } from "./sandbox.ts";

/** Either every call of `sign` is there, or what hid some of them is told; otherwise what is wrong. */
async function missing(here: Sandbox, calls: number): Promise<string | null> {
  const found = await here.rows("select * from calls where function = 'sign' and outcome = 'returned'");
  const told = await here.rows<{ why: string }>("select why from drops where count > 0");
  const whole = found.length === calls && told.length === 0;
  if (whole || told.some(({ why }) => why === "displaced")) return null;
  return `${found.length} of ${calls} calls, told: ${JSON.stringify(told)}`;
}

describe.each(matrix)("Python $version", (python) => {
  const cores = minorNumber(python) >= 12 ? ["ctrace", "sysmon", "pytrace"] : ["ctrace", "pytrace"];

  test.each(cores)("coverage, %s", async (core) => {
    const { python: executable } = await venvFor(python, "web");
    await using here = sandbox({}, ["neighbours"]);
    const cwd = join(here.directory, "neighbours");
    const env = { COVERAGE_CORE: core };
    const branch = core === "sysmon" && minorNumber(python) < 14 ? [] : ["--branch"];
    const reports: string[] = [];
    for (const start of [here.startBare, here.startRecorded]) {
      const run = await start([executable, "-m", "coverage", "run", ...branch, "branches.py"], { cwd, env }).ended;
      const report = await here.startBare([executable, "-m", "coverage", "report", "-m"], { cwd }).ended;
      await here.startBare([executable, "-m", "coverage", "json", "-o", "report.json"], { cwd }).ended;
      const { files } = JSON.parse(readFileSync(join(cwd, "report.json"), "utf8")) as { files: unknown };
      reports.push([run.code, run.stdout, run.stderr, report.stdout, JSON.stringify(files)].join("\n"));
    }
    expect(reports[1]).toBe(reports[0]);
    expect(reports[0]).toContain("branches.py");
    expect(await missing(here, 3)).toBeNull();
  });

  const switches: [string, string[], Record<string, string>][] = [
    ["-X dev", ["-X", "dev"], {}],
    ["-W error", ["-W", "error"], {}],
    ["-OO", ["-OO"], {}],
    ["-X tracemalloc", ["-X", "tracemalloc=5"], {}],
    ["-X faulthandler", ["-X", "faulthandler"], {}],
    ["-q -B -s", ["-q", "-B", "-s"], {}],
    ["PYTHONSAFEPATH", [], { PYTHONSAFEPATH: "1", PYTHONPATH: "." }],
    ["PYTHONDONTWRITEBYTECODE unset", [], { PYTHONDONTWRITEBYTECODE: "" }],
    ["cProfile", ["-m", "cProfile", "-s", "name"], {}],
  ];
  test.each(switches)("%s", async (_, options, env) => {
    await using here = sandbox({}, ["neighbours"]);
    const cwd = join(here.directory, "neighbours");
    // How many calls a profiler counts in the library depends on what has been cached.
    const same = (text: string): string =>
      withoutChance(text)
        .split("\n")
        .filter((line) => !/^ +\d/.test(line) || line.includes("branches.py"))
        .map((line) => line.replace(/^( +\d+) .*branches/, "$1 branches"))
        .join("\n");
    await here.both([python.executable, ...options, "branches.py"], { cwd, env, same });
    expect(await missing(here, 3)).toBeNull();
  });
});

describe.each(engines)("Python $version", (python) => {
  test.each(["hook", "trace", "cProfile"])("a program with a profiler of its own: %s", async (how) => {
    await using here = sandbox({}, ["neighbours"]);
    const { stdout } = await here.both([python.executable, "profiles.py", how], {
      cwd: join(here.directory, "neighbours"),
    });
    expect(stdout).toMatch(/^\[.*\]\n\+\n$/);
    expect(await missing(here, 2)).toBeNull();
  });

  test("coverage run -m pytest", async () => {
    const { python: executable } = await venvFor(python, "web");
    await using here = sandbox({}, ["neighbours"]);
    const command = [executable, "-m", "coverage", "run", "-m", "pytest", "-q", "-p", "no:cacheprovider"];
    await here.both(command, { cwd: join(here.directory, "neighbours"), same: withoutChance });
    expect(await missing(here, 1)).toBeNull();
  });

  test("pdb with commands on standard input", async () => {
    await using here = sandbox({}, ["neighbours"]);
    const input = "break branches.sign\nrun\ncontinue\np n\nreturn\nclear 1\ncontinue\nq\n";
    const { stdout } = await here.both([python.executable, "-m", "pdb", "branches.py"], {
      cwd: join(here.directory, "neighbours"),
      input,
    });
    expect(stdout).toContain("(Pdb)");
    expect(await missing(here, 3)).toBeNull();
  });
});
