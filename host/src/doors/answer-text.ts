// Writes an answer: title line, the operation's own text, the completeness line, the next commands; or all of it as JSON.
import type { AnyOperation, Answer, Style } from "../operations/operation.ts";
import { completenessLines } from "../views/completeness.ts";
import { nextLines, titleLine } from "../views/heading.ts";
import { visibleJson } from "../views/visible.ts";

/** The answer as a person or a model reads it, ending in a newline. */
export function answerText(operation: AnyOperation, answer: Answer<unknown>, style: Style): string {
  const { project, runs, completeness, next } = answer.about;
  const text = operation.text(answer, style).replace(/\n+$/, "");
  const parts = [
    ...(runs.length === 0 ? [] : [titleLine(project, runs, style)]),
    ...(text === "" ? [] : [text]),
    ...(completeness === null ? [] : ["", ...completenessLines(completeness, style)]),
    ...nextLines(next, style),
  ];
  return parts.length === 0 ? "" : `${parts.join("\n")}\n`;
}

/** In few lines, for after a program's own output: the text and the completeness line. */
export function briefText(operation: AnyOperation, answer: Answer<unknown>, style: Style): string {
  const { completeness } = answer.about;
  const seen = completeness === null ? [] : completenessLines(completeness, style);
  return `${[operation.text(answer, style), ...seen].join("\n")}\n`;
}

/** `{about, data}`; integers beyond 53 bits are text, since JSON readers would round them. Nothing in it that a terminal obeys. */
export function answerJson(answer: Answer<unknown>): string {
  const { about, data } = answer;
  const json = JSON.stringify(
    { about, data },
    (_, value: unknown) => (typeof value === "bigint" ? String(value) : value),
    2,
  );
  return `${visibleJson(json)}\n`;
}
