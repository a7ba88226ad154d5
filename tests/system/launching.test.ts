// Every way to start Python by hand: the program sees and does the same as without Spoor, and its calls are recorded.
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { matrix } from "./interpreters.ts";
import { sandbox, type Sandbox } from "./sandbox.ts";

const work = `  work.run
    work.tell_start
    work.total
      work.double x3`;

/** Comprehensions are calls of their own up to 3.11, and it is not they that are looked at here. */
async function picture(here: Sandbox): Promise<string> {
  return here.picture(/^(?!.*<(listcomp|genexpr|setcomp|dictcomp)>)/);
}

function launched(): Sandbox {
  return sandbox({}, ["launch"]);
}

describe.each(matrix)("Python $version", ({ executable: python }) => {
  const cases: [string, string[], { input?: string; env?: NodeJS.ProcessEnv }][] = [
    ["a script", [python, "app.py", "-c", "--json", "a b"], {}],
    ["a script by its absolute path", [python, "-u", "./app.py"], {}],
    ["-m package", [python, "-m", "package", "one"], {}],
    ["-m module", [python, "-m", "app", "one"], {}],
    ["-c", [python, "-c", "import sys, work; sys.exit(work.run())", "x"], {}],
    ["a script on standard input", [python], { input: "import sys, work\nsys.exit(work.run())\n" }],
    ["- and arguments", [python, "-", "x"], { input: "import sys, work\nsys.exit(work.run())\n" }],
    ["-O -W -X", [python, "-OO", "-W", "error", "-X", "dev", "app.py"], {}],
    ["env", ["env", "A=1", python, "app.py"], {}],
    ["a shell", ["sh", "-c", `"${python}" app.py; exit $?`], {}],
    ["PYTHONPATH of the user's", [python, "app.py"], { env: { PYTHONPATH: "/nowhere:." } }],
    [
      "PYTHONSAFEPATH",
      [python, "-c", "import sys; sys.path.insert(0, ''); import work; sys.exit(work.run())"],
      { env: { PYTHONSAFEPATH: "1" } },
    ],
    ["isolated", [python, "-I", "-c", "import sys; sys.path.insert(0, ''); import work; sys.exit(work.run())"], {}],
  ];

  test.each(cases)("%s", async (_, command, options) => {
    await using here = launched();
    const cwd = join(here.directory, "launch");
    const { code, stdout } = await here.both(command, { ...options, cwd });
    expect([code, stdout.trimEnd().split("\n").at(-1)]).toEqual([3, "6"]);
    expect(await picture(here)).toContain(work.replaceAll(/^ {2}/gm, "    "));
  });

  test("a script that starts itself, by its first line", async () => {
    await using here = sandbox({ tool: `#!${python}\nprint("started")\ndef f():\n    return 1\nf()\n` });
    chmodSync(join(here.directory, "tool"), 0o755);
    await here.both(["./tool"]);
    expect(await here.picture()).toBe("spawn\n  __main__.<module>\n    __main__.f");
  });
});
