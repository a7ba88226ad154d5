// The test suites of click, jinja2 and flask, from their source distributions, run bare and then recorded with the package
// itself included: the difference is none. Then questions about them, whose answers are checked against an independent count.
//
// By default each interpreter runs one of the three; SPOOR_TEST_SUITES=all runs all on each.
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { pythonsOf, sourceOf, venvFor } from "../../scripts/python-environments.ts";
import { withoutChance } from "./ends.ts";
import { sandbox, type Sandbox } from "./sandbox.ts";

const limitMs = 280_000;
const names = ["click", "flask", "jinja2"] as const;
const everything = process.env["SPOOR_TEST_SUITES"] === "all";
const cases = pythonsOf("suites").flatMap((python, at) =>
  names.filter((_, which) => everything || which === at % names.length).map((name) => ({ python, name })),
);

/** Prints, when pytest has ended, how often each function was called: the interpreter's own count, of another run. */
const counting = `
import collections, sys
seen = collections.Counter()
def hook(frame, event, argument):
    if event == "call" and "/src/" in frame.f_code.co_filename:
        code = frame.f_code
        if not code.co_flags & 0x2a0:
            seen[frame.f_globals.get("__name__"), code.co_qualname] += 1
import atexit, threading
def tell():
    sys.setprofile(None)
    with open("counts.txt", "w") as file:
        for (module, name), count in seen.items():
            file.write("%s\\t%s\\t%d\\n" % (module, name, count))
atexit.register(tell)
threading.setprofile(hook)
sys.setprofile(hook)
`;

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

describe.each(cases)("$name, Python $python.version", ({ python, name }) => {
  test("passes as without Spoor, and is answered for", { timeout: 2 * limitMs }, async () => {
    const { python: executable } = await venvFor(python, "suites");
    await using here = await suite(name);
    const env = { PYTHONPATH: "src" };
    const command = [executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:randomly", "tests"];
    const flags = ["--hot", "1000000000"];
    const { code, stdout } = await here.both(command, { env, flags, limitMs, same: withoutChance });
    expect(code).toBe(0);
    expect(stdout).toMatch(/ passed/);
    const [sums] = await here.rows(
      "select count(*) as calls, (select sum(corrupt)::int from processes) as corrupt, (select count(*) from drops where count > 0) as drops from calls",
    );
    expect(sums).toMatchObject({ corrupt: 0, drops: 0 });
    console.log(`${String(sums?.["calls"])} calls`);
  });
});
