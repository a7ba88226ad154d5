// Durations and sizes as people write them.
import { expect, test } from "vitest";
import { formatSize, parseDurationNs, parseSizeBytes } from "../../src/project/units.ts";

test.each([
  ["10ms", 10e6],
  ["1.5s", 1.5e9],
  ["200us", 200e3],
  ["5m", 300e9],
  ["7d", 7 * 86_400e9],
  ["3", 3e9],
  [" 2 h ", 7200e9],
])("duration %s", (text, ns) => expect(parseDurationNs(text)).toBe(ns));

test.each(["", "fast", "1x", "-1s", "1s2"])("no duration: %j", (text) => {
  expect(() => parseDurationNs(text)).toThrow(/is not a duration/);
});

test.each([
  ["2GiB", 2 * 1024 ** 3],
  ["500MB", 500e6],
  ["1k", 1024],
  ["1024", 1024],
])("size %s", (text, bytes) => expect(parseSizeBytes(text)).toBe(bytes));

test.each([0, 1, 1023, 1024, 3 * 1024 ** 2, 2 ** 31])("size %d is read as it is written", (bytes) => {
  expect(parseSizeBytes(formatSize(bytes))).toBe(bytes);
});

test.each(["", "big", "1 bananas", "-5MB"])("no size: %j", (text) => {
  expect(() => parseSizeBytes(text)).toThrow(/is not a size/);
});
