// Draws a folded call tree with box characters, breadth first: when not all nodes fit, whole levels are shown before
// deeper ones, in the last level the nodes with the longest time, and each gap says how much is missing there.

import type { TreeNode } from "../answers/tree.ts";
import type { Style } from "../operations/operation.ts";
import { cut, pad, width } from "./fit.ts";
import { counted, duration, thousands } from "./numbers.ts";
import { paint } from "./paint.ts";
import { place, shortName } from "./place.ts";

/** More children than this of one node wait until all other nodes had their turn. */
const mostChildren = 24;

/** The tree in at most about `most` lines. */
export function treeLines(roots: readonly TreeNode[], most: number, style: Style): string[] {
  const visible = visibleNodes(roots, most);
  const rows: Row[] = [];
  addRows(roots, "", true, visible, rows);
  const times = rows.map((row) => (row.node === null ? "" : timeOf(row.node)));
  const timeWidth = Math.max(0, ...times.map(width));
  const handleWidth = Math.max(0, ...rows.map((row) => row.node?.handle.length ?? 0));
  const room = style.columns - timeWidth - handleWidth - 4;
  const colours = paint(style);
  return rows.map((row, index) => {
    if (row.node === null)
      return colours.aside(row.branch) + colours.missing(cut(row.says, style.columns - width(row.branch)));
    const left = nodeText(row.node, row.branch, row.hidden, room, style);
    const right = `${pad(times[index] ?? "", timeWidth, "right")}  ${colours.handle(row.node.handle)}`;
    return `${left}  ${right}`;
  });
}

type Row =
  | { readonly node: TreeNode; readonly branch: string; readonly hidden: number }
  | { readonly node: null; readonly branch: string; readonly says: string };

/** Level by level, until the lines are used up. */
function visibleNodes(roots: readonly TreeNode[], most: number): Set<TreeNode> {
  const visible = new Set<TreeNode>();
  let level = longest(roots, mostChildren);
  let left = most;
  while (level.length > 0 && left > 0) {
    const shown = longest(level, left);
    for (const node of shown) visible.add(node);
    left -= shown.length;
    level = shown.flatMap((node) => longest(node.children, mostChildren));
  }
  return visible;
}

function longest(nodes: readonly TreeNode[], most: number): TreeNode[] {
  if (nodes.length <= most) return [...nodes];
  return nodes.toSorted((a, b) => b.total_ns - a.total_ns || b.count - a.count).slice(0, most);
}

function addRows(
  nodes: readonly TreeNode[],
  branch: string,
  top: boolean,
  visible: ReadonlySet<TreeNode>,
  rows: Row[],
  leftOut = 0,
): void {
  const shown = nodes.filter((node) => visible.has(node));
  const hidden = nodes.filter((node) => !visible.has(node));
  const missing = leftOut + hidden.reduce((sum, node) => sum + node.count, 0);
  for (const [index, node] of shown.entries()) {
    const last = index === shown.length - 1 && missing === 0;
    const anyChild = node.children.some((child) => visible.has(child));
    const below = anyChild ? 0 : node.left_out + node.children.reduce((sum, child) => sum + child.count, 0);
    rows.push({ node, branch: top ? "" : `${branch}${last ? "└─ " : "├─ "}`, hidden: below });
    if (!anyChild) continue;
    addRows(node.children, top ? "" : `${branch}${last ? "   " : "│  "}`, false, visible, rows, node.left_out);
  }
  if (missing > 0) {
    const of = hidden.length > 0 ? ` of ${counted(hidden.length, "more function")}` : "";
    rows.push({ node: null, branch: top ? "" : `${branch}└─ `, says: `… ${counted(missing, "call")}${of}` });
  }
}

function nodeText(node: TreeNode, branch: string, hidden: number, columns: number, style: Style): string {
  const { aside, name, bad, missing } = paint(style);
  const on = node.on === null ? "" : `[${node.on}] `;
  const notes: [text: string, painted: (text: string) => string][] = [];
  if (node.count > 1) notes.push([`x ${thousands(node.count)}`, (text) => text]);
  if (node.raised > 0) notes.push([node.count === 1 ? "raised" : `${thousands(node.raised)} raised`, bad]);
  if (node.open > 0)
    notes.push([node.count === 1 ? "never returned" : `${thousands(node.open)} never returned`, missing]);
  if (node.waiting_ns > 0) notes.push([`waited ${duration(node.waiting_ns)}`, aside]);
  if (hidden > 0) notes.push([`+${thousands(hidden)} below`, missing]);
  const where = place(node.file, node.line);
  if (style.columns >= 100 && where !== "") notes.push([where, aside]);

  let room = columns - width(branch);
  const head = cut(on + shortName(node), Math.max(8, room));
  let text = aside(branch) + aside(head.slice(0, on.length)) + name(head.slice(on.length));
  room -= width(head);
  for (const [note, painted] of notes) {
    const gap = note.startsWith("x ") ? " " : "  ";
    if (width(note) + gap.length > room) continue;
    text += gap + painted(note);
    room -= width(note) + gap.length;
  }
  return text + " ".repeat(Math.max(0, room));
}

function timeOf(node: TreeNode): string {
  return node.open === node.count ? "…" : duration(node.total_ns);
}
