// Rows of a user's query as a table, CSV (RFC 4180) or one JSON object a line.

import type { SqlData } from "../operations/sql.ts";
import type { Style } from "../operations/operation.ts";
import { linesThatFit } from "./budget.ts";
import { counted } from "./numbers.ts";
import { paint } from "./paint.ts";
import { table, type Column } from "./table.ts";

export function sqlTextOf(data: SqlData, style: Style): string {
  switch (data.format) {
    case "csv":
      return [data.columns, ...data.rows.map((row) => row.map(cellText))]
        .map((row) => row.map(csvCell).join(","))
        .join("\r\n");
    case "jsonl":
      return data.rows
        .map((row) =>
          JSON.stringify(Object.fromEntries(data.columns.map((name, index) => [name, row[index]])), bigintsAsText),
        )
        .join("\n");
    case "table":
      return tableText(data, style);
  }
}

function tableText(data: SqlData, style: Style): string {
  const { missing, aside } = paint(style);
  if (data.rows.length === 0) return aside(`no rows (${data.columns.join(", ")})`);
  const shown = data.rows.slice(0, linesThatFit(style, 1, Math.min(style.columns, 80)));
  const columns = data.columns.map((title, index): Column => {
    const numbers = data.rows.every((row) => row[index] === null || ["number", "bigint"].includes(typeof row[index]));
    return numbers ? { title, align: "right" } : { title, cut: "end" };
  });
  const left = data.rows.length - shown.length;
  return [
    ...table(
      columns,
      shown.map((row) => row.map((cell) => cellText(cell).replaceAll(/\s+/g, " "))),
      style,
    ),
    ...(left > 0 ? [missing(`… ${counted(left, "more row")}: --budget, or --format csv`)] : []),
    ...(data.truncated ? [missing(`stopped at ${counted(data.rows.length, "row")}; there are more: --rows`)] : []),
  ].join("\n");
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return "";
  if (typeof cell === "string") return cell;
  if (cell instanceof Date) return cell.toISOString();
  return JSON.stringify(cell, bigintsAsText) ?? "";
}

function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function bigintsAsText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
