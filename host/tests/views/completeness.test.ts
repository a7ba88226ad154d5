// The line that every answer ends with: what was seen, and what was not.
import { describe, expect, test } from "vitest";
import type { Completeness } from "../../src/store/store.ts";
import { completenessLines, completenessSentence, sawEverything } from "../../src/views/completeness.ts";
import { complete } from "../operations/recording.ts";

const cases: readonly (readonly [name: string, seen: Partial<Completeness>, sentence: string, everything: boolean])[] =
  [
    ["all well", {}, "saw: 1 process, 10 calls of own code; not: 0 dropped", true],
    [
      "much seen",
      {
        processes: 3,
        calls: 12_345,
        open: 2,
        include: ["requests.*"],
        exclude: ["shop.log"],
        gaps: 41,
        gapCalls: 900,
        gapCallsAtLeast: true,
        counted: { hot: 1_204_331, sampled: 0, size: 0, suspensions: 0 },
      },
      "saw: 3 processes, 12,345 calls (2 never returned) of own code + requests.* without shop.log; not: 41 callees outside it (at least 900 calls, see gaps), 1,204,331 calls of hot functions counted only, 0 dropped",
      true,
    ],
    [
      "still running",
      { live: true, open: 1 },
      "saw: 1 process, 10 calls (1 not returned yet) of own code, still running; not: 0 dropped",
      false,
    ],
    [
      "sampled",
      { counted: { hot: 0, sampled: 5, size: 0, suspensions: 0 } },
      "saw: 1 process, 10 calls of own code; not: 5 calls not sampled",
      false,
    ],
    [
      "too large",
      { counted: { hot: 0, sampled: 0, size: 7, suspensions: 0 } },
      "saw: 1 process, 10 calls of own code; not: 7 calls past the size limit counted only",
      false,
    ],
    [
      "damaged",
      {
        drops: [{ why: "disk_full", count: 3, note: "no space left" }],
        corrupt: 2,
        processesTruncated: 1,
        recovered: true,
      },
      "saw: 1 process, 10 calls of own code, recovered after its recorder died; not: 3 dropped (disk full: no space left), 2 unreadable records, the end of 1 process",
      false,
    ],
    [
      "without values",
      { valuesLevel: "none" },
      "saw: 1 process, 10 calls of own code; not: values (--no-values), 0 dropped",
      true,
    ],
    [
      "in pure Python for want of a compiler",
      { pure: [{ reason: "no native library for this interpreter: no C compiler", processes: 1 }] },
      "saw: 1 process, 10 calls of own code, recorded in pure Python: no C compiler; not: 0 dropped",
      true,
    ],
    [
      "two of three in pure Python",
      {
        processes: 3,
        pure: [
          { reason: "no native library for this interpreter", processes: 1 },
          { reason: "the native library is of other sources", processes: 1 },
        ],
      },
      "saw: 3 processes, 10 calls of own code, 2 processes recorded in pure Python: no native library for this interpreter; the native library is of other sources; not: 0 dropped",
      true,
    ],
    ["several runs", { runs: ["a", "b"] }, "saw: 2 runs, 1 process, 10 calls of own code; not: 0 dropped", true],
  ];

describe.each(cases)("%s", (_, seen, sentence, everything) => {
  test("one sentence", () => {
    expect(completenessSentence({ ...complete, ...seen })).toBe(sentence);
  });

  test("is or is not enough to say never", () => {
    expect(sawEverything({ ...complete, ...seen })).toBe(everything);
  });

  test("wraps to the terminal", () => {
    for (const line of completenessLines({ ...complete, ...seen }, { columns: 60, colour: false, budget: 0 })) {
      expect(line.length).toBeLessThanOrEqual(60);
    }
  });
});
