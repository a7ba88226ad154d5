// Tables that fit the terminal: columns as wide as their widest cell; where that is too much, the columns that may
// shrink give way, the widest first. The last column is not padded, so that no line ends in spaces.

import type { Style } from "../operations/operation.ts";
import { cut, cutStart, pad, width } from "./fit.ts";
import { paint } from "./paint.ts";

export interface Column {
  readonly title: string;
  readonly align?: "left" | "right";
  /** May be cut, `end` with the ellipsis at its end or `start` at its start. Others always keep their width. */
  readonly cut?: "start" | "end";
  readonly paint?: (text: string) => string;
}

const gutter = "  ";
const narrowest = 8;

/** Lines of the table, heading first; nothing at all for no rows. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], style: Style): string[] {
  if (rows.length === 0) return [];
  const widths = fittingWidths(columns, rows, style.columns);
  const line = (cells: readonly string[], heading: boolean) => {
    const lastIndex = cells.findLastIndex((cell) => cell !== "");
    return columns
      .slice(0, lastIndex + 1)
      .map((column, index) => {
        const room = widths[index] ?? 0;
        const fits = (column.cut === "start" ? cutStart : cut)(cells[index] ?? "", room);
        const last = index === lastIndex && column.align !== "right";
        const padded = last ? fits : pad(fits, room, column.align);
        if (heading) return paint(style).aside(padded);
        return column.paint === undefined ? padded : column.paint(padded);
      })
      .join(gutter);
  };
  return [
    line(
      columns.map((column) => column.title),
      true,
    ),
    ...rows.map((cells) => line(cells, false)),
  ];
}

function fittingWidths(columns: readonly Column[], rows: readonly (readonly string[])[], room: number): number[] {
  const widths = columns.map((column, index) =>
    rows.reduce((widest, cells) => Math.max(widest, width(cells[index] ?? "")), width(column.title)),
  );
  let over = widths.reduce((sum, each) => sum + each + gutter.length, -gutter.length) - room;
  while (over > 0) {
    let widest = -1;
    for (const [index, column] of columns.entries()) {
      const each = widths[index] ?? 0;
      if (column.cut === undefined || each <= narrowest) continue;
      if (widest === -1 || each > (widths[widest] ?? 0)) widest = index;
    }
    if (widest === -1) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
    over -= 1;
  }
  return widths;
}
