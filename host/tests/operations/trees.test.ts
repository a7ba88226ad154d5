// The two ways to a call tree, call by call and folded in SQL, must tell the same story.

import { expect, test } from "vitest";
import type { TreeNode } from "../../src/answers/tree.ts";
import { exactTree, exactTreeFrom } from "../../src/queries/exact-tree.ts";
import { flow } from "../../src/operations/flow.ts";
import { foldedTree } from "../../src/queries/folded-tree.ts";
import { call } from "../../src/operations/call.ts";
import { contextOf, recording, runInfo } from "./recording.ts";
import { shop } from "./shop.ts";

const everything = { sql: "c.parent_id IS NULL", parameters: {} };

/** Sums by path of functions, whatever the folding. */
function sums(trees: readonly TreeNode[]): Record<string, number[]> {
  const found = new Map<string, number[]>();
  const visit = (node: TreeNode, above: string) => {
    const path = `${above}/${node.module}.${node.function}`;
    const before = found.get(path) ?? [0, 0, 0, 0, 0, 0];
    const these = [node.count, node.total_ns, node.own_ns, node.waiting_ns, node.raised, node.open];
    found.set(
      path,
      before.map((each, index) => each + (these[index] ?? 0)),
    );
    node.children.forEach((child) => visit(child, path));
  };
  trees.forEach((node) => visit(node, ""));
  return Object.fromEntries(found);
}

test("call by call and folded in SQL agree on every path", async () => {
  await using store = await shop();
  const exact = await exactTree(store);
  const folded = await foldedTree(store, { roots: everything, rootsBy: "thread", depth: 10, breadth: 100 });
  expect(Object.keys(sums(folded))).toHaveLength(17);
  expect(sums(folded)).toEqual(sums(exact ?? []));
});

test("over several runs, calls of equal ids stay apart", async () => {
  const one = await recording("m:main\n  m:a x 2");
  const second = {
    processes: [{ run: "other", process: 1, started_ns: 0 }],
    functions: [
      { run: "other", process: 1, function_id: 1, module: "n", function: "main" },
      { run: "other", process: 1, function_id: 2, module: "n", function: "b" },
    ],
    calls: [1, 2].map((id) => ({
      run: "other",
      process: 1,
      id,
      parent_id: id === 1 ? null : 1,
      stack_parent_id: id === 1 ? null : 1,
      function_id: id,
      module: "n",
      function: id === 1 ? "main" : "b",
      thread: 1,
      started_ns: id,
      duration_ns: 5,
      own_ns: 5,
      running_ns: 5,
      outcome: "returned",
    })),
  };
  await one[Symbol.asyncDispose]();
  await using store = await recording("m:main\n  m:a x 2", second);
  const both = { ...store, runs: [{ ...runInfo, run: "other" }, runInfo] };
  const folded = await foldedTree(both, { roots: everything, rootsBy: "thread", depth: 3, breadth: 10 });
  const counts = Object.fromEntries(Object.entries(sums(folded)).map(([path, [count]]) => [path, count]));
  expect(counts).toEqual({ "/m.main": 1, "/m.main/m.a": 2, "/n.main": 1, "/n.main/n.b": 1 });
});

test("what the breadth or the depth leaves out is counted", async () => {
  await using store = await recording(`
    m:main
      m:a ~9ms x 2
        m:deep
      m:b ~5ms
      m:c ~1ms x 4
  `);
  const [narrow] = await foldedTree(store, { roots: everything, rootsBy: "thread", depth: 3, breadth: 1 });
  expect(narrow?.children.map((node) => node.function)).toEqual(["a"]);
  expect(narrow?.left_out).toBe(5);
  const [shallow] = await foldedTree(store, { roots: everything, rootsBy: "thread", depth: 1, breadth: 10 });
  expect(shallow?.children.map((node) => [node.function, node.left_out])).toEqual([
    ["a", 2],
    ["b", 0],
    ["c", 0],
  ]);
});

test("flow from a call shows only that one, from a function all its outermost calls", async () => {
  await using store = await recording(`
    m:main
      m:fib -> 3
        m:fib -> 2
          m:fib -> 1
        m:fib -> 1
      m:other
        m:fib -> 1
  `);
  const from = async (text: string) => (await flow.run(flow.input.parse({ from: text }), contextOf(store))).data;
  const one = await from("c3");
  expect(one.order).toBe("exact");
  expect(sums(one.roots)).toEqual({
    "/m.fib": [1, 20_000, 10_000, 0, 0, 0],
    "/m.fib/m.fib": [1, 10_000, 10_000, 0, 0, 0],
  });
  const all = await from("fib");
  expect(all.roots.map((node) => [node.function, node.count])).toEqual([["fib", 2]]);
  await expect(from("c99")).rejects.toThrow("There is no call c99");
  expect((await from("fob")).absent?.did_you_mean).toEqual(["m.fib"]);
});

test("a deep recursion is drawn without one of ours", async () => {
  const lines = Array.from({ length: 3000 }, (_, depth) => `${" ".repeat(depth)}m:down`);
  const rows = lines.length;
  await using store = await recording("m:down");
  await store.query("DELETE FROM calls");
  await store.query(`INSERT INTO calls BY NAME SELECT '${runInfo.run}' AS run, 1 AS process, i AS id, nullif(i - 1, 0) AS parent_id, nullif(i - 1, 0) AS stack_parent_id, 1 AS function_id,
    'm' AS module, 'down' AS function, 1 AS thread, i AS started_ns, 2 * (${rows} - i) AS duration_ns, 1 AS own_ns, 1 AS running_ns, 'returned' AS outcome FROM range(1, ${rows + 1}) r(i)`);
  const tree = await exactTreeFrom(store, { process: 1, id: 1 }, 5);
  expect(sums(tree ?? [])["/m.down"]?.[0]).toBe(1);
  const { data } = await flow.run(flow.input.parse({ module: "m" }), contextOf(store));
  expect(data.roots).toHaveLength(1);
  const deepest = await call.run(call.input.parse({ call: `c${rows}` }), contextOf(store));
  expect(deepest.data.ancestors).toHaveLength(1000);
  expect(call.text(deepest, { columns: 80, colour: false, budget: 2000 })).toContain("… 984 more calls between");
});
