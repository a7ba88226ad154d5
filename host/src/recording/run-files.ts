// The files of a run that the host writes: the directory, what the agents are told (`config.json`), and the manifest.
import { randomInt } from "node:crypto";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Problem } from "../problem.ts";
import type { AgentConfiguration, RecordingSettings } from "../project/settings.ts";
import type { Project } from "../project/project.ts";
import type { LiveProcess } from "./live-processes.ts";

export interface Run {
  readonly name: string;
  readonly directory: string;
  readonly manifest: Record<string, unknown>;
  /** Removes the run of a program that never started. */
  discard(): Promise<void>;
}

export interface RunRequest {
  readonly command: readonly string[];
  readonly project: Project;
  readonly settings: RecordingSettings;
  readonly name: string | null;
  readonly cwd: string;
}

/** Throws the Problem `run.not_writable`. */
export async function makeRun(request: RunRequest): Promise<Run> {
  const { project } = request;
  const name = request.name ?? newName(new Date());
  const directory = join(project.runsDirectory, name);
  try {
    await mkdir(project.runsDirectory, { recursive: true, mode: 0o700 });
    await mkdir(directory, { mode: 0o700 });
    await mkdir(join(directory, "spool"), { mode: 0o700 });
    const startedAt = new Date().toISOString();
    const configuration: AgentConfiguration = {
      ...request.settings,
      format: 1,
      run: name,
      root: project.root,
      clock_ns: String(process.hrtime.bigint()),
      started_at: startedAt,
    };
    await writeJson(join(directory, "config.json"), configuration);
    const manifest = {
      format: 1,
      run: name,
      project: project.name,
      root: project.root,
      command: request.command.slice(0, 1),
      cwd: request.cwd,
      started_at: startedAt,
      status: "running",
      settings: request.settings,
    };
    await writeJson(join(directory, "run.json"), manifest);
    return {
      name,
      directory,
      manifest,
      discard: () => rm(directory, { recursive: true, force: true }),
    };
  } catch (error) {
    throw new Problem({
      code: "run.not_writable",
      kind: "environment",
      says: `Cannot write the recording to ${directory}: ${(error as Error).message}.`,
      tryNext: "check permissions and free space, or choose another project with -c DIR",
      context: { directory },
    });
  }
}

export interface RunEnd {
  readonly exitCode: number;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly alive: readonly LiveProcess[];
  progress(message: string): void;
}

/** Never throws: what went wrong comes back in sentences. */
export async function endRun(run: Run, end: RunEnd): Promise<string[]> {
  try {
    await writeJson(join(run.directory, "run.json"), {
      ...run.manifest,
      ended_at: new Date().toISOString(),
      exit_code: end.exitCode,
      signal: end.signal,
      timed_out: end.timedOut,
    });
    return [];
  } catch (error) {
    return [`the recording could not be finished: ${(error as Error).message}`];
  }
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.tmp`, `${JSON.stringify(value, null, 1)}\n`, { mode: 0o600 });
  await rename(`${path}.tmp`, path);
}

function newName(now: Date): string {
  const two = (n: number): string => String(n).padStart(2, "0");
  const date = `${now.getFullYear()}${two(now.getMonth() + 1)}${two(now.getDate())}`;
  const time = `${two(now.getHours())}${two(now.getMinutes())}${two(now.getSeconds())}`;
  const letters = Array.from({ length: 3 }, () => String.fromCodePoint(97 + randomInt(26)));
  return `${date}-${time}-${letters.join("")}`;
}
