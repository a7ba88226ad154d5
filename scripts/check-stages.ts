// What `npm run check` checks, in the order in which a mistake is cheapest to hear of. `npm test` begins with the same.
import { runCommand } from "./command.ts";
import { EnvironmentUnavailable, pythonsOf, venvFor } from "./python-environments.ts";
import { nothing, tool, vitest } from "./stages.ts";
import type { Stage } from "./stages.ts";

export const checkStages: Stage[] = [
  tool("format", "oxfmt", "--check"),
  tool("lint", "oxlint", "--deny-warnings"),
  tool("types", "tsc"),
  { name: "python format and lint", run: () => ruff(["format", "--check"], ["check"]) },
  vitest("unit tests", "unit"),
];

/** Runs ruff once per list of arguments, on all Python of the repository. */
export async function ruff(...commands: string[][]) {
  const newest = pythonsOf("tools").at(-1);
  if (!newest) return skip("there is no CPython 3.8 or newer to run ruff with");
  try {
    const { bin } = await venvFor(newest, "tools");
    let failed = 0;
    for (const args of commands) {
      // Named, so that no nearer pyproject.toml can hold a part of the repository to other rules.
      const options = ["--config", "ruff.toml", "--quiet", "."];
      const ran = await runCommand(`${bin}/ruff`, [...args, ...options], { check: false });
      if (ran.output) console.log(ran.output.trimEnd());
      if (ran.code !== 0) failed += 1;
    }
    return { ...nothing, failed };
  } catch (error) {
    if (error instanceof EnvironmentUnavailable) return skip(error.message);
    throw error;
  }
}

function skip(why: string) {
  console.log(`skipped: ${why}`);
  return { ...nothing, skipped: 1 };
}
