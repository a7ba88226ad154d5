// Every skipped test has a reason.
import { expect, test } from "vitest";
import { files } from "./files.ts";
import { unexplainedSkips } from "./skips.ts";

// Not this file, whose samples break the rule on purpose.
const tests = files(/(\.test\.ts|(^|\/)(test_\w+|\w+_test|conftest)\.py)$/).filter(
  ({ path }) => path !== "tests/repository/skips.test.ts",
);

test("every skipped test has a reason", () => {
  expect(unexplainedSkips(tests)).toEqual([]);
});

test.each([
  ["a.test.ts", `test.skip("later", () => {});`],
  ["a.test.ts", `// Some other comment.\ndescribe.skipIf(!linux)("later", () => {});`],
  ["a.test.ts", `test.only("this", () => {});`],
  ["a.test.ts", `context.skip();`],
  ["test_a.py", `@pytest.mark.skipif(sys.version_info < (3, 12))`],
  ["test_a.py", `@pytest.mark.skip`],
  ["test_a.py", `    pytest.skip()`],
])("%s: %s is refused", (path, text) => {
  expect(unexplainedSkips([{ path, text }])).toHaveLength(1);
});

test.each([
  ["a.test.ts", `// Skipped on macOS: it has no /proc.\ntest.skipIf(mac)("reads /proc", () => {});`],
  ["a.test.ts", `context.skip("there is no Python 3.8 here");`],
  ["test_a.py", `@pytest.mark.skipif(\n    sys.version_info < (3, 12),\n    reason="needs sys.monitoring",\n)`],
  ["test_a.py", `    pytest.skip("no fork here")`],
])("%s: %s is accepted", (path, text) => {
  expect(unexplainedSkips([{ path, text }])).toEqual([]);
});
