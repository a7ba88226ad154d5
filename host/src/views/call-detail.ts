// Draws one call: how it came about, its values, what it called, when it waited, what was raised.

import { isClosedAsHot, type Value } from "@spoor/protocol/values";
import type { Ancestor, CallDetail } from "../answers/call-detail.ts";
import type { CallShape, Folded } from "../answers/call.ts";
import type { Style } from "../operations/operation.ts";
import { linesThatFit } from "./budget.ts";
import { outcomeText, times } from "./calls.ts";
import { exceptionLines } from "./exceptions.ts";
import { cut, wrap } from "./fit.ts";
import { part } from "./heading.ts";
import { counted, duration } from "./numbers.ts";
import { paint } from "./paint.ts";
import { dotted, place, shortName } from "./place.ts";
import { table } from "./table.ts";
import { languageOf, valueText } from "./value.ts";

export function callDetailText(detail: CallDetail, style: Style): string {
  const { call } = detail;
  return [
    ...headLines(call, style),
    ...valueLines(call, style),
    ...unopenedLines(detail, style),
    ...part("called by", ancestorLines(detail, style), style),
    ...part("calls", childLines(call.calls_made, style), style),
    ...part("suspended", suspensionLines(detail, style), style),
    ...part("left by", detail.exception === null ? [] : exceptionLines(detail.exception, style), style),
    ...part(
      "raised inside and handled",
      detail.exceptions_inside.flatMap((each) => exceptionLines(each, style)),
      style,
    ),
  ].join("\n");
}

function headLines(call: CallShape, style: Style): string[] {
  const { handle, name, aside } = paint(style);
  const waited = call.duration_ns !== null && call.running_ns !== null ? call.duration_ns - call.running_ns : 0;
  const facts = [
    `started ${duration(call.started_ns)} into the run`,
    ...(call.duration_ns === null ? [] : [`took ${duration(call.duration_ns)}`]),
    ...(call.own_ns === null ? [] : [`own ${duration(call.own_ns)}`]),
    ...(waited > 0 ? [`waited ${duration(waited)} in ${counted(call.suspends, "suspension")}`] : []),
    ...(call.process === 1 ? [] : [`process ${call.process}`]),
    `${call.thread.kind} ${call.thread.name}`,
  ];
  return [
    `${handle(call.handle)} ${name(cut(dotted(call), style.columns - 20))}  ${aside(place(call.file, call.line))}`,
    ...wrap(facts.join(", "), style.columns),
  ];
}

/** Arguments one a line, then the outcome; each at most three lines long. */
function valueLines(call: CallShape, style: Style): string[] {
  const entries = Object.entries(call.args ?? {});
  const args =
    call.args === null
      ? ["arguments not captured"]
      : entries.flatMap(([key, value]) => {
          const text = `${key} = ${valueText(value, 3 * (style.columns - 4), languageOf(call))}`;
          return wrap(text, style.columns - 2, "    ").map((line) => `  ${cut(line, style.columns - 2)}`);
        });
  return ["", ...args, `  ${outcomeText(call, style.columns - 2, style)}`];
}

/** Why insides are missing, and what would show them. */
function unopenedLines({ call, suspensions }: CallDetail, style: Style): string[] {
  const values = [...Object.values(call.args ?? {}), call.result, ...suspensions.map(({ value }) => value)];
  if (!values.some((value) => isClosedAsHot(value as Value))) return [];
  const { missing } = paint(style);
  const says =
    "… not opened: of a function that is called often, values are opened at one call in sixty-four (spoor run --hot-values 100000 opens them at more calls)";
  return wrap(says, style.columns - 2, "  ").map((line) => missing(`  ${line}`));
}

/** Innermost last; the middle of a deep stack is folded. */
function ancestorLines({ ancestors, ancestors_cut }: CallDetail, style: Style): string[] {
  const { handle, missing } = paint(style);
  const first = 4;
  const last = 12;
  const line = (each: Ancestor, level: number) => {
    const indent = "  ".repeat(Math.min(level, 16));
    const on = each.on === null ? (each.via === "later" ? ", which caused later" : "") : `, which started ${each.on}`;
    return `${indent}${cut(shortName(each), style.columns - indent.length - 40)} ${handle(each.handle)}${on}`;
  };
  if (ancestors.length <= first + last) return ancestors.map(line);
  const left = ancestors.length - first - last;
  return [
    ...(ancestors_cut ? [missing("… more calls before")] : []),
    ...ancestors.slice(0, first).map(line),
    missing(`${"  ".repeat(first)}… ${counted(left, "more call")} between`),
    ...ancestors.slice(-last).map((each, index) => line(each, first + 1 + index)),
  ];
}

function childLines(children: readonly Folded[], style: Style): string[] {
  const { handle, name, missing } = paint(style);
  const shown = children.slice(0, linesThatFit(style, 0.3));
  const left = children.length - shown.length;
  return [
    ...table(
      [
        { title: "first", paint: handle },
        { title: "function", cut: "start", paint: name },
        { title: "total", align: "right" },
        { title: "raised", align: "right" },
      ],
      shown.map((each) => [
        each.handle,
        `${each.later ? "[later] " : ""}${shortName(each)}${times(each.count)}`,
        duration(each.total_ns),
        each.raised === 0 ? "" : String(each.raised),
      ]),
      style,
    ),
    ...(left > 0 ? [missing(`… ${counted(left, "more function")}`)] : []),
  ];
}

function suspensionLines(detail: CallDetail, style: Style): string[] {
  const { missing } = paint(style);
  const start = detail.call.started_ns;
  const { suspensions_left: left, suspensions_counted: only } = detail;
  const yields = detail.suspensions.some((each) => each.value !== null);
  return [
    ...table(
      [
        { title: "after", align: "right" },
        { title: "for", align: "right" },
        { title: "resumed by" },
        { title: yields ? "yielded" : "", cut: "end" },
      ],
      detail.suspensions.map((each) => [
        duration(each.suspended_ns - start),
        each.resumed_ns === null ? "…" : duration(each.resumed_ns - each.suspended_ns),
        each.resumed_by ?? "",
        each.value === null ? "" : valueText(each.value, 60, languageOf(detail.call)),
      ]),
      style,
    ),
    ...(left > 0 ? [missing(`… ${counted(left, "more suspension")}`)] : []),
    ...(only > 0 ? [missing(`… ${counted(only, "more suspension")} counted only`)] : []),
  ];
}
