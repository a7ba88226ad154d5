// Starts the command and stands aside: same terminal, same process group, signals passed on, exit code kept.
import { spawn, type StdioOptions } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { constants } from "node:os";

export interface ChildEnd {
  /** As a shell has it: the program's own, or 128+n where signal n ended it. */
  readonly code: number;
  readonly signal: NodeJS.Signals | null;
}

export interface Child {
  readonly pid: number;
  readonly ended: Promise<ChildEnd>;
}

/** Why the command could not be started: 126 it cannot be executed, 127 there is none. */
export class NotStarted extends Error {
  readonly exitCode: 126 | 127;
  readonly errno: string;

  constructor(exitCode: 126 | 127, errno: string) {
    super(`cannot start: ${errno}`);
    this.exitCode = exitCode;
    this.errno = errno;
  }
}

export interface ChildOptions {
  readonly command: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly stdio: StdioOptions;
  /** Called with the output streams where they are pipes. */
  readonly onOutput?: (stream: "stdout" | "stderr", chunk: Buffer) => void;
}

/** Rejects with NotStarted; resolves once the program runs. Until it ends, this process does not die of its signals. */
export async function startChild(options: ChildOptions): Promise<Child> {
  const [program = "", ...rest] = options.command;
  // Before the program starts, so that no Ctrl-C falls between.
  const signals = passSignals();
  const child = spawn(program, rest, { env: options.env, cwd: options.cwd, stdio: options.stdio });
  const ended = new Promise<ChildEnd>((resolve) => {
    // Output that is captured may come after the program has ended.
    const end = options.onOutput === undefined ? "exit" : "close";
    child.once(end, (code: number | null, signal: NodeJS.Signals | null) => {
      signals.stop();
      resolve({ code: code ?? 128 + (signal ? constants.signals[signal] : 0), signal });
    });
  });
  child.stdout?.on("data", (chunk: Buffer) => options.onOutput?.("stdout", chunk));
  child.stderr?.on("data", (chunk: Buffer) => options.onOutput?.("stderr", chunk));
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (error: NodeJS.ErrnoException) => {
      signals.stop();
      reject(new NotStarted(error.code === "ENOENT" ? 127 : 126, error.code ?? error.message));
    });
  });
  const pid = child.pid ?? 0;
  signals.sendTo((signal) => child.kill(signal));
  return { pid, ended };
}

/**
 * Ctrl-C and Ctrl-\ reach the whole process group from the terminal, so sending them on would deliver them twice; they
 * are only sent on where there is no terminal that could have done so. All others come to this process alone.
 */
function passSignals(): { sendTo(send: (signal: NodeJS.Signals) => void): void; stop(): void } {
  const fromTerminal: NodeJS.Signals[] = ["SIGINT", "SIGQUIT"];
  const passed: NodeJS.Signals[] = ["SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGCONT"];
  const forwarded = new Set(hasTerminal() ? passed : [...passed, ...fromTerminal]);
  const early: NodeJS.Signals[] = [];
  let send = (signal: NodeJS.Signals): void => void early.push(signal);
  const handler = (signal: NodeJS.Signals): void => {
    if (forwarded.has(signal)) send(signal);
  };
  const all = [...passed, ...fromTerminal];
  for (const signal of all) process.on(signal, handler);
  return {
    sendTo(sender) {
      send = sender;
      for (const signal of early) sender(signal);
    },
    stop() {
      for (const signal of all) process.off(signal, handler);
    },
  };
}

function hasTerminal(): boolean {
  try {
    closeSync(openSync("/dev/tty", "r"));
    return true;
  } catch {
    return false;
  }
}
