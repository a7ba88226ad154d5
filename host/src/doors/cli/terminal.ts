// What is known of the terminal: how wide, whether in colour, whether somebody watches. NO_COLOR and FORCE_COLOR are
// obeyed (no-color.org, force-color.org).
import type { Style } from "../../operations/operation.ts";

export interface Terminal {
  readonly stdoutIsTty: boolean;
  readonly stderrIsTty: boolean;
  style(stream: "stdout" | "stderr", colour: boolean | undefined, budget: number | undefined): Style;
}

const pipedColumns = 100;
const defaultBudget = 2000;
/** A terminal scrolls: a person gets more than a model, but not a flood. */
const terminalBudget = 6000;

export function terminalOf(stdout: NodeJS.WriteStream, stderr: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Terminal {
  return {
    stdoutIsTty: isTerminal(stdout),
    stderrIsTty: isTerminal(stderr),
    style(name, colour, budget) {
      const stream = name === "stdout" ? stdout : stderr;
      return {
        columns: columnsOf(stream, env),
        colour: colour ?? wantsColour(stream, env),
        budget: budget ?? (isTerminal(stream) ? terminalBudget : defaultBudget),
      };
    },
  };
}

/** Node's types promise a boolean; for a pipe it is undefined, which asks others for their opinion. */
function isTerminal(stream: { readonly isTTY?: boolean }): boolean {
  return stream.isTTY ?? false;
}

function columnsOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): number {
  const told = Number(env["COLUMNS"]);
  if (Number.isInteger(told) && told >= 20) return told;
  return isTerminal(stream) && stream.columns > 0 ? Math.max(20, stream.columns) : pipedColumns;
}

function wantsColour(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  if (env["NO_COLOR"]) return false;
  const forced = env["FORCE_COLOR"];
  if (forced !== undefined) return forced !== "0" && forced !== "false";
  return isTerminal(stream) && env["TERM"] !== "dumb";
}
