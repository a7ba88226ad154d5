// Records a command for a model: its output comes back in the answer, cut to its end, and nothing waits for input.
import { resolve } from "node:path";
import { redactorOf } from "@spoor/protocol/redaction";
import * as z from "zod";
import { resolveConfiguration } from "../project/configuration.ts";
import { registerProject } from "../project/registry.ts";
import { tailOf } from "../recording/tail.ts";
import { version } from "../project/version.ts";
import { firstRunNotice } from "./first-run.ts";
import { duration } from "../views/numbers.ts";
import type { Operation } from "./operation.ts";
import { aboutRecording, recordingData, recordingFlags, settingsFrom, summaryLine } from "./recording-answer.ts";

const input = z.strictObject({
  command: z.array(z.string()).min(1).describe('The command and its arguments: ["python3", "app.py"]'),
  cwd: z.string().optional().describe("Where to run it; else the project's root"),
  timeout: z.number().positive().default(60).describe("Seconds after which it is ended (exit code 124)"),
  ...recordingFlags,
});

const data = recordingData.extend({
  stdout: z.string().describe("The end of what it wrote to standard output, secrets redacted"),
  stderr: z.string().describe("The end of what it wrote to standard error"),
  stdout_bytes: z.number().describe("All that it wrote"),
  stderr_bytes: z.number(),
});

type Input = z.infer<typeof input>;
type Data = z.infer<typeof data>;

const tailBytes = 4000;

export const runCaptured: Operation<Input, Data> = {
  name: "run",
  command: "run",
  summary: "Record a program and see its output",
  description:
    "Runs a command with the recorder in it, and gives back its exit code, the end of its output, and the id of the recorded run. " +
    "Then ask calls_list, exceptions_list, report_show and the others about that run. " +
    "Python and Node.js programs (TypeScript included) and what they start are recorded: the project's own code, and what include adds. It runs with your user's rights, like any command.",
  effect: "records",
  input,
  data,
  positional: ["...command"],
  async run(given, context) {
    const { settings, compile } = resolveConfiguration(context.project.root, process.env, settingsFrom(given));
    const notice = firstRunNotice(context.project);
    const stdout = tailOf(tailBytes);
    const stderr = tailOf(tailBytes);
    const { record } = await import("../recording/record.ts");
    const request = {
      command: given.command,
      project: context.project,
      settings,
      label: given.name ?? null,
      version: version(),
      timeoutS: given.timeout,
      cwd: resolve(context.project.root, given.cwd ?? "."),
      env: process.env,
      stdio: ["ignore", "pipe", "pipe"] as ["ignore", "pipe", "pipe"],
      onOutput: (stream: "stdout" | "stderr", chunk: Buffer) => (stream === "stdout" ? stdout : stderr).add(chunk),
      signal: context.signal,
      compile,
      progress: context.progress,
    };
    const recorded = await record(request);
    const redact = redactorOf(settings.redaction).text;
    registerProject(context.project, process.env);
    const answer = await aboutRecording(request, recorded, context);
    return {
      about: answer.about,
      data: {
        ...answer.data,
        warnings: [...notice, ...recorded.notices, ...answer.data.warnings],
        stdout: redact(stdout.text()),
        stderr: redact(stderr.text()),
        stdout_bytes: stdout.bytes(),
        stderr_bytes: stderr.bytes(),
      },
    };
  },
  text(answer, style) {
    const { data } = answer;
    const stream = (name: "stdout" | "stderr"): string[] => {
      const text = data[name].replace(/\n+$/, "");
      const bytes = data[`${name}_bytes`];
      if (bytes === 0) return [];
      const cut = bytes > tailBytes ? ` (the end of ${bytes} bytes)` : "";
      return ["", `${name}${cut}:`, text];
    };
    return [
      `exit code ${data.exit_code}${data.signal === null ? "" : ` (${data.signal})`}, ${duration(data.duration_ms * 1e6)}`,
      summaryLine(data, style)
        .replace(/^spoor: /, "")
        .replace(/ → .*$/, ""),
      ...data.warnings,
      ...stream("stdout"),
      ...stream("stderr"),
    ].join("\n");
  },
};
