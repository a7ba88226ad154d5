// Numbers, shares and durations as they are read.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { counted, duration, share, thousands } from "../../src/views/numbers.ts";

test.each([
  [0, "0 ns"],
  [999, "999 ns"],
  [1000, "1.00 µs"],
  [12_340, "12.3 µs"],
  [999_400, "999 µs"],
  [999_600, "1.00 ms"],
  [123_456_789, "123 ms"],
  [1_500_000_000, "1.50 s"],
  [59_940_000_000, "59.9 s"],
  [125_000_000_000, "2 min 5 s"],
  [3_599_600_000_000, "1 h 0 min"],
  [90_061_000_000_000, "25 h 1 min"],
])("%i ns is %s", (ns, text) => {
  expect(duration(ns)).toBe(text);
});

test("a duration is short and never shows a thousand of a unit", () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 48 }), (ns) => {
      expect(duration(ns).length).toBeLessThanOrEqual(12);
      expect(duration(ns)).not.toMatch(/\d{4}/);
    }),
  );
});

test("counts carry their noun, thousands their commas, shares their percent", () => {
  expect([counted(1, "call"), counted(2, "call"), counted(1204, "process", "processes")]).toEqual([
    "1 call",
    "2 calls",
    "1,204 processes",
  ]);
  expect([thousands(999), thousands(1000), thousands(12_345_678_901_234_567n)]).toEqual([
    "999",
    "1,000",
    "12,345,678,901,234,567",
  ]);
  expect([share(0, 10), share(1, 1000), share(37, 100), share(1, 0)]).toEqual(["0 %", "<1 %", "37 %", ""]);
});
