// Where something else is in the agent's place (a sitecustomize), or keeps the agent out (-I, -E, -S, a cleared
// environment): the program does the same as ever, and either it is recorded or it is said that it was not.
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCommand } from "../../scripts/command.ts";
import { engines, environmentFor, matrix } from "./interpreters.ts";
import { sandbox, type Sandbox } from "./sandbox.ts";

const app = `
import sys
def f():
    return [name for name in ("sitecustomize", "usercustomize") if name in sys.modules]
print(f(), getattr(sys, "told", None), getattr(sys.modules.get("sitecustomize"), "__file__", None))
`;

const customisations: [string, string][] = [
  [
    "one that works",
    "import sys\nsys.told = [name for name in sys.modules if 'custom' in name]\ndef g():\n    return 1\ng()\n",
  ],
  ["one that prints", "import sys\nprint('from sitecustomize')\n"],
  ["one that raises", "import sys\nsys.told = 1\ndef fails():\n    raise ValueError('from sitecustomize')\nfails()\n"],
  ["one that lacks a module", "import there_is_no_such_module\n"],
  ["one that is no Python", "this is no Python\n"],
  ["one that leaves", "raise SystemExit(4)\n"],
];

/** A sitecustomize that leaves is a fatal error, and its traceback then shows by whom it was imported. */
function withoutBoot(text: string): string {
  return text.replace(/ {2}File "\S+_boot\/sitecustomize.py".*\n.*import sitecustomize.*\n(?: *\^+\n)?/, "");
}

async function recordedF(here: Sandbox): Promise<unknown[]> {
  const calls = await here.rows<{ result: string }>("select result from calls where function = 'f'");
  return calls.map(({ result }) => JSON.parse(result) as unknown);
}

describe.each(matrix)("Python $version", (interpreter) => {
  const python = interpreter.executable;

  test.each(customisations)("a sitecustomize on PYTHONPATH: %s", async (title, text) => {
    await using here = sandbox({ "app.py": app, "site/sitecustomize.py": text });
    const { code } = await here.both([python, "app.py"], {
      env: { PYTHONPATH: join(here.directory, "site") },
      same: withoutBoot,
    });
    // The interpreter gives up on a sitecustomize that leaves, and runs no program.
    expect(code).toBe(title.endsWith("leaves") ? 1 : 0);
    const seen = /works|prints/.test(title) ? ["sitecustomize"] : [];
    expect(await recordedF(here)).toEqual(title.endsWith("leaves") ? [] : [seen]);
  });

  test("a sitecustomize in a virtual environment, and a usercustomize", async () => {
    await using here = sandbox({ "app.py": app });
    const venv = join(here.directory, "../venv");
    await runCommand(python, ["-I", "-m", "venv", "--without-pip", "--system-site-packages", venv]);
    const lib = join(venv, "lib");
    writeFileSync(
      join(lib, readdirSync(lib)[0] ?? "", "site-packages/sitecustomize.py"),
      "import sys\nsys.told = 'venv'\n",
    );
    const user = join(here.directory, `../.local/lib/python${interpreter.minor}/site-packages`);
    mkdirSync(user, { recursive: true });
    writeFileSync(join(user, "usercustomize.py"), "def g():\n    return 2\ng()\n");
    const { stdout } = await here.both([join(venv, "bin/python"), "app.py"]);
    expect(stdout).toMatch(/^\['sitecustomize', 'usercustomize'\] venv \S+sitecustomize.py\n$/);
    expect(await recordedF(here)).toEqual([["sitecustomize", "usercustomize"]]);
  });

  test.each(["-I", "-E", "-S", "-IS", "-sE"])("%s and an exception that nobody catches", async (flag) => {
    const raises = "import sys\ndef f(x):\n    return 1 / x\nprint(sys.argv, sys.path[:1], flush=True)\nf(0)\n";
    await using here = sandbox({ "app.py": raises });
    const { code } = await here.both([python, flag, "app.py", "one"]);
    expect(code).toBe(1);
    expect(await here.picture()).toBe("spawn\n  __main__.<module> (raised)\n    __main__.f (raised)");
  });
});

describe.each(engines)("children, Python $version", ({ executable: python }) => {
  const own = ["plain"];
  const told = [
    "isolated",
    "no-environment",
    "cleared",
    "spawn",
    "spawn-cleared",
    "exec",
    "exec-cleared",
    "shell",
    "system",
  ];
  test.each([...own, ...told, "other"])("a child started in a way of its own: %s", async (way) => {
    await using here = sandbox({}, ["launch/child.py"]);
    await here.both([python, "launch/child.py", way]);
    const drops = await here.rows<{ why: string; note: string }>("select why, note from drops");
    const processes = await here.rows("select * from processes");
    expect(drops.map(({ why }) => why)).toEqual(told.includes(way) ? ["not_injected"] : []);
    expect(JSON.stringify(drops)).not.toContain("mania7");
    const { stdout } = await here.spoor(["report"]);
    expect(stdout.replaceAll(/\s+/g, " ").includes("a child process is not recorded")).toBe(told.includes(way));
    expect(processes).toHaveLength(own.includes(way) ? 2 : 1);
  });
});

test.each(engines)("a program in another virtual environment is recorded: Python $version", async (interpreter) => {
  const environment = await environmentFor(interpreter, "base");
  if (typeof environment === "string") throw new Error(environment);
  await using here = sandbox({ "app.py": app });
  await here.both([environment.python, "app.py"]);
  expect(await recordedF(here)).toEqual([[]]);
});
