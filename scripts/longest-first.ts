// The order of test files: those that take minutes begin first, or one of them would be left over at the end while all other
// processors wait. (On a fresh clone vitest knows sizes of files only.)
import { BaseSequencer, type TestSpecification } from "vitest/node";

const long = [
  "tests/conformance/python.test.ts",
  "tests/system/crashes.test.ts",
  "tests/system/node-programs.test.ts",
  "tests/system/suites.test.ts",
  "tests/system/tools.test.ts",
  "tests/system/requests.test.ts",
];

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

function rank({ moduleId }: TestSpecification): number {
  const at = long.findIndex((path) => moduleId.replaceAll("\\", "/").endsWith(`/${path}`));
  return at < 0 ? long.length : at;
}
