// Draws the report: key figures, tree, most called, slowest, exceptions, gaps. Each part has its share of the budget.

import type { ReportData } from "../operations/report.ts";
import type { Style } from "../operations/operation.ts";
import { fitting, linesThatFit } from "./budget.ts";
import { exceptionLines } from "./exceptions.ts";
import { cut, wrap } from "./fit.ts";
import { packageLines } from "./gaps.ts";
import { part } from "./heading.ts";
import { counted, duration, thousands } from "./numbers.ts";
import { paint } from "./paint.ts";
import { place, shortName } from "./place.ts";
import { slowestLines } from "./slow.ts";
import { table } from "./table.ts";
import { treeLines } from "./tree.ts";

export function reportText(data: ReportData, style: Style): string {
  const { missing } = paint(style);
  const exceptions = fitting(data.left, (each) => exceptionLines(each, style), style, 0.25);
  const more = data.exceptions_left - exceptions.shown;
  const gapsMore = data.gaps_left > 0 ? [missing(`… ${counted(data.gaps_left, "more package")}: spoor gaps`)] : [];
  return [
    ...figureLines(data, style),
    ...part("call tree", treeLines(data.tree, linesThatFit(style, 0.35, Math.min(80, style.columns)), style), style),
    ...part("slowest by own time", slowestLines(data.slowest, data.own_ns, style), style),
    ...part("most called", mostCalledLines(data, style), style),
    ...part("exceptions that left", exceptions.lines, style),
    ...(more > 0 && exceptions.shown > 0 ? [missing(`… ${thousands(more)} more: spoor exceptions`)] : []),
    ...part("not recorded", [...packageLines(data.gaps, data.gaps.length, style), ...gapsMore], style),
  ].join("\n");
}

function figureLines(data: ReportData, style: Style): string[] {
  const { bad, missing } = paint(style);
  const many = (count: number, one: string, several?: string) => (count === 0 ? [] : [counted(count, one, several)]);
  const threads = data.threads > data.processes ? many(data.threads, "thread") : [];
  const ran = [
    ...many(data.processes, "process", "processes"),
    ...threads,
    ...many(data.tasks, "task"),
    counted(data.functions, "function"),
    counted(data.calls, "call") + (data.counted === 0 ? "" : ` + ${thousands(data.counted)} counted`),
    data.exceptions === 0
      ? "no exceptions"
      : `${counted(data.exceptions, "exception")} (${data.exceptions_left === 0 ? "none" : thousands(data.exceptions_left)} left recorded code)`,
  ].join(", ");
  const { text, good } = ending(data);
  const took = `took ${duration(data.duration_ns)}`;
  return [
    `${took}, ${good ? text : bad(text)}`,
    ...wrap(ran, style.columns),
    ...(data.open > 0 ? [missing(`${counted(data.open, "call")} never returned`)] : []),
  ];
}

function ending(data: ReportData): { readonly text: string; readonly good: boolean } {
  if (data.timed_out) return { text: "timed out", good: false };
  if (data.signal !== null) return { text: `ended by ${data.signal}`, good: false };
  if (data.exit_code !== null) return { text: `exit code ${data.exit_code}`, good: data.exit_code === 0 };
  if (data.status === "running") return { text: "still running", good: true };
  return { text: "nobody saw how it ended", good: false };
}

function mostCalledLines(data: ReportData, style: Style): string[] {
  const { name, aside } = paint(style);
  return table(
    [
      { title: "function", cut: "start", paint: name },
      { title: "calls", align: "right" },
      { title: "mean", align: "right" },
      { title: "place", cut: "start", paint: aside },
    ],
    data.most_called.map((each) => [
      cut(shortName(each), 60),
      thousands(each.count),
      duration(each.total_ns / Math.max(1, each.count)),
      place(each.file, each.line),
    ]),
    style,
  );
}
