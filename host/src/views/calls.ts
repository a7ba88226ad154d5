// Draws the calls of a function: one entry a call, with outcome, caller and folded callees under it.

import type { CallShape } from "../answers/call.ts";
import type { CallsData } from "../operations/calls.ts";
import type { Style } from "../operations/operation.ts";
import { absentLines } from "./absent.ts";
import { fitting } from "./budget.ts";
import { cut, spread, width, wrap } from "./fit.ts";
import { counted, duration, thousands } from "./numbers.ts";
import { paint } from "./paint.ts";
import { dotted, place, shortName } from "./place.ts";
import { callText, languageOf, valueText } from "./value.ts";

export function callsText(data: CallsData, style: Style): string {
  if (data.absent !== null) return absentLines(data.absent, style).join("\n");
  const several = new Set(data.calls.map((call) => call.run)).size > 1;
  const indent = Math.max(4, ...data.calls.map((call) => call.handle.length)) + 1;
  const entries = fitting(data.calls, (call) => callLines(call, { withRun: several, indent }, style), style, 0.8);
  return [
    ...functionLines(data, style),
    ...summaryLines(data, style),
    ...(entries.lines.length === 0 ? [] : ["", ...entries.lines]),
    ...moreLines(data, entries.shown, style),
  ].join("\n");
}

function functionLines(data: CallsData, style: Style): string[] {
  const { name, aside, missing } = paint(style);
  const shown = data.functions.slice(0, 8);
  const left = data.functions.length - shown.length + data.functions_left_out;
  return [
    ...shown.map((each) => {
      const where = place(each.file, each.line);
      const calls = data.functions.length > 1 ? `  ${counted(each.calls, "call")}` : "";
      const room = style.columns - width(calls) - width(where) - 2;
      return `${name(cut(dotted(each), Math.max(20, room)))}  ${aside(where)}${calls}`;
    }),
    ...(left > 0 ? [missing(`… and ${counted(left, "more function")} that ${data.asked} matches`)] : []),
  ];
}

function summaryLines(data: CallsData, style: Style): string[] {
  const { missing } = paint(style);
  const calls = data.filtered
    ? `${thousands(data.matched)} of ${counted(data.recorded, "call")} match`
    : `${counted(data.recorded, "call")} recorded`;
  const unseen =
    data.unseen === 0
      ? []
      : wrap(
          `of ${thousands(data.unseen)} it is not known: what the filters ask for was cut there, or not opened (spoor run --values full)`,
          style.columns,
          "  ",
        ).map(missing);
  if (data.counted === null) return [calls, ...unseen];
  const { calls: more, total_ns, max_ns, why } = data.counted;
  const mean = more === 0 || total_ns === 0 ? "" : `, mean ${duration(total_ns / more)}, max ${duration(max_ns)}`;
  const unfiltered = data.filtered ? "; filters cannot see them" : "";
  return [
    calls,
    ...unseen,
    ...wrap(
      `${thousands(more)} more counted, not recorded one by one (${why.join(", ")})${mean}${unfiltered}`,
      style.columns,
      "  ",
    ).map(missing),
  ];
}

/** One call: handle, arguments and time; then outcome, caller, callees. */
export function callLines(
  call: CallShape,
  layout: { readonly withRun: boolean; readonly indent: number },
  style: Style,
): string[] {
  const { handle, aside } = paint(style);
  const indent = " ".repeat(layout.indent);
  const label = call.handle.padEnd(indent.length - 1);
  const time = duration(call.duration_ns);
  const room = style.columns - width(label) - 1;
  const head = callText(shortName(call), call.args, room - width(time) - 2, languageOf(call));
  const outcomeLine = `${indent}${outcomeText(call, style.columns - indent.length, style)}`;
  const from = [
    ...(layout.withRun ? [call.run] : []),
    call.called_by === null ? "called from outside" : `by ${shortName(call.called_by)} ${call.called_by.handle}`,
    ...where(call),
    ...calleesText(call),
  ].join(" · ");
  return [`${handle(label)} ${spread(head, time, room)}`, outcomeLine, aside(cut(`${indent}${from}`, style.columns))];
}

function where(call: CallShape): string[] {
  const main = call.thread.kind === "thread" && call.thread.thread === 1;
  return [
    ...(call.process === 1 ? [] : [`process ${call.process}`]),
    ...(main ? [] : [`${call.thread.kind} ${call.thread.name}`]),
  ];
}

function calleesText(call: CallShape): string[] {
  if (call.calls_made.length === 0) return [];
  const shown = call.calls_made.slice(0, 3).map((each) => `${shortName(each)}${times(each.count)}`);
  const left = call.calls_made.length - shown.length;
  return [`calls ${shown.join(", ")}${left > 0 ? `, ${left} more` : ""}`];
}

/** ` x 1,204`, nothing for once. */
export function times(count: number): string {
  return count === 1 ? "" : ` x ${thousands(count)}`;
}

/** What became of a call, in one painted line. */
export function outcomeText(call: CallShape, columns: number, style: Style): string {
  const { bad, missing, aside, handle } = paint(style);
  switch (call.outcome) {
    case "returned":
      return call.result_captured
        ? `→ ${valueText(call.result, columns - 2, languageOf(call))}`
        : aside("→ result not captured");
    case "raised": {
      const exception = call.exception;
      if (exception === null) return bad("✗ raised");
      const message = exception.message === null || exception.message === "" ? "" : `: ${exception.message}`;
      const says = `✗ ${exception.type}${message}`.replaceAll(/\s+/g, " ");
      return `${bad(cut(says, columns - exception.handle.length - 2))}  ${handle(exception.handle)}`;
    }
    case "closed":
      return aside("closed before it was done");
    case "running":
      return missing(unendedText(call));
  }
}

function unendedText({ unended, kind }: CallShape): string {
  const waits = kind.endsWith("generator") ? "suspended" : "waiting";
  switch (unended) {
    case "running":
      return "not returned yet";
    case "waiting":
      return `not returned yet: ${waits}`;
    case "exited":
      return "never returned: the process exited";
    case "exited_waiting":
      return `never returned: still ${waits} when the process exited`;
    case "died":
      return "never returned: its process died";
    case null:
      return "never returned";
  }
}

function moreLines(data: CallsData, shown: number, style: Style): string[] {
  const { missing } = paint(style);
  const left = data.left + data.calls.length - shown;
  if (left === 0) return [];
  const last = data.calls[shown - 1]?.handle;
  return ["", missing(`… ${counted(left, "more call")}: --after ${last ?? ""}, or --limit and --budget`)];
}
