// Every program in programs/python on every interpreter of this machine: recorded by either core, it must say and end as it does
// bare, and what was recorded must be the picture beside it.
import { afterAll, describe, expect, test } from "vitest";
import { coresTestedOf } from "../../scripts/native-cores.ts";
import { pythons } from "../../scripts/python-interpreters.ts";
import { drawRecording } from "./draw.ts";
import { expectationFile, expected } from "./expectation.ts";
import { interpreterFor } from "./interpreter.ts";
import { atMost } from "./at-most.ts";
import { normalise } from "./normalise.ts";
import { inRange, programs } from "./programs.ts";
import { runBoth, type Said } from "./recorded.ts";

const inTurn = atMost(3);
const skipped = new Map<string, number>();

const rounds = await Promise.all(
  pythons().map(async (python) => (await coresTestedOf(python)).map((core) => ({ python, minor: python.minor, core }))),
);

describe.each(rounds.flat())("Python $minor, $core core", ({ python, core }) => {
  for (const program of programs("python")) {
    if (!inRange(program.pythons, python.minor)) continue;
    test.concurrent(`program ${program.name}`, async (context) => {
      const interpreter = await interpreterFor(python, program.needs);
      if (interpreter === undefined) {
        const why = `${program.needs} does not install on Python ${python.minor}`;
        skipped.set(why, (skipped.get(why) ?? 0) + 1);
        return context.skip(why);
      }
      const both = await inTurn(() =>
        runBoth(program, { executable: interpreter, core }, (store, directory) =>
          drawRecording(store, program, directory),
        ),
      );
      const clean = (text: string) => normalise(text, both.directory);
      expect(both.troubles).toEqual([]);
      const said = (one: Said): Said => ({ ...one, stderr: clean(one.stderr), stdout: clean(one.stdout) });
      expect(said(both.recorded)).toEqual(said(both.bare));
      const seen = clean(both.drawing);
      expect(seen).toBe(expected(expectationFile(program.directory, python.minor, core), seen));
    });
  }
});

afterAll(() => {
  for (const [why, count] of skipped) console.log(`skipped ${count}: ${why}`);
});
