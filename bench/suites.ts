// The test suites of libraries, as programs that are as large and as ordinary as users' own: copied to where they can be
// recorded with the library itself in scope.
import { cpSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { sourceOf } from "../scripts/python-environments.ts";

export const suiteNames = ["click", "jinja2", "flask"] as const;
export type SuiteName = (typeof suiteNames)[number];

/** The folder of a copy of the suite; tests are run in it. */
export async function copySuite(name: SuiteName, scratch: string): Promise<string> {
  const folder = join(scratch, `suite-${name}`);
  if (existsSync(folder)) return folder;
  const source = await sourceOf(name);
  mkdirSync(folder, { recursive: true });
  for (const part of ["src", "tests", "pyproject.toml", "examples"]) {
    if (existsSync(join(source, part))) cpSync(join(source, part), join(folder, part), { recursive: true });
  }
  return folder;
}

/** The command that runs these tests, or all; its folder is where it must be started. */
export function suiteCommand(python: string, tests: readonly string[] = ["tests"]): string[] {
  return [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", ...tests];
}

/** With the suite's own package in front of one that is installed, and the agent in front of both if there is one. */
export function suiteEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const boot = env["PYTHONPATH"];
  return { ...env, PYTHONPATH: boot === undefined ? "src" : `${boot}:src`, PYTHONDONTWRITEBYTECODE: "1" };
}
