// Records a command in the terminal: standard streams, signals and exit code stay the program's own.
import { basename } from "node:path";
import * as z from "zod";
import { resolveConfiguration } from "../project/configuration.ts";
import { registerProject } from "../project/registry.ts";
import { parseDurationNs } from "../project/units.ts";
import { inheritedStdio } from "../recording/descriptors.ts";
import { version } from "../project/version.ts";
import { Problem } from "../problem.ts";
import type { LiveInjection } from "../recording/injection.ts";
import { findNode } from "../recording/node-command.ts";
import {
  aboutRecording,
  recordingData,
  recordingFlags,
  settingsFrom,
  summaryLine,
  targetFailure,
} from "./recording-answer.ts";
import type { Answer, Context, Operation, Style } from "./operation.ts";
import { firstRunNotice } from "./first-run.ts";

const input = z.strictObject({
  command: z.array(z.string()).min(1).describe("The command to record, with its arguments"),
  ...recordingFlags,
  timeout: z
    .union([z.number().positive(), z.string()])
    .optional()
    .describe("End the program after this time (90, 90s, 5m) with exit code 124")
    .meta({ placeholder: "time" }),
  quiet: z.boolean().optional().describe("No summary when the program has ended"),
  report: z.boolean().optional().describe("Print the report when the program has ended"),
  live: z.boolean().optional().describe("Let its processes be probed while they live (spoor probe, spoor ps)"),
  noRecord: z.boolean().optional().describe("Record nothing; with --live"),
});

const data = recordingData.extend({
  run: z.string().nullable().describe("The run's id; null if nothing was recorded"),
  live: z.boolean(),
  quiet: z.boolean(),
  report: z.unknown().describe("The answer of report, if it was asked for"),
});

type Input = z.infer<typeof input>;
type Data = z.infer<typeof data>;

export const run: Operation<Input, Data> = {
  name: "run.record",
  command: "run",
  summary: "Record a program: every call with its arguments, result, time and caller",
  description: `Starts the command with the recorder in it; its input, output, signals and exit code stay as they are.
Python is recorded however it is started (a script, -m, -c, pytest, a shell script, subprocesses), and so are Node.js and
TypeScript (node, tsx, npm test, vitest, jest, worker threads). What is recorded is the project's own code; --include adds more.

  spoor run python3 app.py
  spoor run npm test
  spoor run --include 'requests.*' -t 60 pytest -x

With --live its Python processes can be probed while they live, beside the recording or, with --no-record, instead of it.
Node.js processes are recorded under --live as well, and cannot be probed.

  spoor run --live --no-record gunicorn shop.wsgi`,
  effect: "records",
  input,
  data,
  positional: ["...command"],
  short: { timeout: "t" },
  async run(given, context) {
    const { timeout } = given;
    const { settings, timeoutS, quiet, report, compile } = resolveConfiguration(context.project.root, process.env, {
      ...settingsFrom(given),
      timeout: typeof timeout === "string" ? parseDurationNs(timeout) / 1e9 : timeout,
      quiet: given.quiet,
      report: given.report,
    });
    const live = given.live ? await liveInjection(context) : null;
    if (live !== null && (!quiet || given.noRecord)) {
      for (const sentence of unprobed(given.command, given.noRecord ?? false, process)) context.say(sentence);
    }
    if (given.noRecord) return answerLive(given, { live, timeoutS, quiet }, context);
    const notice = quiet ? [] : firstRunNotice(context.project);
    const { record } = await import("../recording/record.ts");
    const request = {
      command: given.command,
      project: context.project,
      settings,
      label: given.name ?? null,
      version: version(),
      timeoutS,
      cwd: process.cwd(),
      env: process.env,
      stdio: inheritedStdio(),
      signal: context.signal,
      live,
      compile,
      progress: quiet ? () => {} : context.progress,
    };
    const recorded = await record(request);
    registerProject(context.project, process.env);
    const answer = await aboutRecording(request, recorded, context);
    const warnings = [...notice, ...(quiet ? [] : recorded.notices), ...answer.data.warnings];
    const shown = report && answer.data.calls > 0 ? await reportOf(recorded.run, context) : null;
    return {
      about: shown?.about ?? answer.about,
      data: { ...answer.data, live: live !== null, warnings, quiet, report: shown },
    };
  },
  text(answer, style) {
    if (answer.data.run === null) return "";
    const report = answer.data.report as (Answer<unknown> & { text(style: Style): string }) | null;
    return report === null ? summaryLine(answer.data, style) : report.text(style);
  },
  ending(answer) {
    const { data } = answer;
    const isBrief = data.run !== null && !data.quiet && data.calls > 0;
    const show = data.report !== null ? "always" : isBrief ? "terminal" : "never";
    return {
      exitCode: data.exit_code,
      besideProgram: true,
      show,
      warnings: data.warnings,
      failure: targetFailure(answer),
    };
  },
};

/** Before the program starts: who waits for a probe's hits should not have to find out why there are none. */
export function unprobed(
  command: readonly string[],
  noRecord: boolean,
  { env, cwd }: { readonly env: NodeJS.ProcessEnv; cwd(): string },
): string[] {
  const node = findNode(command, { cwd: cwd(), path: env["PATH"] ?? "" });
  if (node === null) return [];
  const [program = ""] = command;
  const why = `${basename(program)} runs on Node.js, which cannot be probed: probes are for Python so far`;
  return [
    noRecord
      ? `${why}; with --no-record nothing is done to it, and only Python that it starts can be probed`
      : `${why}. It is recorded`,
  ];
}

async function liveInjection(context: Context): Promise<LiveInjection> {
  const { root } = context.project;
  // A daemon elsewhere is whoever runs it to start.
  if (process.env["SPOOR_DAEMON_URL"]) return { root, daemonDirectory: null };
  return { root, daemonDirectory: (await context.daemon()).directory };
}

interface Unrecorded {
  readonly live: LiveInjection | null;
  readonly timeoutS: number | null;
  readonly quiet: boolean;
}

/** Throws the Problem `usage.invalid` where there would be nothing for the agent to do. */
async function answerLive(
  given: Input,
  { live, timeoutS, quiet }: Unrecorded,
  context: Context,
): Promise<Answer<Data>> {
  if (live === null || given.report) {
    throw new Problem({
      code: "usage.invalid",
      kind: "usage",
      says: live === null ? "--no-record without --live leaves nothing to do." : "--no-record has nothing to report.",
      tryNext: "spoor run --live --no-record <command>",
    });
  }
  const { runLive } = await import("../recording/run-live.ts");
  const ran = await runLive({
    command: given.command,
    live,
    timeoutS,
    cwd: process.cwd(),
    env: process.env,
    stdio: inheritedStdio(),
    signal: context.signal,
  });
  return {
    about: { project: context.project.name, runs: [], completeness: null, next: [] },
    data: {
      run: null,
      exit_code: ran.exitCode,
      signal: ran.signal,
      timed_out: ran.timedOut,
      duration_ms: Math.round(ran.durationMs),
      processes: 0,
      calls: 0,
      exceptions: 0,
      exceptions_left: 0,
      alive: [],
      warnings: [],
      live: true,
      quiet,
      report: null,
    },
  };
}

async function reportOf(
  run: string,
  context: Context,
): Promise<(Answer<unknown> & { text(style: Style): string }) | null> {
  const { readOperations } = await import("./list.ts");
  const operation = readOperations.find((each) => each.command === "report");
  if (operation === undefined) return null;
  const answer = await operation.run(operation.input.parse({ run }), context);
  return { ...answer, text: (style) => operation.text(answer, style) };
}
