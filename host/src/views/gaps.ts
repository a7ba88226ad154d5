// Draws the gaps: packages with the pattern that would record them, then their callees.

import type { GapPackage, GapsData } from "../operations/gaps.ts";
import type { Style } from "../operations/operation.ts";
import { linesThatFit } from "./budget.ts";
import { wrap } from "./fit.ts";
import { counted, thousands } from "./numbers.ts";
import { paint } from "./paint.ts";
import { dotted } from "./place.ts";
import { table } from "./table.ts";

export function gapsText(data: GapsData, style: Style): string {
  if (data.packages.length === 0) return "no gaps: everything that recorded code called was recorded";
  const recordable = data.packages.filter((each) => each.recordable);
  const shown = data.untraced_calls.slice(0, linesThatFit(style, 0.6, 80));
  const left = data.left + data.untraced_calls.length - shown.length;
  const { missing } = paint(style);
  return [
    ...packageLines(recordable, linesThatFit(style, 0.3), style),
    ...unrecordableLines(data.packages, style),
    ...(shown.length === 0 ? [] : ["", ...calleeLines({ ...data, untraced_calls: shown }, style)]),
    ...(left > 0 ? [missing(`… ${counted(left, "more callee")}: --module, --limit, --budget`)] : []),
  ].join("\n");
}

export function packageLines(packages: readonly GapPackage[], most: number, style: Style): string[] {
  const { name, command, missing } = paint(style);
  const shown = packages.slice(0, most);
  const left = packages.length - shown.length;
  return [
    ...table(
      [
        { title: "package", cut: "end", paint: name },
        { title: "callees", align: "right" },
        { title: "calls", align: "right" },
        { title: "to record it", cut: "end", paint: command },
      ],
      shown.map((each) => [each.package, thousands(each.callees), calls(each), includes(each)]),
      style,
    ),
    ...(left > 0 ? [missing(`… ${counted(left, "more package")}`)] : []),
  ];
}

/** Those that no pattern would record: native code, and callees of which only the expression is known that called them. */
function unrecordableLines(packages: readonly GapPackage[], style: Style): string[] {
  const others = packages.filter((each) => !each.recordable);
  const native = others.filter((each) => each.package !== "");
  const names = native.slice(0, 4).map((each) => each.package);
  const more = native.length > names.length ? ", …" : "";
  return [
    ...sumLines("native code, which cannot be recorded", native, ` (${names.join(", ")}${more})`, style),
    ...sumLines(
      "methods and globals of the language, and what else no import names",
      others.filter((each) => each.package === ""),
      "",
      style,
    ),
  ];
}

function sumLines(says: string, packages: readonly GapPackage[], which: string, style: Style): string[] {
  if (packages.length === 0) return [];
  const callees = packages.reduce((sum, each) => sum + each.callees, 0);
  const count = packages.reduce((sum, each) => sum + each.call_count, 0);
  const text = `${says}: ${counted(callees, "callee")}, ${counted(count, "call")}${which}`;
  return wrap(text, style.columns, "  ").map(paint(style).aside);
}

function calleeLines(data: GapsData, style: Style): string[] {
  const { name, aside } = paint(style);
  return table(
    [
      { title: "callee", cut: "start", paint: name },
      { title: "kind" },
      { title: "calls", align: "right" },
      { title: "called by", cut: "start", paint: aside },
    ],
    data.untraced_calls.map((each) => [dotted(each), each.kind, calls(each), callers(each.called_by)]),
    style,
  );
}

function calls(gap: { readonly call_count: number; readonly at_least: boolean }): string {
  return `${gap.at_least ? "≥ " : ""}${thousands(gap.call_count)}`;
}

function callers(names: readonly string[]): string {
  const [first = "", ...others] = names;
  return others.length === 0 ? first : `${first} and ${thousands(others.length)} more`;
}

function includes(each: GapPackage): string {
  const [first = "", ...others] = each.suggested_include;
  const pattern =
    others.length > 0 && each.suggested_include.every((one) => one.startsWith(each.package))
      ? `${each.package}.*`
      : first;
  return `--include '${pattern}'`;
}
