// Runs the Python agent's own tests on every interpreter of this machine, once per core, some rounds at a time.
import { cpus } from "node:os";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { cache, coresTestedOf, type Core } from "./native-cores.ts";
import { inParallel } from "./parallel.ts";
import { EnvironmentUnavailable, pythonsOf, venvFor } from "./python-environments.ts";
import type { Python } from "./python-interpreters.ts";
import { missingMinors } from "./python-interpreters.ts";
import { root } from "./root.ts";
import { nothing, total } from "./stages.ts";
import type { Outcome } from "./stages.ts";

const tests = "agents/python/tests";
/** These record nothing, or load cores by themselves: once on each interpreter is enough. */
const sameForEachCore = [
  "test_conditions.py",
  "test_live_contract.py",
  "test_live_forks.py",
  "test_live_hits.py",
  "test_live_link.py",
  "test_live_outbox.py",
  "test_live_places.py",
  "test_live_websocket.py",
  "test_native_loading.py",
  "test_redaction.py",
  "test_scope.py",
];

/** The tests on one interpreter with one core. */
export type Round = () => Promise<Outcome>;

/** A stage's work: the sum of the tests over all rounds. The longest should come first. Each of them waits now and then. */
export async function testRounds(rounds: readonly Round[]): Promise<Outcome> {
  return total(await inParallel(rounds, cpus().length + 1, (round) => round()));
}

/** A round on each interpreter with each core that it has; those that are not here are told and counted as skipped. */
export async function pythonRounds(): Promise<Round[]> {
  const absent = missingMinors();
  for (const minor of absent) console.log(`Python ${minor}: skipped, not on this machine`);
  const rounds: Round[] = [async () => ({ ...nothing, skipped: absent.length })];
  for (const python of pythonsOf("base")) {
    for (const core of await coresTestedOf(python)) rounds.push(() => testOn(python, core));
  }
  rounds.push(testFreeThreaded);
  return rounds;
}

/** With the native core on the free-threaded build that SPOOR_TEST_FREE_THREADED names, which has pytest. */
async function testFreeThreaded(): Promise<Outcome> {
  const python = process.env["SPOOR_TEST_FREE_THREADED"];
  if (!python) {
    console.log("Free-threaded Python: skipped, SPOOR_TEST_FREE_THREADED names none");
    return { ...nothing, skipped: 1 };
  }
  const build = ["-I", "-S", join(root, "agents/python/src/spoor/native_cache.py"), cache];
  await runCommand(python, build, { check: true });
  return runTests(python, `Free-threaded Python ${python}, native core`, "native");
}

interface Special {
  /** What is special about this round. */
  readonly label: string;
  /** Stands in for the tests' usual cache of native cores. */
  readonly cache: string;
  readonly env: Record<string, string>;
}

export async function testOn(interpreter: Python, core: Core, special?: Special): Promise<Outcome> {
  const label = `Python ${interpreter.version}, ${special?.label ?? `${core} core`}`;
  try {
    const { python } = await venvFor(interpreter, "base");
    return await runTests(python, label, core, special);
  } catch (error) {
    if (!(error instanceof EnvironmentUnavailable)) throw error;
    console.log(`${label}: skipped, ${error.message}`);
    return { ...nothing, skipped: 1 };
  }
}

async function runTests(python: string, label: string, core: Core, special?: Special): Promise<Outcome> {
  const args = ["-m", "pytest", tests, "-q", "-rs", "-p", "no:cacheprovider"];
  if (core === "native") args.push(...sameForEachCore.map((file) => `--ignore=${tests}/${file}`));
  const { code, output } = await runCommand(python, args, {
    check: false,
    env: {
      PYTHONPATH: join(root, "agents/python/src"),
      PYTHONDONTWRITEBYTECODE: "1",
      SPOOR_TEST_CORE: core,
      SPOOR_TEST_CACHE: special?.cache ?? cache,
      ...special?.env,
    },
  });
  const outcome = pytestOutcome(code, output);
  const skips = output.split("\n").filter((line) => line.startsWith("SKIPPED"));
  const shown = outcome.failed > 0 ? [output.trimEnd()] : skips;
  const { passed, failed, skipped } = outcome;
  console.log([`${label}: ${passed} passed, ${failed} failed, ${skipped} skipped`, ...shown].join("\n  "));
  return outcome;
}

/**
 * Reads pytest's last line, such as `2 failed, 40 passed, 1 skipped in 3.05s`. No test at all (code 5) is a failure.
 */
export function pytestOutcome(code: number, output: string): Outcome {
  const summary =
    output
      .trimEnd()
      .split("\n")
      .findLast((line) => / in [\d.]+s/.test(line)) ?? "";
  const count = (what: string) => Number(new RegExp(`(\\d+) ${what}`).exec(summary)?.[1] ?? 0);
  const failed = count("failed") + count("errors?");
  return {
    passed: count("passed") + count("xpassed"),
    failed: code === 0 ? failed : Math.max(1, failed),
    skipped: count("skipped") + count("xfailed"),
  };
}
