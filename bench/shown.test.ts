// What counts as shown, by the marks of spec/values.md.
import { expect, test } from "vitest";
import { judge, shareOf, usefulnessOf } from "./shown.ts";

test.each([
  [5, "scalar"],
  [null, "scalar"],
  ["all of it", "scalar"],
  [{ $: "decimal", digits: "1.50" }, "scalar"],
  [{ $: "function", name: "f", module: "app", line: 3 }, "scalar"],
  [[1, 2], "whole"],
  [{ id: 5 }, "whole"],
  [{ $: "tuple", items: [1] }, "whole"],
  [{ $: "Order", id: 5, lines: [1] }, "whole"],
  [{ $: "Order", id: 5, customer: { $: "Customer", $id: "7f" } }, "parts closed"],
  [[{ $: "list", len: 3 }], "parts closed"],
  [{ $: "str", len: 12_000, head: "abc" }, "cut"],
  [{ $: "bytes", len: 3, text: "abc" }, "scalar"],
  [{ $: "bytes", len: 900, text: "abc" }, "cut"],
  [{ $: "list", len: 50, items: [1, 2] }, "cut"],
  [{ a: 1, $cut: { why: "items", more: 30 } }, "cut"],
  [[{ $: "Order", name: { $: "cut", why: "bytes" } }], "cut"],
  [{ $: "cut", why: "bytes" }, "cut"],
  [{ $: "list", len: 3 }, "closed"],
  [{ $: "Order", $id: "7f3a" }, "closed"],
  [{ $: "exception", type: "ValueError" }, "closed"],
  [{ $: "list", len: 3, why: "hot" }, "closed"],
  [{ $: "exception", type: "ValueError", why: "hot" }, "closed"],
  [{ $: "Order", $id: "7f3a", $cut: { why: "hot" } }, "closed"],
  [{ $: "Order", why: "hot", lines: [1] }, "whole"],
] as const)("%j is %s", (value, shown) => {
  expect(judge(value)).toBe(shown);
});

test("arguments are counted without self, and results", () => {
  const lines = [
    'F\t1\t5\t\t3\t\t{"name":"Cart.add","parameters":["self","item"]}',
    'F\t2\t5\t\t9\t\t{"name":"f","parameters":["a","b"]}',
    'C\t1\t6\t0\t1\t1\t{"self":{"$":"Cart","$id":"1"},"item":{"$":"list","len":2}}',
    'C\t2\t7\t1\t2\t1\t{"a":1,"b":[1]}',
    "R\t2\t8\t\t\t\t7",
    "R\t1\t9\t\t\t\t",
    "",
  ];
  const { calls, args, results } = usefulnessOf([lines.join("\n")], 1000);
  expect(calls).toBe(2);
  expect(args).toEqual({ scalar: 1, whole: 1, "parts closed": 0, cut: 0, closed: 1 });
  expect(results).toEqual({ scalar: 1, whole: 0, "parts closed": 0, cut: 0, closed: 0 });
  expect(shareOf(args, "closed")).toBeCloseTo(33.3, 1);
});
