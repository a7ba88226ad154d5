// Records a command in the terminal: standard streams, signals and exit code stay the program's own.
import * as z from "zod";
import { resolveConfiguration } from "../project/configuration.ts";
import { registerProject } from "../project/registry.ts";
import { parseDurationNs } from "../project/units.ts";
import { inheritedStdio } from "../recording/descriptors.ts";
import { version } from "../project/version.ts";
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
});

const data = recordingData.extend({
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
  spoor run --include 'requests.*' -t 60 pytest -x`,
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
      data: { ...answer.data, warnings, quiet, report: shown },
    };
  },
  text(answer, style) {
    const report = answer.data.report as (Answer<unknown> & { text(style: Style): string }) | null;
    return report === null ? summaryLine(answer.data, style) : report.text(style);
  },
  ending(answer) {
    const { data } = answer;
    const show = data.report !== null ? "always" : data.quiet || data.calls === 0 ? "never" : "terminal";
    return {
      exitCode: data.exit_code,
      besideProgram: true,
      show,
      warnings: data.warnings,
      failure: targetFailure(answer),
    };
  },
};

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
