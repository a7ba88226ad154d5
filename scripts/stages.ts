// Runs the stages of a check or a test one after the other, goes on after a failure so that one run tells everything,
// and ends with one line of counts.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { root } from "./root.ts";

/** What a stage counted. A stage that is one yes-or-no question counts nothing when the answer is yes. */
export interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
}

export interface Stage {
  name: string;
  run: () => Promise<Outcome>;
}

export const nothing: Outcome = { passed: 0, failed: 0, skipped: 0 };

/** Adds up outcomes. */
export function total(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce(
    (sum, { passed, failed, skipped }) => ({
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      skipped: sum.skipped + skipped,
    }),
    nothing,
  );
}

/** Runs every stage, prints what failed, and sets this process's exit code. */
export async function runStages(stages: readonly Stage[]): Promise<void> {
  const outcomes: Outcome[] = [];
  const failures: string[] = [];
  for (const { name, run } of stages) {
    console.log(`\n--- ${name}`);
    const startedMs = Date.now();
    const outcome = await run().catch((error: unknown) => {
      console.log(error instanceof Error ? (error.stack ?? error.message) : String(error));
      return { ...nothing, failed: 1 };
    });
    outcomes.push(outcome);
    if (outcome.failed > 0) failures.push(name);
    const seconds = ((Date.now() - startedMs) / 1000).toFixed(1);
    console.log(`--- ${name}: ${outcome.failed > 0 ? "FAILED" : "ok"} in ${seconds} s`);
  }
  const { passed, failed, skipped } = total(outcomes);
  console.log(failures.length > 0 ? `\nFailed: ${failures.join(", ")}\n` : "");
  console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
  process.exitCode = failures.length > 0 ? 1 : 0;
}

/** A stage that is one command from node_modules/.bin, quiet unless it fails. */
export function tool(name: string, file: string, ...args: string[]): Stage {
  return {
    name,
    run: async () => {
      const ran = await runCommand(join(root, "node_modules/.bin", file), args, { check: false });
      if (ran.code === 0) return nothing;
      console.log(ran.output.trimEnd());
      return { ...nothing, failed: 1 };
    },
  };
}

/** A stage that is one project of vitest.config.ts. */
export function vitest(name: string, project: string): Stage {
  return {
    name,
    run: async () => {
      const report = join(root, ".cache", `vitest-${project}.json`);
      rmSync(report, { force: true });
      const args = ["run", "--project", project, "--passWithNoTests"];
      const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
      const { code } = await runCommand(join(root, "node_modules/.bin/vitest"), [...args, ...reporters], {
        check: false,
        show: true,
      });
      return vitestOutcome(code, existsSync(report) ? readFileSync(report, "utf8") : undefined);
    },
  };
}

/**
 * Reads vitest's JSON report. A run that failed without a failed test (a file that cannot be loaded) is one failure.
 */
export function vitestOutcome(code: number, report: string | undefined): Outcome {
  const counts = report
    ? (JSON.parse(report) as {
        numPassedTests: number;
        numFailedTests: number;
        numPendingTests: number;
        numTodoTests: number;
      })
    : undefined;
  const failed = counts?.numFailedTests ?? 0;
  return {
    passed: counts?.numPassedTests ?? 0,
    failed: code === 0 ? failed : Math.max(1, failed),
    skipped: (counts?.numPendingTests ?? 0) + (counts?.numTodoTests ?? 0),
  };
}
