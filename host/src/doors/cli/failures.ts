// Turns whatever was thrown into words on standard error and an exit code, in one place.
import picocolors from "picocolors";
import { Problem } from "../../problem.ts";
import { width } from "../../views/fit.ts";
import { visible } from "../../views/visible.ts";

export interface FailureOptions {
  readonly colour: boolean;
  readonly jsonErrors: boolean;
  /** Whether a program was to be run: its exit codes 125 to 127 are then ours (as those of `env` and `timeout`). */
  readonly runsProgram: boolean;
}

export interface Failure {
  readonly text: string;
  readonly exitCode: number;
}

export function describeFailure(error: unknown, options: FailureOptions): Failure {
  const exitCode = exitCodeOf(error, options.runsProgram);
  if (options.jsonErrors) return { text: `${jsonError(error)}\n`, exitCode };
  const colours = picocolors.createColors(options.colour);
  if (error instanceof Problem) {
    const next = error.tryNext === "" ? "" : `\n  ${colours.dim("try:")} ${colours.green(error.tryNext)}`;
    const pointed = pointer(error.context).map((line) => `\n${line}`);
    return { text: `${colours.red("spoor:")} ${error.message}${pointed.join("")}${next}\n`, exitCode };
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    text: `${colours.red("spoor:")} this is a bug in Spoor, not in your program.\n${stack}\n`,
    exitCode,
  };
}

/** A text that is wrong at a column, and a caret under that. */
function pointer({ text, column }: Problem["context"]): string[] {
  if (typeof text !== "string" || typeof column !== "number") return [];
  return [`    ${visible(text)}`, `    ${" ".repeat(width(visible(text.slice(0, column - 1))))}^`];
}

/** The line that `--json-errors` adds. */
export function jsonError(error: unknown, runId: string | null = null): string {
  const problem = error instanceof Problem ? error : null;
  return JSON.stringify({
    run_id: runId ?? (problem?.context["run"] as string | undefined) ?? null,
    error_code: problem?.code ?? "internal.error",
    error_kind: problem?.kind ?? "internal",
    message: error instanceof Error ? error.message : String(error),
    context: problem === null ? {} : { ...problem.context, try: problem.tryNext },
  });
}

function exitCodeOf(error: unknown, runsProgram: boolean): number {
  if (!(error instanceof Problem)) return runsProgram ? 125 : 70;
  const told = error.context["exit_code"];
  if (typeof told === "number") return told;
  if (error.kind === "usage") return 2;
  return runsProgram ? 125 : 1;
}
