// Draws functions by time, as a table.

import type { SlowData, SlowFunction } from "../operations/slow.ts";
import type { Style } from "../operations/operation.ts";
import { linesThatFit } from "./budget.ts";
import { counted, duration, share, thousands } from "./numbers.ts";
import { paint } from "./paint.ts";
import { place, shortName } from "./place.ts";
import { table, type Column } from "./table.ts";
import { wrap } from "./fit.ts";

export function slowText(data: SlowData, style: Style): string {
  if (data.functions.length === 0) return "no calls were recorded";
  const shown = data.functions.slice(0, linesThatFit(style, 1, 90));
  const left = data.left + data.functions.length - shown.length;
  return [
    ...slowTable(shown, data.own_ns, style),
    ...(left > 0 ? [paint(style).missing(`… ${counted(left, "more function")}: --limit, --budget`)] : []),
    ...notes(shown, style),
  ].join("\n");
}

function slowTable(functions: readonly SlowFunction[], allOwn: number, style: Style): string[] {
  const { name, aside } = paint(style);
  const waiting = functions.some((each) => each.waiting_ns > 0);
  const wide = style.columns >= 110;
  const right = (title: string): Column => ({ title, align: "right" });
  const columns: Column[] = [
    { title: "function", cut: "start", paint: name },
    right("calls"),
    right("own"),
    ...(wide ? [right("")] : []),
    right("total"),
    ...(waiting ? [right("waiting")] : []),
    ...(wide || !waiting ? [right("p50")] : []),
    right("p95"),
    ...(wide ? [right("p99")] : []),
    right("max"),
    ...(wide ? [{ title: "place", cut: "start", paint: aside } as const] : []),
  ];
  const rows = functions.map((each) => [
    shortName(each),
    thousands(each.count) + (each.counted > 0 ? "*" : ""),
    each.open === each.count ? "" : duration(each.own_ns),
    ...(wide ? [share(each.own_ns, allOwn)] : []),
    each.open === each.count ? "" : duration(each.total_ns),
    ...(waiting ? [each.waiting_ns > 0 ? duration(each.waiting_ns) : ""] : []),
    ...(wide || !waiting ? [quantile(each.p50_ns)] : []),
    quantile(each.p95_ns),
    ...(wide ? [quantile(each.p99_ns)] : []),
    each.open === each.count ? "" : duration(each.max_ns),
    ...(wide ? [place(each.file, each.line)] : []),
  ]);
  return table(columns, rows, style);
}

function quantile(ns: number | null): string {
  return ns === null ? "" : duration(ns);
}

function notes(functions: readonly SlowFunction[], style: Style): string[] {
  const { aside } = paint(style);
  const counts = functions.reduce((sum, each) => sum + each.counted, 0);
  const open = functions.reduce((sum, each) => sum + each.open, 0);
  const texts = [
    ...(counts > 0
      ? [
          `* ${counted(counts, "call")} of these counted and timed only: count, total and max are exact, own is estimated, percentiles are of recorded calls`,
        ]
      : []),
    ...(open > 0 ? [`calls that never returned (${thousands(open)}) add no time`] : []),
  ];
  return texts.flatMap((text) => wrap(text, style.columns, "  ")).map(aside);
}

/** Short list for the report: name, calls, own time. */
export function slowestLines(functions: readonly SlowFunction[], allOwn: number, style: Style): string[] {
  const { name, aside } = paint(style);
  return table(
    [
      { title: "function", cut: "start", paint: name },
      { title: "calls", align: "right" },
      { title: "own", align: "right" },
      { title: "", align: "right" },
      { title: "total", align: "right" },
      { title: "place", cut: "start", paint: aside },
    ],
    functions.map((each) => [
      shortName(each),
      thousands(each.count),
      duration(each.own_ns),
      share(each.own_ns, allOwn),
      duration(each.total_ns),
      place(each.file, each.line),
    ]),
    style,
  );
}
