// Real packages still compile in V8 when they are instrumented. A few of them here; packages.ts takes all there are.
import { dirname, join } from "node:path";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { checkFile, newTotals, scriptsIn } from "./packages.ts";

const require = createRequire(import.meta.url);

test.each(["acorn", "zod/v4/core", "magic-string"])("%s", (name) => {
  const [home = "", ...inner] = name.split("/");
  const folder = join(dirname(require.resolve(`${home}/package.json`)), ...inner);
  const totals = newTotals();
  for (const path of scriptsIn(folder)
    .filter((each) => /\.c?js$/.test(each))
    .slice(0, 60))
    checkFile(path, totals);
  expect(totals).toMatchObject({ broken: [], refused: [] });
  expect(totals.functions).toBeGreaterThan(100);
  expect(totals.unwrapped).toBeLessThan(totals.functions / 100);
});
