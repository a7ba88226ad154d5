// The files of a run that the host writes: its directory, what the agents are told (`config.json`), and the manifest.
import { rm } from "node:fs/promises";
import { execFile } from "node:child_process";
import { redactorOf } from "@spoor/protocol/redaction";
import { Problem } from "../problem.ts";
import { cacheDirectory } from "../project/cache.ts";
import type { AgentConfiguration, RecordingSettings } from "../project/settings.ts";
import type { Project } from "../project/project.ts";
import {
  createRunDirectory,
  RUN_FORMAT,
  updateManifest,
  writeFileAtomically,
  writeManifest,
  type RunManifest,
} from "../project/run-directory.ts";
import { hostIdentity } from "../store/liveness.ts";

export interface Run {
  readonly name: string;
  readonly directory: string;
  /** Removes the run of a program that never started. */
  discard(): Promise<void>;
}

export interface RunRequest {
  readonly command: readonly string[];
  readonly project: Project;
  readonly settings: RecordingSettings;
  readonly label: string | null;
  readonly version: string;
  readonly cwd: string;
  /** Else this process's own. */
  readonly env?: NodeJS.ProcessEnv;
}

/** Throws the Problem `run.not_writable`. */
export function makeRun(request: RunRequest): Run {
  const { project, settings } = request;
  try {
    const { run, paths } = createRunDirectory(project);
    const startedAt = new Date().toISOString();
    const configuration: AgentConfiguration = {
      format: 1,
      run,
      root: project.root,
      // On Linux CLOCK_MONOTONIC; on macOS the clock that also counts sleep. Agents read the same (their clock.py).
      clock_ns: String(process.hrtime.bigint()),
      started_at: startedAt,
      cache: cacheDirectory(request.env ?? process.env),
      ...settings,
    };
    writeFileAtomically(paths.config, `${JSON.stringify(configuration, null, 1)}\n`);
    const manifest: RunManifest = {
      format: RUN_FORMAT,
      run,
      project: project.name,
      root: project.root,
      command: redactorOf(settings.redaction).argv(request.command),
      cwd: request.cwd,
      started_at: startedAt,
      ended_at: null,
      status: "running",
      exit_code: null,
      signal: null,
      timed_out: false,
      host: hostIdentity(),
      versions: { spoor: request.version },
      settings,
      counts: null,
      label: request.label,
    };
    writeManifest(paths.directory, manifest);
    return {
      name: run,
      directory: paths.directory,
      discard: () => rm(paths.directory, { recursive: true, force: true }),
    };
  } catch (error) {
    if (error instanceof Problem) throw error;
    throw new Problem({
      code: "run.not_writable",
      kind: "environment",
      says: `Cannot write a recording to ${project.runsDirectory}: ${(error as Error).message}.`,
      tryNext: "check permissions and free space, or choose another project with -c DIR",
      context: { directory: project.runsDirectory },
    });
  }
}

/** Which revision the program had; asked beside the running program, since git may take its time. Never rejects. */
export async function noteRevision(run: Run, root: string): Promise<void> {
  const git = (...words: string[]): Promise<string | null> =>
    new Promise((resolve) => {
      const options = { cwd: root, timeout: 2000, env: { ...process.env, GIT_OPTIONAL_LOCKS: "0" } };
      execFile("git", words, options, (error, stdout) => resolve(error ? null : stdout.trim()));
    });
  const revision = await git("rev-parse", "HEAD");
  if (revision === null) return;
  const changes = await git("status", "--porcelain", "--untracked-files=no");
  change(run, { git: { revision, dirty: changes !== "" } });
}

export interface RunEnd {
  readonly exitCode: number;
  readonly signal: string | null;
  readonly timedOut: boolean;
}

/** False where the manifest could not be written; never throws, for the program has ended and its code stands. */
export function noteEnd(run: Run, end: RunEnd): boolean {
  return change(run, {
    status: "finished",
    ended_at: new Date().toISOString(),
    exit_code: end.exitCode,
    signal: end.signal,
    timed_out: end.timedOut,
  });
}

function change(run: Run, changes: Partial<RunManifest>): boolean {
  try {
    updateManifest(run.directory, changes);
    return true;
  } catch {
    return false;
  }
}
