// The gate closes for what got dearer, and only for that.
import { expect, test } from "vitest";
import { regressions } from "./gate.ts";

const before = { "two ints": 1000, text: 1200 };

test("up to a tenth more is no regression, and less is none", () => {
  expect(regressions(before, { "two ints": 1100, text: 700 })).toEqual([]);
});

test("more than a tenth more is one", () => {
  expect(regressions(before, { "two ints": 1101, text: 1200 })).toEqual([
    "two ints: 1101 instructions, 10 % more than 1000",
  ]);
});

test("what was never counted is told", () => {
  expect(regressions(before, { "two ints": 1000, dict: 5 })).toEqual(["dict: no baseline"]);
});
