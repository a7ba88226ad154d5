// Starts `spoor` as a user does: as a process of its own, in a directory of its own, with a home of its own.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { testBundle } from "./bundle.ts";

export const bin = testBundle();

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Place extends Disposable {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  write(name: string, text: string): string;
  spoor(words: readonly string[], options?: StartOptions): Promise<Ended>;
  start(words: readonly string[], options?: StartOptions): { child: ChildProcess; ended: Promise<Ended> };
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly input?: string;
}

/** A project directory that is gone after the test. */
export function place(files: Readonly<Record<string, string>> = {}): Place {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "spoor-test-")));
  const directory = base;
  const { NO_COLOR: _, FORCE_COLOR: __, COLUMNS: ___, ...inherited } = process.env;
  const env = { ...inherited, XDG_STATE_HOME: join(base, ".state"), XDG_CONFIG_HOME: join(base, ".config") };
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  for (const [name, text] of Object.entries(files)) write(name, text);
  const start: Place["start"] = (words, options = {}) => {
    const child = spawn(process.execPath, [bin, ...words], {
      cwd: options.cwd ?? directory,
      env: { ...env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin.end(options.input ?? "");
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
    });
    return { child, ended };
  };
  return {
    directory,
    env,
    write,
    start,
    spoor: (words, options) => start(words, options).ended,
    [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }),
  };
}

/** Resolves when the stream has said `text`. */
export function said(stream: NodeJS.ReadableStream | null, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let all = "";
    stream?.on("data", (chunk) => {
      all += String(chunk);
      if (all.includes(text)) resolve();
    });
    stream?.once("end", () => reject(new Error(`never said ${text}: ${all}`)));
  });
}
