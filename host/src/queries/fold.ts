// Folding of a call tree, pure: calls become nodes, and neighbours that are calls of the same function become one node
// with their count. Where folding neighbours leaves too many (a, b, a, b, …), all calls of a function under one parent
// are folded, in the order of their first.

import { later, type TreeNode } from "../answers/tree.ts";
import { groupBy } from "./group-by.ts";

/** More groups than this under one node are folded by function, whatever lies between them. */
const mostGroups = 12;

/** Siblings in time order, folded; their children too. */
export function foldSiblings(nodes: readonly TreeNode[]): TreeNode[] {
  const groups: TreeNode[][] = [];
  for (const node of nodes) {
    const last = groups.at(-1);
    if (last?.[0] !== undefined && sameKind(last[0]) === sameKind(node)) last.push(node);
    else groups.push([node]);
  }
  const fewer = groups.length > mostGroups ? [...groupBy(nodes, sameKind).values()] : groups;
  return fewer.map(merge);
}

function sameKind(node: TreeNode): string {
  return `${node.module}\t${node.function}\t${node.line}\t${kindOf(node.on)}`;
}

/** One node for several calls of the same function. */
function merge(group: readonly TreeNode[]): TreeNode {
  const [first, ...others] = group;
  if (first === undefined) throw new Error("nothing to merge");
  if (others.length === 0) return { ...first, children: foldSiblings(first.children) };
  const add = (of: (node: TreeNode) => number) => group.reduce((sum, node) => sum + of(node), 0);
  return {
    ...first,
    count: add((node) => node.count),
    total_ns: add((node) => node.total_ns),
    own_ns: add((node) => node.own_ns),
    waiting_ns: add((node) => node.waiting_ns),
    raised: add((node) => node.raised),
    open: add((node) => node.open),
    left_out: add((node) => node.left_out),
    on: mergedOn(group),
    children: mergeChildren(group.map((node) => foldSiblings(node.children))),
  };
}

/** If all calls did the same in the same order, so does the folded one; else what they did is folded by function. */
function mergeChildren(lists: readonly TreeNode[][]): TreeNode[] {
  const [first = [], ...others] = lists;
  const order = first.map(sameKind).join("\n");
  if (others.every((each) => each.map(sameKind).join("\n") === order)) {
    return first.map((_, index) => merge(lists.flatMap((each) => each[index] ?? [])));
  }
  return [...groupBy(lists.flat(), sameKind).values()].map(merge);
}

function kindOf(on: string | null): string {
  if (on === null || on === later) return on ?? "";
  return /process|thread|task/.exec(on)?.[0] ?? "";
}

function mergedOn(group: readonly TreeNode[]): string | null {
  const on = group[0]?.on ?? null;
  if (on === null || group.every((node) => node.on === on)) return on;
  const count = group.reduce((sum, node) => sum + node.count, 0);
  const kind = kindOf(on);
  return `${count} ${kind}${kind === "process" ? "es" : "s"}`;
}

/** Only nodes that are wanted; the children of the others move up to the nearest that is. */
export function keepOnly(nodes: readonly TreeNode[], wanted: (node: TreeNode) => boolean): TreeNode[] {
  return nodes.flatMap((node) => {
    const children = keepOnly(node.children, wanted);
    return wanted(node) ? [{ ...node, children }] : children;
  });
}

/** The tree down to `depth` levels below its roots; what is deeper is counted where it was cut off. */
export function cutDepth(nodes: readonly TreeNode[], depth: number): TreeNode[] {
  return nodes.map((node) => {
    if (depth > 0) return { ...node, children: cutDepth(node.children, depth - 1) };
    const below = node.children.reduce((sum, child) => sum + child.count, 0);
    return { ...node, children: [], left_out: node.left_out + below };
  });
}
