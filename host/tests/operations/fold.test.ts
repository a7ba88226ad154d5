// Folding of call trees: pictures, and what must hold for any tree.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TreeNode } from "../../src/answers/tree.ts";
import { cutDepth, foldSiblings, keepOnly } from "../../src/queries/fold.ts";

/** A tree as indented text: `f x 3` for folded calls. */
function drawn(nodes: readonly TreeNode[], indent = ""): string {
  return nodes
    .map((node) => {
      const times = node.count === 1 ? "" : ` x ${node.count}`;
      const left = node.left_out === 0 ? "" : ` +${node.left_out}`;
      return `${indent}${node.function}${times}${left}\n${drawn(node.children, `${indent}  `)}`;
    })
    .join("");
}

let calls = 0;
function node(name: string, children: TreeNode[] = [], on: string | null = null): TreeNode {
  calls += 1;
  return {
    handle: `c${calls}`,
    module: "m",
    function: name,
    file: null,
    line: 1,
    kind: "function",
    count: 1,
    total_ns: 10,
    own_ns: 1,
    waiting_ns: 0,
    raised: 0,
    open: 0,
    on,
    children,
    left_out: 0,
  };
}

/** `a(b,c(d))` as nodes. */
function tree(text: string): TreeNode[] {
  let at = 0;
  const list = (): TreeNode[] => {
    const nodes: TreeNode[] = [];
    while (at < text.length && text[at] !== ")") {
      const name = /^[\w@]+/.exec(text.slice(at))?.[0] ?? "";
      at += name.length;
      let children: TreeNode[] = [];
      if (text[at] === "(") {
        at += 1;
        children = list();
        at += 1;
      }
      nodes.push(node(name.replace("@", ""), children, name.startsWith("@") ? `task ${at}` : null));
      if (text[at] === ",") at += 1;
    }
    return nodes;
  };
  return list();
}

describe("pictures", () => {
  test.each([
    ["neighbours fold", "a,a,a,b,a", "a x 3\nb\na\n"],
    ["what alike calls did in the same order stays in that order", "a(x,y),a(x,y)", "a x 2\n  x x 2\n  y x 2\n"],
    ["what they did in different order is folded by function", "a(x,y,x),a(y)", "a x 2\n  x x 2\n  y x 2\n"],
    ["what was folded below is folded on", "a(x,x),a(x,x)", "a x 2\n  x x 4\n"],
    ["a task is not folded with a plain call", "a,@a,@a", "a\na x 2\n"],
    ["recursion stays nested", "a(a(a)),a(a)", "a x 2\n  a x 2\n    a\n"],
    ["too many alternations fold by function", "a,b,a,b,a,b,a,b,a,b,a,b,a,b", "a x 7\nb x 7\n"],
    ["few alternations stay", "a,b,a,b", "a\nb\na\nb\n"],
  ])("%s", (_, from, expected) => {
    expect(drawn(foldSiblings(tree(from)))).toBe(expected);
  });

  test("tasks that are folded are counted", () => {
    expect(foldSiblings(tree("@a,@a,@a"))[0]?.on).toBe("3 tasks");
  });

  test("modules that are not wanted give their children to the nearest that is", () => {
    const kept = keepOnly(tree("a(x(b(x(c)))),x(d)"), (each) => each.function !== "x");
    expect(drawn(kept)).toBe("a\n  b\n    c\nd\n");
  });

  test("what is deeper than asked is counted where it was cut", () => {
    expect(drawn(cutDepth(tree("a(b(c,d),e)"), 1))).toBe("a\n  b +2\n  e\n");
  });
});

describe("for any tree", () => {
  // Sizes are set by hand: by default nearly all generated trees would be a node or two.
  const { nodes } = fc.letrec<{ nodes: TreeNode[]; node: TreeNode }>((tie) => ({
    nodes: fc.array(tie("node"), { maxLength: 5, size: "max" }),
    node: fc
      .record({
        name: fc.constantFrom("a", "b", "c"),
        children: fc.oneof({ maxDepth: 4, depthSize: "max" }, fc.constant<TreeNode[]>([]), tie("nodes")),
        on: fc.constantFrom(null, null, "task t"),
      })
      .map(({ name, children, on }) => node(name, children, on)),
  }));
  const all = (trees: readonly TreeNode[]): TreeNode[] => trees.flatMap((each) => [each, ...all(each.children)]);
  const sums = (trees: readonly TreeNode[]) => {
    const flat = all(trees);
    const add = (of: (each: TreeNode) => number) => flat.reduce((sum, each) => sum + of(each), 0);
    return { count: add((each) => each.count), total: add((each) => each.total_ns), own: add((each) => each.own_ns) };
  };
  /** How often each path of functions from a root was called. */
  const paths = (trees: readonly TreeNode[]) => {
    const counts = new Map<string, number>();
    const visit = (each: TreeNode, above: string) => {
      const path = `${above}/${each.function}${each.on === null ? "" : "@"}`;
      counts.set(path, (counts.get(path) ?? 0) + each.count);
      each.children.forEach((child) => visit(child, path));
    };
    trees.forEach((each) => visit(each, ""));
    return Object.fromEntries(counts);
  };

  test("folding loses no call, no time and no path", () => {
    fc.assert(
      fc.property(nodes, (trees) => {
        const folded = foldSiblings(trees);
        expect(sums(folded)).toEqual(sums(trees));
        expect(paths(folded)).toEqual(paths(trees));
      }),
    );
  });

  test("folding again changes nothing, and no two neighbours are alike", () => {
    fc.assert(
      fc.property(nodes, (trees) => {
        const folded = foldSiblings(trees);
        expect(foldSiblings(folded)).toEqual(folded);
        for (const siblings of [folded, ...all(folded).map((each) => each.children)]) {
          const alike = siblings.filter((each, index) => {
            const before = siblings[index - 1];
            return before?.function === each.function && (before.on === null) === (each.on === null);
          });
          expect(alike).toEqual([]);
        }
      }),
    );
  });

  test("cutting counts what it cuts from the next level", () => {
    fc.assert(
      fc.property(nodes, fc.nat(4), (trees, depth) => {
        const cut = cutDepth(trees, depth);
        const left = all(cut).reduce((sum, each) => sum + each.left_out, 0);
        const levels = (each: readonly TreeNode[]): number[] =>
          each.length === 0 ? [] : [each.length, ...levels(each.flatMap((one) => one.children))];
        expect(left).toBe(levels(trees)[depth + 1] ?? 0);
      }),
    );
  });
});
