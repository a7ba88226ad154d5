// A recorded call executes no more instructions than before: counted with valgrind, which gives the same number whatever else
// the machine does, and compared with bench/baseline. SPOOR_ACCEPT=1 writes what was counted; look at the difference
// before you commit it.
import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withoutValgrind } from "../../bench/callgrind.ts";
import { acceptBaseline, countGated, describeBuild, readBaseline, regressions } from "../../bench/gate.ts";
import { withoutNative } from "../../bench/native.ts";
import { pythons } from "../../scripts/python-interpreters.ts";

const gated = pythons().filter(({ minor }) => minor === "3.12" || minor === "3.13");
const accepts = process.env["SPOOR_ACCEPT"] !== undefined;

describe.each(gated)("Python $version, native core", (python) => {
  // Valgrind is fifty times slower than the processor, and the machine may have other work.
  test("a recorded call costs no more instructions than it did", { timeout: 300_000 }, async (context) => {
    const without = withoutValgrind() ?? withoutNative(python.executable);
    if (without !== null) return context.skip(without);
    const built = describeBuild(python);
    const baseline = readBaseline(python);
    if (!accepts && baseline?.built !== built) {
      return context.skip(`the baseline is of ${baseline?.built ?? "no such version"}, and this is ${built}`);
    }
    const scratch = realpathSync(mkdtempSync(join(tmpdir(), "spoor-instructions-")));
    try {
      const instructions = await countGated(python, scratch);
      console.log(`${python.version}: ${JSON.stringify(instructions)}`);
      if (accepts) return acceptBaseline(python, { built, instructions });
      expect(regressions(baseline?.instructions ?? {}, instructions)).toEqual([]);
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  });
});
