// Says why a command could not be started, with the exit codes that `env` and shells give (127 not found, 126 not executable).
import { existsSync, readdirSync, statSync } from "node:fs";
import { Problem } from "../problem.ts";
import { closest } from "../project/closest.ts";
import type { NotStarted } from "./child.ts";

export function describeSpawnFailure(program: string, failure: NotStarted, env: NodeJS.ProcessEnv): Problem {
  const context = { command: program, errno: failure.errno, exit_code: failure.exitCode };
  if (failure.exitCode === 126) {
    const directory = statSync(program, { throwIfNoEntry: false })?.isDirectory() ?? false;
    return new Problem({
      code: "command.not_executable",
      kind: "usage",
      says: directory ? `${program} is a directory.` : `${program} cannot be executed (${failure.errno}).`,
      tryNext: program.endsWith(".py") ? `spoor run python3 ${program}` : `chmod +x ${program}`,
      context,
    });
  }
  return new Problem({
    code: "command.not_found",
    kind: "usage",
    says: `There is no command "${program}".`,
    tryNext: suggestion(program, env),
    context,
  });
}

function suggestion(program: string, env: NodeJS.ProcessEnv): string {
  if (program.endsWith(".py") && existsSync(program)) return `spoor run python3 ${program}`;
  if (program.includes("/")) return "check the path";
  if (existsSync(program)) return `spoor run ./${program}`;
  const near = closest(program, commandsOn(env["PATH"] ?? ""));
  return near === null ? "check the spelling and PATH" : `spoor run ${near} …`;
}

function commandsOn(path: string): string[] {
  return path.split(":").flatMap((directory) => {
    try {
      return readdirSync(directory);
    } catch {
      return [];
    }
  });
}
