// Trees with box characters, cut to a budget, for any tree.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { TreeNode } from "../../src/answers/tree.ts";
import { treeLines } from "../../src/views/tree.ts";

function node(name: string, more: Partial<TreeNode> = {}): TreeNode {
  return {
    handle: "c1",
    module: "m",
    function: name,
    file: "m.py",
    line: 3,
    kind: "function",
    count: 1,
    total_ns: 1_000_000,
    own_ns: 0,
    waiting_ns: 0,
    raised: 0,
    open: 0,
    on: null,
    children: [],
    left_out: 0,
    ...more,
  };
}
const style = { columns: 60, colour: false, budget: 2000 };

const sample = [
  node("main", {
    total_ns: 9_000_000,
    children: [
      node("quick", { total_ns: 1000, children: [node("deep", { count: 3 })] }),
      node("slow", {
        count: 1204,
        raised: 2,
        total_ns: 8_000_000,
        children: [node("inner", { count: 2408 }), node("rare")],
      }),
      node("stuck", { open: 1, on: "thread w" }),
    ],
    left_out: 7,
  }),
];

test("a tree that fits is whole", () => {
  expect(treeLines(sample, 20, style).join("\n")).toBe(
    `
main                                             9.00 ms  c1
├─ quick                                         1.00 µs  c1
│  └─ deep x 3                                   1.00 ms  c1
├─ slow x 1,204  2 raised                        8.00 ms  c1
│  ├─ inner x 2,408                              1.00 ms  c1
│  └─ rare                                       1.00 ms  c1
├─ [thread w] stuck  never returned                    …  c1
└─ … 7 calls`.slice(1),
  );
});

test("levels come before depth, and the slowest of the last level first", () => {
  expect(
    treeLines(sample, 3, style)
      .map((line) => line.trimEnd())
      .join("\n"),
  ).toBe(
    `
main                                             9.00 ms  c1
├─ slow x 1,204  2 raised  +2,409 below          8.00 ms  c1
├─ [thread w] stuck  never returned                    …  c1
└─ … 8 calls of 1 more function`.slice(1),
  );
});

test("the body of a class is not taken for a call of it", () => {
  expect(treeLines([node("Cart", { kind: "class" })], 5, style)[0]).toMatch(/^class Cart /);
});

test("on a wide terminal the place is told", () => {
  expect(treeLines([node("main")], 5, { ...style, columns: 120 })[0]).toContain("main  m.py:3");
});

test("whatever the room, every call is drawn or counted as missing", () => {
  let named = 0;
  const { nodes } = fc.letrec<{ nodes: TreeNode[]; node: TreeNode }>((tie) => ({
    nodes: fc.array(tie("node"), { maxLength: 4, size: "max" }),
    node: fc
      .record({
        count: fc.integer({ min: 1, max: 5 }),
        total_ns: fc.nat(1e6),
        left_out: fc.nat(2),
        children: fc.oneof({ maxDepth: 3, depthSize: "max" }, fc.constant<TreeNode[]>([]), tie("nodes")),
      })
      .map((more) => {
        named += 1;
        return node(`f${named}`, more);
      }),
  }));
  fc.assert(
    fc.property(nodes, fc.integer({ min: 1, max: 40 }), (roots, most) => {
      const lines = treeLines(roots, most, { ...style, columns: 99 });
      const text = lines.join("\n");
      const all = (each: readonly TreeNode[]): TreeNode[] => each.flatMap((one) => [one, ...all(one.children)]);
      const drawn = all(roots).filter((each) => new RegExp(`\\b${each.function}\\b`).test(text));
      const sum = (numbers: number[]) => numbers.reduce((total, each) => total + each, 0);
      const missing = sum(
        lines.map((line) => Number(/… (\d+) call/.exec(line)?.[1] ?? /\+(\d+) below/.exec(line)?.[1] ?? 0)),
      );
      // What every drawn node has right below it is drawn or counted; so are the roots.
      const below = (each: TreeNode) => sum(each.children.map((child) => child.count)) + each.left_out;
      expect(sum(drawn.map((each) => each.count)) + missing).toBe(
        sum(roots.map((each) => each.count)) + sum(drawn.map(below)),
      );
      expect(drawn.length).toBeLessThanOrEqual(most);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(99);
    }),
  );
});
