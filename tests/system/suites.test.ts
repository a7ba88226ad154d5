// The test suites of click, jinja2 and flask, from their source distributions, run bare and then recorded with the package
// itself included: the difference is none. Then questions about them, whose answers are checked against an independent count.
//
// By default each interpreter runs one of the three, and the newest with its first core only; SPOOR_TEST_SUITES=all runs
// all on each.
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { coresOf } from "../../scripts/native-cores.ts";
import { pythonsOf, sourceOf, venvFor } from "../../scripts/python-environments.ts";
import { withoutChance } from "./ends.ts";
import { sandbox, type Sandbox } from "./sandbox.ts";

const limitMs = 280_000;
const names = ["click", "flask", "jinja2"] as const;
const everything = process.env["SPOOR_TEST_SUITES"] === "all";
const cases = (
  await Promise.all(
    pythonsOf("suites").map(async (python, at) => {
      const chosen = names.filter((_, which) => everything || which === at % names.length);
      const cores = (await coresOf(python)).filter((_core, which) => everything || which === 0 || at < 2);
      return cores.flatMap((core) => chosen.map((name) => ({ python, name, core })));
    }),
  )
).flat();

/** Writes, when a process ends, how often each function was called in it: the interpreter's own count. */
const counting = `
import atexit, collections, os, sys, threading
seen = collections.Counter()
def hook(frame, event, argument):
    if event == "call" and "/src/" in frame.f_code.co_filename and not frame.f_code.co_flags & 0x2a0:
        seen[frame.f_globals.get("__name__"), frame.f_code.co_qualname] += 1
def tell():
    sys.setprofile(None)
    with open(os.path.join(os.path.dirname(__file__), "%d.json" % os.getpid()), "w") as file:
        import json
        json.dump({"%s %s" % key: count for key, count in seen.items()}, file)
atexit.register(tell)
threading.setprofile(hook)
sys.setprofile(hook)
`;

/** Answers that are known from reading the sources: who calls, and what is outside. */
const known: Record<(typeof names)[number], { function: string; caller: string; gap: string }> = {
  click: { function: "Context.invoke", caller: "Command.invoke", gap: "inspect.*" },
  flask: { function: "Flask.dispatch_request", caller: "Flask.full_dispatch_request", gap: "werkzeug.*" },
  jinja2: { function: "Environment.get_template", caller: "Environment._load_template", gap: "markupsafe.*" },
};

async function suite(name: string): Promise<Sandbox> {
  const here = sandbox();
  const source = await sourceOf(name);
  for (const part of ["src", "tests", "pyproject.toml", "examples"]) {
    try {
      cpSync(join(source, part), join(here.directory, part), { recursive: true });
    } catch {
      // Not every distribution has examples.
    }
  }
  mkdirSync(join(here.directory, "../counting"));
  here.write("../counting/sitecustomize.py", counting);
  return here;
}

describe.each(cases)("$name, Python $python.version, $core core", ({ python, name, core }) => {
  test("passes as without Spoor, and is answered for", { timeout: 2 * limitMs }, async () => {
    const { python: executable } = await venvFor(python, "suites");
    await using here = await suite(name);
    const env = { PYTHONPATH: "src", SPOOR_CORE: core };
    const command = [executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", "tests"];
    const { code, stdout } = await here.both(command, { env, limitMs, same: withoutChance });
    expect(code).toBe(0);
    expect(stdout).toMatch(/ passed/);
    const [sums] = await here.rows(
      "select (select sum(corrupt)::int from processes) as corrupt, (select count(*) from drops where count > 0) as drops, (select min(core) from processes where parent_process is null) as core",
    );
    expect(sums).toEqual({ corrupt: 0, drops: 0, core });

    const counted = here.startBare(command, { env: { PYTHONPATH: "../counting:src" }, limitMs });
    expect((await counted.ended).code).toBe(0);
    const file = join(here.directory, `../counting/${counted.child.pid ?? 0}.json`);
    const wanted = new Map(Object.entries(JSON.parse(readFileSync(file, "utf8")) as Record<string, number>));
    const rows = await here.rows<{ name: string; calls: number }>(`
      select module || ' ' || function as name, sum(n)::int as calls from (
        select module, function, function_id, count(*) as n from calls where process = 1 group by all
        union all select module, function, function_id, sum(calls) as n from counted where process = 1 group by all)
      join functions f using (module, function, function_id) where f.process = 1 and f.file like 'src/%'
        and f.kind not in ('generator', 'coroutine', 'async_generator') and function not like '%<genexpr>'
        -- Before 3.12 an asynchronous comprehension is a coroutine that is named as any other.
        and function not like '%comp>'
        and function <> 'ModuleLoader.__init__.<locals>.<lambda>' group by all`);
    // A callback of weak references to objects in cycles: how many of them die before the end is up to the collector.
    for (const key of wanted.keys()) if (key.endsWith("comp>")) wanted.delete(key);
    wanted.delete("jinja2.loaders ModuleLoader.__init__.<locals>.<lambda>");
    const differing = rows
      .filter(({ name, calls }) => wanted.get(name) !== calls)
      .map((row) => [row.name, row.calls, wanted.get(row.name)]);
    const missing = [...wanted.keys()].filter((key) => !rows.some(({ name }) => name === key));
    expect([differing, missing]).toEqual([[], []]);
    expect(rows.length).toBeGreaterThan(100);

    const { function: asked, caller, gap } = known[name];
    const calls = await here.spoor(["calls", asked]);
    expect(calls.stdout).toMatch(new RegExp(`^ +by .*${caller}`, "m"));
    const gaps = await here.spoor(["gaps"]);
    expect(gaps.stdout).toContain(gap);
    const flow = await here.spoor(["flow", "--from", asked]);
    expect(flow.stdout).toContain(asked);
    const exceptions = await here.spoor(["exceptions"]);
    expect(exceptions.code).toBe(0);
  });
});
