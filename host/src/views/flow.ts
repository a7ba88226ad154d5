// Draws the flow: the tree, and what kind of order it is in.

import type { FlowData } from "../operations/flow.ts";
import type { Style } from "../operations/operation.ts";
import { absentLines } from "./absent.ts";
import { linesThatFit } from "./budget.ts";
import { wrap } from "./fit.ts";
import { paint } from "./paint.ts";
import { treeLines } from "./tree.ts";

export function flowText(data: FlowData, style: Style): string {
  if (data.absent !== null) return absentLines(data.absent, style).join("\n");
  if (data.roots.length === 0) return "no calls were recorded";
  const order =
    data.order === "exact"
      ? []
      : [
          "",
          ...wrap(
            "folded by function, in the order of first call; --from c42 shows one call in exact order",
            style.columns,
          ).map(paint(style).aside),
        ];
  return [...treeLines(data.roots, linesThatFit(style, 1, Math.min(style.columns, 80)), style), ...order].join("\n");
}
