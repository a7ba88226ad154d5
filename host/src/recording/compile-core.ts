// Which interpreters of a run get a native core compiled, and when: the one that the command names before the program
// starts, and those that were only met inside the run, and had to do without, after it. Never inside its own time.
import { cacheDirectory } from "../project/cache.ts";
import { runPaths } from "../project/run-directory.ts";
import type { RecordingSettings } from "../project/settings.ts";
import { readSegments } from "../store/segments.ts";
import { haveNativeCore, sayNativeCore, type Building } from "./native-core.ts";
import { findPython } from "./python-command.ts";

export interface CompileRequest {
  readonly command: readonly string[];
  readonly settings: RecordingSettings;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  readonly compile?: boolean;
  progress(message: string): void;
}

/** For the interpreter that the command names, if it visibly does. What was done, in sentences; never rejects. */
export async function compileBefore(request: CompileRequest, agent: string): Promise<string[]> {
  const { command, cwd, env } = request;
  const python = isWanted(request) ? findPython(command, { cwd, path: env["PATH"] ?? "" }) : null;
  if (python === null || python.options.form === "information") return [];
  const said = sayNativeCore(await haveNativeCore(python.interpreter, buildingOf(request, agent)), "before");
  return said === null ? [] : [said];
}

/** For those whose processes said that they would have used one; they did so when the run was sealed. Never rejects. */
export async function compileAfter(request: CompileRequest, agent: string, runDirectory: string): Promise<string[]> {
  const notices: string[] = [];
  for (const program of isWanted(request) ? interpretersWithout(runDirectory) : []) {
    const said = sayNativeCore(await haveNativeCore(program, buildingOf(request, agent)), "after");
    if (said !== null) notices.push(said);
  }
  return notices;
}

function isWanted({ compile, settings }: CompileRequest): boolean {
  return compile === true && settings.core !== "python";
}

function buildingOf({ cwd, env, signal, progress }: CompileRequest, agent: string): Building {
  return { agent, cache: cacheDirectory(env), cwd, env, signal, progress };
}

function interpretersWithout(runDirectory: string): Set<string> {
  try {
    const { processes } = readSegments(runPaths(runDirectory).segments).last;
    const without = processes.filter(({ header }) => header.core_fallback && header.executable);
    return new Set(without.map(({ header }) => header.executable ?? ""));
  } catch {
    return new Set();
  }
}
