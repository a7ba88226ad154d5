// `pip install` of the Python agent: with a compiler the native core comes with it, without one the package is whole all
// the same, and a program that starts a recording itself is recorded by what there is.
import { cpSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runCommand } from "../../scripts/command.ts";
import { root } from "../../scripts/root.ts";
import { engines } from "./interpreters.ts";
import { sandbox, type Sandbox } from "./sandbox.ts";

const program = `
import json, os, spoor
with spoor.recording() as run:
    def double(x): return x * 2
    double(21)
spool = os.path.join(run, "spool")
name, = [name for name in os.listdir(spool) if name.endswith(".spool")]
with open(os.path.join(spool, name)) as file:
    header = json.loads(file.readline().split("\\t")[6])
print(json.dumps([header["core"], header["core_reason"], header["core_fallback"]]))
`;

interface Installed {
  /** What the header of a recording says: core, reason, whether the pure twin stood in. */
  recorded(env?: NodeJS.ProcessEnv): Promise<unknown[]>;
  python(...words: string[]): Promise<string>;
}

async function install(here: Sandbox, executable: string, env: Record<string, string>): Promise<Installed> {
  const venv = join(here.directory, "../venv");
  const copy = join(here.directory, "../agent");
  cpSync(join(root, "agents/python"), copy, {
    recursive: true,
    filter: (path) => !/__pycache__|\/(build|lib|tests|\w+\.egg-info)$/.test(path),
  });
  await runCommand(executable, ["-I", "-m", "venv", venv]);
  const pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", copy];
  await runCommand(join(venv, "bin/python"), pip, { env });
  const cache = { SPOOR_CACHE: join(here.directory, "../cache") };
  const python = async (...words: string[]): Promise<string> =>
    (await runCommand(join(venv, "bin/python"), words, { cwd: here.directory, env: cache })).output.trim();
  here.write("program.py", program);
  return { python, recorded: async () => JSON.parse(await python("program.py")) as unknown[] };
}

test.for(engines)("it is compiled with the package: Python $version", async ({ executable, minor }) => {
  await using here = sandbox();
  const { recorded } = await install(here, executable, {});
  expect(await recorded()).toEqual(["native", `native: compiled for CPython ${minor} with the package`, false]);
});

test.for(engines)(
  "without a compiler it is left out, and may be compiled later: Python $version",
  async ({ executable, minor }) => {
    await using here = sandbox();
    const { recorded, python } = await install(here, executable, { CC: "/nonexistent/cc" });
    const why = "no native library for this interpreter: no C compiler (CC is /nonexistent/cc)";
    expect(await recorded()).toEqual(["python", why, true]);
    expect(JSON.parse(await python("-m", "spoor.doctor"))).toMatchObject({ core: "python", core_reason: why });
    await python("-m", "spoor.native_cache");
    expect(await recorded()).toEqual(["native", `native: compiled for CPython ${minor} on this machine`, false]);
  },
);
