// Runs one command whose processes can be probed and are not recorded: the program starts with the agent injected, and nothing
// is written.
import type { StdioOptions } from "node:child_process";
import { NotStarted, startChild, type Child } from "./child.ts";
import { findPythonAgent, inject, type InjectedCommand, type LiveInjection } from "./injection.ts";
import { describeSpawnFailure } from "./not-started.ts";
import { startTimeLimit } from "./time-limit.ts";

export interface LiveRequest {
  readonly command: readonly string[];
  readonly live: LiveInjection;
  readonly timeoutS: number | null;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly stdio: StdioOptions;
  readonly signal?: AbortSignal;
}

export interface RanLive {
  readonly exitCode: number;
  readonly signal: string | null;
  readonly timedOut: boolean;
  readonly durationMs: number;
  readonly injected: InjectedCommand;
}

/** Throws Problems for what keeps the program from starting (`command.not_found`, `command.not_executable`). */
export async function runLive(request: LiveRequest): Promise<RanLive> {
  const injected = inject(request.command, request.env, request.cwd, {
    agent: findPythonAgent(),
    register: null,
    runDirectory: null,
    live: request.live,
  });
  const startedMs = performance.now();
  let child: Child;
  try {
    child = await startChild({
      command: injected.command,
      env: injected.env,
      cwd: request.cwd,
      stdio: request.stdio,
    });
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error;
    throw describeSpawnFailure(request.command[0] ?? "", error, request.env);
  }
  const limit = startTimeLimit(child.pid, null, request.timeoutS, request.signal);
  const end = await child.ended;
  const durationMs = performance.now() - startedMs;
  await limit.finish();
  const timedOut = limit.passed === "time";
  return { exitCode: timedOut ? 124 : end.code, signal: end.signal, timedOut, durationMs, injected };
}
