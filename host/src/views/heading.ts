// The first and the last lines of an answer: what it is about, and the commands worth running next.

import type { Style } from "../operations/operation.ts";
import type { RunInfo } from "../store/store.ts";
import { cut } from "./fit.ts";
import { paint } from "./paint.ts";

/** `shop · run 20261101-093000-abc · python3 app.py`; several runs are counted. */
export function titleLine(project: string, runs: readonly RunInfo[], style: Style): string {
  const [only, ...others] = runs;
  const parts =
    only === undefined
      ? ["no runs"]
      : others.length > 0
        ? [`${runs.length} runs, ${runs.at(-1)?.run ?? ""} to ${only.run}`]
        : [`run ${only.run}`, only.command.join(" ")];
  return paint(style).aside(cut([project, ...parts].join(" · "), style.columns));
}

/** `next: spoor call c42`, one command a line. */
export function nextLines(next: readonly string[], style: Style): string[] {
  const { aside, command } = paint(style);
  return next.map((each, index) => `${aside(index === 0 ? "next:" : "     ")} ${command(each)}`);
}

/** A part of an answer: a heading and its lines, or nothing where there are none. */
export function part(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : ["", paint(style).heading(title), ...lines];
}
