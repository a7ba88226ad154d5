// How the native core comes to a user: compiled at first use and told once, after a run for who was only met inside it,
// by `doctor --fix`, or in the package; and what is said where there is none.
import { execFile } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { pythons } from "../../../scripts/python-interpreters.ts";
import { neededGlibc } from "../../../scripts/build-native.ts";
import { place, type Ended, type Place } from "../spoor.ts";

const slow = 180_000;
const root = join(import.meta.dirname, "../../..");
const newest = pythons().at(-1);
const python = newest?.executable ?? "";
const none = newest === undefined;

const app = { "app.py": "def double(x):\n    return x * 2\n\nprint(double(21))\n" };

/** An environment with a cache of its own, in which compiling is allowed. */
function fresh(here: Place, more: NodeJS.ProcessEnv = {}): { env: NodeJS.ProcessEnv } {
  mkdirSync(join(here.directory, ".spoor"), { recursive: true });
  return { env: { SPOOR_CACHE: join(here.directory, "cache"), SPOOR_COMPILE: "true", ...more } };
}

/** Puts `./python3` there, as pyenv does: a script. Gives the command lines with which it was started. */
function witness(here: Place): () => string[] {
  const seen = join(here.directory, "seen");
  writeFileSync(join(here.directory, "python3"), `#!/bin/sh\necho "$*" >> "${seen}"\nexec "${python}" "$@"\n`);
  chmodSync(join(here.directory, "python3"), 0o755);
  return () => readFileSync(seen, "utf8").trim().split("\n");
}

async function cores(here: Place): Promise<string[]> {
  const { stdout } = await here.spoor(["sql", "--json", "select core, core_reason from processes order by process"]);
  const { data } = JSON.parse(stdout) as { data: { rows: string[][] } };
  return data.rows.map((row) => row.join(": "));
}

async function sentence(here: Place): Promise<string> {
  const { stdout } = await here.spoor(["report"]);
  return /saw: [^;]*;/.exec(stdout.replaceAll(/\s+/g, " "))?.[0] ?? "";
}

const compiled = `native: native: compiled for CPython ${newest?.minor} on this machine`;
const noCompiler = { CC: "/nonexistent/cc" };

// Skipped: there is no CPython on this machine.
describe.skipIf(none)("at first use", { timeout: slow }, () => {
  test("it is compiled before the program starts, told in one line, and there from then on", async () => {
    using here = place(app);
    const first = await here.spoor(["run", python, "app.py"], fresh(here));
    expect([first.code, first.stdout]).toEqual([0, "42\n"]);
    expect(first.stderr).toMatch(
      /^spoor: compiled the native core for CPython [\d.]+ in \d+\.\d s; it is kept for later runs\n$/,
    );
    const second = await here.spoor(["run", python, "app.py"], fresh(here));
    expect([second.code, second.stdout, second.stderr]).toEqual([0, "42\n", ""]);
    expect(await cores(here)).toEqual([compiled]);
    expect(await sentence(here)).toBe("saw: 1 process, 2 calls of own code;");
    // Its time is not the program's: the run began when the core was there.
    const { stdout } = await here.spoor([
      "sql",
      "--json",
      "--run",
      "all",
      "select duration_ms from traces order by started_at",
    ]);
    const { data } = JSON.parse(stdout) as { data: { rows: number[][] } };
    const seconds = Number(/in (\d+\.\d) s/.exec(first.stderr)?.[1]);
    expect(data.rows[0]?.[0]).toBeLessThan(seconds * 1000);
    // The same for an interpreter that is met under another name.
    symlinkSync(python, join(here.directory, "python3"));
    const third = await here.spoor(["run", "./python3", "app.py"], fresh(here));
    expect(third.stderr).toBe("");
    // And made again where somebody cleaned the cache.
    await promisify(execFile)("rm", ["-r", join(here.directory, "cache/spoor/native")]);
    const told = await here.spoor(["run", "--core", "python", python, "app.py"], fresh(here));
    expect([told.stderr, existsSync(join(here.directory, "cache/spoor/native"))]).toEqual(["", false]);
    expect(await cores(here)).toEqual(["python: python core asked for"]);
  });

  test("without a compiler that is told once, and every answer says so", async () => {
    using here = place(app);
    const first = await here.spoor(["run", python, "app.py"], fresh(here, noCompiler));
    expect([first.code, first.stdout]).toEqual([0, "42\n"]);
    expect(first.stderr).toMatch(
      /^spoor: no native core for CPython [\d.]+, so pure Python records, which costs more: no C compiler \(CC is \S+\)\n$/,
    );
    const second = await here.spoor(["run", python, "app.py"], fresh(here, noCompiler));
    expect([second.code, second.stderr]).toEqual([0, ""]);
    expect(await sentence(here)).toBe(
      "saw: 1 process, 2 calls of own code, recorded in pure Python: no C compiler (CC is /nonexistent/cc);",
    );
  });

  test("an interpreter is asked once, also one behind a script that chooses it", async () => {
    using here = place(app);
    const started = witness(here);
    for (const _ of [1, 2]) await here.spoor(["run", "./python3", "app.py"], fresh(here, noCompiler));
    expect(started().map((line) => line.includes("native_cache.py"))).toEqual([true, false, false]);
  });

  test("nothing is compiled or said where that is turned off, where it is pure Python that is wanted, or quietly", async () => {
    using here = place(app);
    const off = await here.spoor(["run", python, "app.py"], fresh(here, { SPOOR_COMPILE: "false" }));
    const pure = await here.spoor(["run", python, "app.py"], fresh(here, { SPOOR_CORE: "python" }));
    const asks = await here.spoor(["run", python, "-V"], fresh(here));
    expect([off.stderr, pure.stderr, existsSync(join(here.directory, "cache"))]).toEqual(["", "", false]);
    expect(asks.stderr).not.toContain("compiled");
    const quiet = await here.spoor(["run", "--quiet", python, "app.py"], fresh(here, noCompiler));
    expect(quiet.stderr).toBe("");
  });

  test("a cache that cannot be written keeps nobody from recording", async () => {
    using here = place({ ...app, file: "" });
    const env = { SPOOR_CACHE: join(here.directory, "file"), SPOOR_COMPILE: "true" };
    mkdirSync(join(here.directory, ".spoor"));
    const started = witness(here);
    const ended = await here.spoor(["run", "./python3", "app.py"], { env });
    expect([ended.code, ended.stdout, ended.stderr]).toEqual([0, "42\n", ""]);
    expect(started()).toEqual(["app.py"]);
    expect(await sentence(here)).toMatch(/recorded in pure Python: \S+file cannot be written;$/);
  });

  test("an interpreter that was only met inside the run is seen to after it", async () => {
    using here = place(app);
    const words = ["run", "sh", "-c", `"${python}" app.py; exit 3`];
    const first = await here.spoor(words, fresh(here, noCompiler));
    expect([first.code, first.stdout]).toEqual([3, "42\n"]);
    expect(first.stderr).toMatch(
      /^spoor: no native core for CPython [\d.]+ \(\/\S+\), so pure Python records, .*: no C compiler \(CC is \S+\)\n$/,
    );
    const second = await here.spoor(words, fresh(here, noCompiler));
    expect(second.stderr).toBe("");
  });

  test("a native core that is demanded and is not there: the program runs unrecorded, and that is said", async () => {
    using here = place(app);
    const ended = await here.spoor(["run", "--core", "native", python, "app.py"], fresh(here, noCompiler));
    expect([ended.code, ended.stdout]).toEqual([0, "42\n"]);
    expect(ended.stderr).toContain("this process is not recorded: the native core was asked for: no native library");
    expect(ended.stderr).toContain("--core native leaves unrecorded what has no native core (spoor doctor says why)");
  });
});

// Skipped: there is no CPython on this machine.
describe.skipIf(none)("doctor", { timeout: slow }, () => {
  test("says which core and why, and --fix compiles what failed before", async () => {
    using here = place();
    mkdirSync(join(here.directory, "bin"));
    symlinkSync(python, join(here.directory, "bin/python3"));
    const PATH = `${join(here.directory, "bin")}:${process.env["PATH"]}`;
    const doctor = async (...words: string[]): Promise<Ended> =>
      here.spoor(["doctor", ...words], fresh(here, { PATH, ...(words.length > 0 ? {} : noCompiler) }));
    expect(core(await doctor())).toEqual([
      "warn core of python3 on PATH: pure Python, which costs more: no native library for this interpreter try: spoor doctor --fix",
    ]);
    const failed = await here.spoor(["doctor", "--fix"], fresh(here, { PATH, ...noCompiler }));
    expect(core(failed)[0]).toMatch(
      /^warn core of python3 on PATH: pure Python, which costs more: no C compiler .*try: .*installing\.md/,
    );
    const fixed = await doctor("--fix");
    expect([fixed.code, core(fixed)[0]]).toEqual([
      0,
      expect.stringMatching(/^ok core of python3 on PATH: native: compiled for .* on this machine, now, in \d+\.\d s$/),
    ]);
    expect(core(await doctor())[0]).toMatch(/^ok core of python3 on PATH: native: compiled for .* on this machine$/);
  });
});

// Skipped: there is no CPython on this machine.
describe.skipIf(none)("the npm package", { timeout: slow }, () => {
  test("records from where it was installed, with the core that was built into it", async () => {
    using here = place(app);
    const installed = join(here.directory, "node_modules/spoor");
    mkdirSync(join(installed, "bin"), { recursive: true });
    copyFileSync(join(root, "host/bin/spoor.mjs"), join(installed, "bin/spoor.mjs"));
    copyFileSync(join(root, "host/package.json"), join(installed, "package.json"));
    symlinkSync(join(root, "node_modules/@duckdb"), join(here.directory, "node_modules/@duckdb"));
    const dist = join(installed, "dist");
    await promisify(execFile)(
      process.execPath,
      ["--conditions=spoor-source", "--import=tsx", join(root, "scripts/build.ts"), "--native", "--into", dist],
      { cwd: root, env: { ...process.env, SPOOR_TEST_PYTHONS: newest?.minor } },
    );
    const [prebuilt = ""] = find(join(dist, "python/spoor/_native/prebuilt"), /\.so$/);
    // As old as manylinux2014; other systems have no glibc.
    expect(neededGlibc(prebuilt)?.[1] ?? 0).toBeLessThanOrEqual(17);
    const env = { ...fresh(here, noCompiler).env, PATH: `${dirname(process.execPath)}:${here.env["PATH"]}` };
    const spoor = (...words: string[]) =>
      promisify(execFile)(process.execPath, [join(installed, "bin/spoor.mjs"), ...words], {
        cwd: here.directory,
        env: { ...here.env, ...env },
      });
    const { stdout, stderr } = await spoor("run", python, "app.py");
    expect([stdout, stderr]).toEqual(["42\n", ""]);
    expect(await cores(here)).toEqual([`native: native: prebuilt for CPython ${newest?.minor}`]);
  });
});

/** What doctor says about cores, on one line each. */
function core({ stdout }: Ended): string[] {
  const checks = stdout.split(/\n(?=ok {4}|warn {2}|FAIL {2})/).map((text) => text.replaceAll(/\s+/g, " ").trim());
  return checks.filter((text) => / core of python3 /.test(text));
}

function find(folder: string, name: RegExp): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((each) => name.test(each))
    .map((each) => join(folder, each));
}
