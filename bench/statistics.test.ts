// The arithmetic is right: on numbers whose answers are known, and on a machine that is slow for a while.
import { array, assert, integer, nat, property } from "fast-check";
import { expect, test } from "vitest";
import { compare, median, quantile, shuffled } from "./statistics.ts";

test("the median is the middle, or between the two middles", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([7])).toBe(7);
  expect(() => median([])).toThrow("nothing");
});

test("quantiles lie between neighbours", () => {
  expect(quantile([0, 10, 20, 30], 0.25)).toBe(7.5);
  expect(quantile([0, 10], 0)).toBe(0);
  expect(quantile([0, 10], 1)).toBe(10);
});

test("a machine that is slow for one round disturbs neither the median nor the minimum", () => {
  const cost = compare([50, 51, 500, 49, 50], [150, 152, 1500, 149, 151]);
  expect(cost).toEqual({ min: 100, median: 101, spread: 1, ratio: 3, bare: 49, rounds: 5 });
});

test("noise below zero stays visible", () => {
  expect(compare([100, 102], [99, 101])).toMatchObject({ min: -1, median: -1 });
});

test("rounds that do not pair are a mistake", () => {
  expect(() => compare([1, 2], [1])).toThrow("2 bare and 1 traced");
});

test("shuffling keeps every item, and differs from round to round", () => {
  assert(
    property(array(integer()), nat(1000), (items, seed) => {
      expect(shuffled(items, seed).sort((a, b) => a - b)).toEqual([...items].sort((a, b) => a - b));
    }),
  );
  const items = [1, 2, 3, 4, 5, 6, 7, 8];
  expect(shuffled(items, 3)).toEqual(shuffled(items, 3));
  expect(new Set([1, 2, 3, 4].map((seed) => shuffled(items, seed).join()))).toHaveProperty("size", 4);
});
