// The CLI door: from the words of a command line to an answer on standard output and an exit code.
import { CommanderError } from "commander";
import type { DaemonLifecycle, RunningDaemon } from "../../live/daemon.ts";
import type { Answer } from "../../operations/operation.ts";
import { answerJson, answerText, briefText } from "../answer-text.ts";
import { ask } from "../../operations/ask.ts";
import { describeFailure, jsonError } from "./failures.ts";
import { createProgram, usageProblem, type Invocation } from "./program.ts";
import { progressOn } from "./progress.ts";
import { terminalOf, type Terminal } from "./terminal.ts";

export interface CliOptions {
  readonly version: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  /** Loaded when something is asked of the daemon. */
  daemon(): Promise<DaemonLifecycle>;
}

/** The exit code of the command line `words`; never throws. */
export async function runCli(words: readonly string[], options: CliOptions): Promise<number> {
  const { env, stdout, stderr } = options;
  const terminal = terminalOf(stdout, stderr, env);
  let exitCode = 0;
  // Before the flags are understood, their words are the only way to know how a failure is to be told.
  const jsonErrors = words.slice(0, Math.max(words.indexOf("--"), 0) || undefined).includes("--json-errors");
  let invoked: Invocation | null = null;
  const style = terminal.style("stdout", undefined, undefined);
  const program = createProgram({
    version: options.version,
    columns: Math.min(style.columns, 100),
    colour: style.colour,
    daemon: options.daemon,
    async invoke(invocation) {
      invoked = invocation;
      exitCode = await answer(invocation, options, terminal);
    },
  });
  try {
    if (words.length === 0) {
      program.outputHelp();
      return 0;
    }
    // `spoor help run` is `spoor run --help`.
    const asked = words[0] === "help" ? [...words.slice(1), "--help"] : words;
    await program.parseAsync(asked, { from: "user" });
    return exitCode;
  } catch (error) {
    const failure = error instanceof CommanderError ? usageProblem(error, program, words) : error;
    if (failure === null) return 0;
    const globals = (invoked as Invocation | null)?.globals;
    const { text, exitCode } = describeFailure(failure, {
      colour: terminal.style("stderr", globals?.colour, undefined).colour,
      jsonErrors: globals?.jsonErrors ?? jsonErrors,
      runsProgram: (invoked as Invocation | null)?.operation.effect === "records",
    });
    stderr.write(text);
    return exitCode;
  }
}

async function answer(invocation: Invocation, options: CliOptions, terminal: Terminal): Promise<number> {
  const { env, stdout, stderr } = options;
  const { operation, globals, follow } = invocation;
  const more = follow && operation.http !== undefined ? operation.follow : undefined;
  const input = { ...more?.begins, ...invocation.input };
  const progress = progressOn(stderr);
  const say = (sentence: string): void => void stderr.write(`spoor: ${sentence}\n`);
  const interrupted = new AbortController();
  const daemon = async (): Promise<RunningDaemon> => (await options.daemon()).ensure();
  let given: Answer<unknown>;
  try {
    given = await ask(
      { operation, input, project: globals.project, needs: invocation.needs },
      { cwd: process.cwd(), env, signal: interrupted.signal, progress: progress.show, say, daemon },
    );
  } finally {
    progress.clear();
  }
  const ending = operation.ending?.(given);
  const streamName = ending?.besideProgram ? "stderr" : "stdout";
  const stream = streamName === "stdout" ? stdout : stderr;
  const budget = typeof input["budget"] === "number" ? input["budget"] : undefined;
  const style = terminal.style(streamName, globals.colour, budget);
  if (more !== undefined) {
    const { goOn } = await import("./follow.ts");
    if (!globals.json) stream.write(answerText(operation, given, style));
    await goOn({ more, input, given, daemon, stdout, stderr, style: globals.json ? null : style });
  }
  for (const warning of ending?.warnings ?? []) say(warning);
  if (globals.json) stream.write(answerJson(given));
  else if (isShown(ending?.show ?? "always", terminal)) {
    const draw = ending?.show === "terminal" ? briefText : answerText;
    stream.write(draw(operation, given, style));
  }
  if (globals.jsonErrors && ending?.failure) {
    stderr.write(`${jsonError(ending.failure, given.about.runs[0]?.run ?? null)}\n`);
  }
  return ending?.exitCode ?? 0;
}

function isShown(show: "always" | "never" | "terminal", terminal: Terminal): boolean {
  switch (show) {
    case "always":
      return true;
    case "never":
      return false;
    case "terminal":
      return terminal.stderrIsTty;
  }
}
