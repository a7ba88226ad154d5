// Recording keeps no object of the program's alive, or finalisers and weak references would act later than they do.
import { expect, test } from "vitest";
import { matrix } from "./interpreters.ts";
import { sandbox } from "./sandbox.ts";

test.each(matrix)("objects die when they would without Spoor: Python $version", async ({ executable }) => {
  await using here = sandbox({}, ["lifetimes.py"]);
  const { stdout } = await here.both([executable, "lifetimes.py"]);
  expect(stdout).toBe("['argument', 'self', 'callable', 'exception', 'generator', 'module', 'closure']\n");
});
