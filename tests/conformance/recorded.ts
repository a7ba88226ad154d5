// Runs a program twice in one place, bare and recorded, and gives back what it said and what was recorded of it.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { resolveConfiguration } from "spoor/project/configuration";
import { projectAt } from "spoor/project/find-project";
import { record } from "spoor/recording/record";
import { openStore } from "spoor/store/open";
import type { Store } from "spoor/store/store";
import type { Core } from "../../scripts/native-cores.ts";
import type { Program } from "./programs.ts";

export interface Said {
  stdout: string;
  stderr: string;
  /** Exit code as a shell has it. */
  code: number;
  signal: string | null;
}

export interface Both {
  directory: string;
  bare: Said;
  recorded: Said;
  troubles: readonly string[];
  drawing: string;
}

export interface Interpreter {
  executable: string;
  /** Node has no cores. */
  core?: Core;
  /** A build of the Node agent; Python programs do without. */
  nodeAgent?: string;
}

/** The program's files are copied, so that nothing is written into the checkout. */
export async function runBoth(
  program: Program,
  { executable, core, nodeAgent }: Interpreter,
  draw: (store: Store, directory: string) => Promise<string>,
): Promise<Both> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), `spoor-${program.name}-`)));
  try {
    cpSync(program.directory, directory, { recursive: true });
    const { PYTHONPATH: _, NODE_OPTIONS: __, ...inherited } = process.env;
    const env = { ...inherited, PYTHONHASHSEED: "0", PYTHONDONTWRITEBYTECODE: "1", TERM: "dumb", ...program.env };
    const command = [executable, ...program.arguments];
    const bare = await runBare(command, directory, env, program.input);
    const project = projectAt(directory);
    const output = { stdout: "", stderr: "" };
    const result = await record({
      command: program.input === "" ? command : ["sh", "-c", 'printf %s "$0" | "$@"', program.input, ...command],
      project,
      settings: {
        ...resolveConfiguration(directory, {}, {}).settings,
        ...withoutUndefined(program.settings),
        ...(core === undefined ? {} : { core }),
      },
      label: null,
      version: "0",
      timeoutS: 60,
      cwd: directory,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      onOutput: (stream, chunk) => (output[stream] += chunk.toString("utf8")),
      ...(nodeAgent === undefined ? {} : { nodeAgent }),
      progress: () => {},
    });
    await using store = await openStore(project, result.run);
    const drawing = await draw(store, directory);
    const recorded = { ...output, code: result.exitCode, signal: result.signal };
    return { directory, bare, recorded, troubles: result.troubles, drawing };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function withoutUndefined<T extends object>(settings: T): { [K in keyof T]-?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]-?: NonNullable<T[K]>;
  };
}

const signalNumbers: Partial<Record<string, number>> = { SIGINT: 2, SIGABRT: 6, SIGKILL: 9, SIGSEGV: 11, SIGTERM: 15 };

function runBare(command: string[], cwd: string, env: NodeJS.ProcessEnv, input: string): Promise<Said> {
  const [file = "", ...rest] = command;
  const child = spawn(file, rest, { cwd, env, stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdin.on("error", () => {}); // A program may end without reading what it is given.
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) =>
      resolve({ stdout, stderr, code: code ?? 128 + (signalNumbers[signal ?? ""] ?? 0), signal }),
    );
  });
}
