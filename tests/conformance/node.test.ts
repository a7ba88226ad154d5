// Every program in programs/javascript on every Node of this machine: recorded, it must say and end as it does bare, and what
// was recorded must be the picture beside it.
import { describe, expect, test } from "vitest";
import { testNodeAgent } from "../../host/tests/bundle.ts";
import { nodes } from "../../scripts/node-interpreters.ts";
import { atMost } from "./at-most.ts";
import { drawRecording } from "./draw.ts";
import { expectationFile, expected } from "./expectation.ts";
import { normalise } from "./normalise.ts";
import { inRange, programs } from "./programs.ts";
import { runBoth, type Said } from "./recorded.ts";

const inTurn = atMost(3);
const nodeAgent = testNodeAgent();

describe.each(nodes())("Node $major", ({ executable, major }) => {
  for (const program of programs("javascript")) {
    if (!inRange(program.nodes, major)) continue;
    test.concurrent(`program ${program.name}`, async () => {
      const both = await inTurn(() =>
        runBoth(program, { executable, nodeAgent }, (store, directory) => drawRecording(store, program, directory)),
      );
      const clean = (text: string) => normalise(text, both.directory);
      expect(both.troubles).toEqual([]);
      const said = (one: Said): Said => ({ ...one, stderr: clean(one.stderr), stdout: clean(one.stdout) });
      expect(said(both.recorded)).toEqual(said(both.bare));
      const seen = clean(both.drawing);
      expect(seen).toBe(expected(expectationFile(program.directory, major, null), seen));
    });
  }
});
