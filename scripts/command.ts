// Runs one command with its output kept, for scripts that show it only when it matters.
import { spawn } from "node:child_process";
import { root } from "./root.ts";

export interface Ran {
  /** Exit code, or -1 when a signal ended it. */
  code: number;
  /** Standard output and standard error, in the order they came. */
  output: string;
}

export interface CommandOptions {
  cwd?: string;
  /** Added to this process's environment. */
  env?: Record<string, string>;
  /** Throw when the command fails. Default true. */
  check?: boolean;
  /** Pass the output on to this process's own as it comes. Default false. */
  show?: boolean;
}

/** Runs a command from the repository's root without standard input. */
export function runCommand(file: string, args: string[], options: CommandOptions = {}): Promise<Ran> {
  const { cwd = root, env = {}, check = true, show = false } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      cwd,
      env: { ...cleanEnvironment(), ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (text: string) => {
        output += text;
        if (show) process.stdout.write(text);
      });
    }
    child.on("error", reject);
    child.on("close", (code) => {
      if (check && code !== 0) {
        reject(new Error(`${file} ${args.join(" ")} failed (${code ?? "signal"}):\n${output}`));
      } else {
        resolve({ code: code ?? -1, output });
      }
    });
  });
}

/** This process's environment without what would lead another Python astray, such as an active virtual environment. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const { PYTHONPATH: _path, PYTHONHOME: _home, VIRTUAL_ENV: _venv, ...rest } = process.env;
  return rest;
}
