// Recording keeps no object of the program's alive, or finalisers and weak references would act later than they do.
import { expect, test } from "vitest";
import { matrix, minorNumber } from "./interpreters.ts";
import { sandbox } from "./sandbox.ts";

// Skipped before 3.11: the interpreter itself leaves a copy of a frame's variables with each event that it tells of it, and what
// a variable held lives on in that copy until the next one.
const exact = matrix.filter((python) => minorNumber(python) >= 11);

test.each(exact)("objects die when they would without Spoor: Python $version", async ({ executable }) => {
  await using here = sandbox({}, ["lifetimes.py"]);
  const { stdout } = await here.both([executable, "lifetimes.py"]);
  expect(stdout).toBe("['argument', 'self', 'callable', 'exception', 'generator', 'module', 'closure']\n");
});
