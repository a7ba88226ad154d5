// The counts that `npm test` ends with must be right, or a failure could read as a success.
import { describe, expect, test } from "vitest";
import { pytestOutcome } from "./python-tests.ts";
import { vitestOutcome } from "./stages.ts";

describe("pytest's summary line", () => {
  test.each([
    [0, "....\n4 passed in 0.31s\n", { passed: 4, failed: 0, skipped: 0 }],
    [1, "F.\n1 failed, 1 passed, 2 skipped, 1 xfailed in 61.20s (0:01:01)", { passed: 1, failed: 1, skipped: 3 }],
    [1, "===== 2 passed, 1 error in 0.10s =====", { passed: 2, failed: 1, skipped: 0 }],
    [5, "no tests ran in 0.01s", { passed: 0, failed: 1, skipped: 0 }],
    [-1, "..Fatal Python error: Segmentation fault", { passed: 0, failed: 1, skipped: 0 }],
  ])("code %i, %j", (code, output, outcome) => {
    expect(pytestOutcome(code, output)).toEqual(outcome);
  });
});

describe("vitest's report", () => {
  const report = JSON.stringify({
    numPassedTests: 3,
    numFailedTests: 0,
    numPendingTests: 1,
    numTodoTests: 1,
  });

  test("is summed", () => {
    expect(vitestOutcome(0, report)).toEqual({ passed: 3, failed: 0, skipped: 2 });
  });

  test("of a run in which a file could not be loaded is a failure", () => {
    expect(vitestOutcome(1, report).failed).toBe(1);
  });

  test("that was never written is a failure", () => {
    expect(vitestOutcome(1, undefined).failed).toBe(1);
  });
});
