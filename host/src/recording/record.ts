// Records one command: makes the run, starts the program with the agent injected, seals what it writes while it goes
// on, and says at the end what became of both. The program comes first: once it runs, nothing that goes wrong
// here changes its output or its exit code; it is told as a trouble instead.
import type { StdioOptions } from "node:child_process";
import type { Project } from "../project/project.ts";
import type { RecordingSettings } from "../project/settings.ts";
import { NotStarted, startChild, type Child } from "./child.ts";
import { compileAfter, compileBefore } from "./compile-core.ts";
import { describeSpawnFailure } from "./not-started.ts";
import { findNodeAgent, findPythonAgent, inject, type InjectedCommand, type LiveInjection } from "./injection.ts";
import { liveProcesses, type LiveProcess } from "./live-processes.ts";
import { makeRun, noteEnd, noteRevision } from "./run-files.ts";
import { sealWhileRunning } from "./sealing.ts";
import { startTimeLimit } from "./time-limit.ts";

export interface RecordRequest {
  readonly command: readonly string[];
  readonly project: Project;
  readonly settings: RecordingSettings;
  /** A name of the user's own for the run. */
  readonly label: string | null;
  /** Of Spoor. */
  readonly version: string;
  readonly timeoutS: number | null;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdio: StdioOptions;
  readonly onOutput?: (stream: "stdout" | "stderr", chunk: Buffer) => void;
  /** Ends the program as a timeout does. */
  readonly signal?: AbortSignal;
  /** Whether its processes can be probed while they live. */
  readonly live?: LiveInjection | null;
  /** Whether the native core may be compiled for interpreters that have none, before the program starts or after it. */
  readonly compile?: boolean;
  /** Another build of the Node agent than the one beside the host. */
  readonly nodeAgent?: string;
  progress(message: string): void;
}

export interface Recorded {
  readonly run: string;
  readonly directory: string;
  readonly exitCode: number;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly durationMs: number;
  /** Recorded processes that outlived the command; they go on, and are sealed by a later command. */
  readonly alive: readonly LiveProcess[];
  readonly injected: InjectedCommand;
  /** What was done besides, in sentences. */
  readonly notices: readonly string[];
  /** What went wrong on our side, in sentences. */
  readonly troubles: readonly string[];
}

/** Throws Problems for what keeps the program from starting (`command.not_found`, `command.not_executable`, `run.not_writable`). */
export async function record(request: RecordRequest): Promise<Recorded> {
  const agent = findPythonAgent();
  const before = await compileBefore(request, agent);
  const run = makeRun(request);
  const injected = inject(request.command, request.env, request.cwd, {
    agent,
    register: request.nodeAgent ?? findNodeAgent(),
    runDirectory: run.directory,
    live: request.live ?? null,
  });
  const startedMs = performance.now();
  let child: Child;
  try {
    child = await startChild({
      command: injected.command,
      env: injected.env,
      cwd: request.cwd,
      stdio: request.stdio,
      ...(request.onOutput ? { onOutput: request.onOutput } : {}),
    });
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error;
    await run.discard();
    throw describeSpawnFailure(request.command[0] ?? "", error, request.env);
  }
  const limit = startTimeLimit(child.pid, run.directory, request.timeoutS, request.signal);
  const sealing = sealWhileRunning(run.directory);
  const revision = noteRevision(run, request.project.root);
  const end = await child.ended;
  const durationMs = performance.now() - startedMs;
  await limit.finish();
  const timedOut = limit.passed === "time";
  const exitCode = timedOut ? 124 : end.code;
  await revision;
  const noted = noteEnd(run, { exitCode, signal: end.signal, timedOut });
  const alive = liveProcesses(run.directory);
  const troubles = [
    ...(noted ? [] : ["the end of the run could not be written to its manifest"]),
    ...(await sealing.finish(request.progress)),
  ];
  // Who ended the program wants to go on with something else.
  const after = end.signal === null && !timedOut ? await compileAfter(request, agent, run.directory) : [];
  return {
    run: run.name,
    directory: run.directory,
    exitCode,
    signal: end.signal,
    timedOut,
    durationMs,
    alive,
    injected,
    notices: [...before, ...after],
    troubles,
  };
}
