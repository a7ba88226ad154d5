// Draws exceptions: those that left recorded code with the locals of every frame, then caught ones, folded.

import type { ExceptionShape, Fate, FrameShape } from "../answers/exception.ts";
import type { ExceptionsData, FoldedExceptions } from "../operations/exceptions.ts";
import type { Style } from "../operations/operation.ts";
import { fitting, linesThatFit } from "./budget.ts";
import { cut, wrap } from "./fit.ts";
import { part } from "./heading.ts";
import { counted, thousands } from "./numbers.ts";
import { paint } from "./paint.ts";
import { place, shortName } from "./place.ts";
import { table } from "./table.ts";
import { languageOf, valueText, type Language } from "./value.ts";

export function exceptionsText(data: ExceptionsData, style: Style): string {
  const { missing } = paint(style);
  const entries = fitting(data.exceptions, (each) => ["", ...exceptionLines(each, style)], style, 0.7);
  const left = data.left + data.exceptions.length - entries.shown;
  const foldedRows = data.folded.slice(0, linesThatFit(style, 0.3, 80));
  const foldedLeft = data.folded_left + data.folded.length - foldedRows.length;
  return [
    summary(data),
    ...entries.lines,
    ...(left > 0 ? ["", missing(`… ${counted(left, "more exception")}: --type, --limit, --budget`)] : []),
    ...part("handled", foldedLines(foldedRows, style), style),
    ...(foldedLeft > 0 ? [missing(`… ${counted(foldedLeft, "more kind")}: --limit, --budget`)] : []),
  ].join("\n");
}

function summary({ counts }: ExceptionsData): string {
  const parts: [count: number, what: string][] = [
    [counts.left ?? 0, "left recorded code"],
    [counts.caught ?? 0, "caught"],
    [counts.caught_outside ?? 0, "caught by unrecorded code"],
    [counts.open ?? 0, "open"],
  ];
  const some = parts.filter(([count]) => count > 0).map(([count, what]) => `${thousands(count)} ${what}`);
  return some.length === 0 ? "no exceptions were seen" : `exceptions: ${some.join(", ")}`;
}

/** One exception: type and message, place, fate, frames. */
export function exceptionLines(each: ExceptionShape, style: Style): string[] {
  const { bad, handle, aside } = paint(style);
  const message = each.message === null || each.message === "" ? "" : `: ${each.message}`;
  const [first = "", ...rest] = wrap(
    `${each.type}${message}`.replaceAll(/\s+/g, " "),
    style.columns - each.handle.length - 1,
    "  ",
  );
  const shownRest = rest.slice(0, 3).map((line, index) => (index === 2 && rest.length > 3 ? `${line} …` : line));
  return [
    `${handle(each.handle)} ${bad(first)}`,
    ...shownRest.map(bad),
    ...wrap(fateText(each), style.columns - 3, "  ").map((line) => `   ${line}`),
    ...(each.cause === null ? [] : [aside(cut(`   caused by ${each.cause}`, style.columns))]),
    ...each.frames.flatMap((frame) => frameLines(frame, style)),
  ];
}

function fateText(each: ExceptionShape): string {
  const at = place(each.file, each.line);
  const raised = `raised in ${each.function ?? "?"}${at === "" ? "" : ` at ${at}`}`;
  return `${raised}; ${whatBecame(each)}`;
}

function whatBecame(each: ExceptionShape): string {
  const fatal = each.fatal ? " and ended the program" : "";
  switch (each.fate) {
    case "left": {
      const outermost = each.left_call === null ? "" : `, last ${shortName(each.left_call)} ${each.left_call.handle},`;
      return `left ${counted(each.calls_left, "call")}${outermost}${fatal}`.replace(/,$/, "");
    }
    case "caught":
      return caughtText(each);
    case "caught_outside":
      return `caught by unrecorded code above ${each.left_call?.function ?? "it"}${fatal}`;
    case "open":
      return `not known what became of it${fatal}`;
  }
}

function caughtText(each: Pick<FoldedExceptions, "caught_in" | "caught_file" | "caught_line">): string {
  const by = each.caught_in === null ? "" : ` in ${each.caught_in}`;
  const at = place(each.caught_file, each.caught_line);
  return `caught${by}${at === "" ? "" : ` at ${at}`}`;
}

/** Locals share lines; a long one has its own. */
function frameLines(frame: FrameShape, style: Style): string[] {
  const { name, aside, handle } = paint(style);
  const call = frame.call === null ? "" : ` ${handle(frame.call)}`;
  const head = `   ${aside(place(frame.file, frame.line))} ${name(frame.function)}${call}`;
  const locals = Object.entries(frame.locals ?? {});
  return [head, ...localLines(locals, style.columns - 6, languageOf(frame)).map((line) => `      ${line}`)];
}

function localLines(locals: readonly (readonly [string, unknown])[], columns: number, language: Language): string[] {
  const lines: string[] = [];
  for (const [key, value] of locals) {
    if (key === "$cut") {
      lines.push(`… ${cutText(value)}`);
      continue;
    }
    const text = `${key} = ${valueText(value, Math.max(10, columns - key.length - 3), language)}`;
    const last = lines.at(-1);
    if (last !== undefined && last.length + text.length + 3 <= columns) lines[lines.length - 1] = `${last}   ${text}`;
    else lines.push(cut(text, columns));
  }
  return lines;
}

/** `$cut` among locals (spec/values.md): what a limit left out. */
function cutText(value: unknown): string {
  const { more, why } = value as { more?: number; why?: string };
  return more === undefined
    ? "not read: a mapping of the program's own"
    : `${thousands(more)} more (limit of ${why ?? "a record"})`;
}

function foldedLines(folded: readonly FoldedExceptions[], style: Style): string[] {
  const { bad, handle, aside } = paint(style);
  return table(
    [
      { title: "first", paint: handle },
      { title: "times", align: "right" },
      { title: "exception", cut: "end", paint: bad },
      { title: "raised", cut: "start", paint: aside },
      { title: "fate", cut: "end" },
    ],
    folded.map((each) => [
      each.handle,
      thousands(each.count),
      exceptionText(each),
      place(each.file, each.line),
      foldedFate(each),
    ]),
    style,
  );
}

function exceptionText(each: FoldedExceptions): string {
  if (each.messages > 1) return `${each.type} (${thousands(each.messages)} messages)`;
  return each.message === null || each.message === ""
    ? each.type
    : `${each.type}: ${each.message}`.replaceAll(/\s+/g, " ");
}

function foldedFate(each: FoldedExceptions): string {
  const fates: Readonly<Record<Fate, string>> = {
    caught: caughtText(each),
    caught_outside: "caught by unrecorded code",
    left: "left",
    open: "open",
  };
  return fates[each.fate];
}
