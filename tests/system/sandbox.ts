// A directory in which a program runs twice, once bare and once recorded, by real processes; what it did must be the
// same both times, and what was recorded is then asked of the store.
import { spawn, type ChildProcess } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect } from "vitest";
import { testBundle } from "../../host/tests/bundle.ts";
import { projectAt } from "../../host/src/project/find-project.ts";
import { openStore } from "../../host/src/store/open.ts";
import { sayEnd } from "./ends.ts";
import { drawCalls } from "./picture.ts";

const bin = testBundle();
export const programs = join(import.meta.dirname, "programs");

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Spoor's own lines, taken out of stderr. */
  readonly said: string;
}

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
  readonly cwd?: string;
  /** Flags of `spoor run`. */
  readonly flags?: readonly string[];
  /** Which program to start and not to wait for is killed after this, so that no test leaves one behind. */
  readonly limitMs?: number;
}

export interface Started {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves with all of the stream so far once it has said `text`. */
  says(text: string, stream?: "stdout" | "stderr"): Promise<string>;
}

export interface Sandbox extends AsyncDisposable {
  /** The host, to be started with node. */
  readonly bin: string;
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  write(name: string, text: string): string;
  /** Starts the command as it is. */
  startBare(command: readonly string[], options?: StartOptions): Started;
  /** Starts the command under `spoor run`. */
  startRecorded(command: readonly string[], options?: StartOptions): Started;
  /** `spoor` with these words. */
  spoor(words: readonly string[], options?: StartOptions): Promise<Ended>;
  /** Runs bare, then recorded; throws unless output, errors and exit code are the same. The recorded end. */
  both(
    command: readonly string[],
    options?: StartOptions & { readonly same?: (text: string) => string },
  ): Promise<Ended>;
  rows<T = Record<string, unknown>>(sql: string): Promise<T[]>;
  /** The processes of the last run and their calls as an indented picture. */
  picture(only?: RegExp): Promise<string>;
  /** Directories of the runs, oldest first. */
  runs(): string[];
}

/** `files` by name; `copies` names files and folders of tests/system/programs. */
export function sandbox(files: Readonly<Record<string, string>> = {}, copies: readonly string[] = []): Sandbox {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "spoor-system-")));
  const directory = join(base, "project");
  // The mark of a project: `spoor run` then has nothing to tell about where it records.
  mkdirSync(join(directory, ".spoor/runs"), { recursive: true, mode: 0o700 });
  mkdirSync(join(base, "tmp"));
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(PATH|LANG|LC_.*|TERM|USER|LOGNAME|PYENV_.*|SPOOR_CACHE|SPOOR_COMPILE)$/.test(name),
  );
  const env = {
    ...Object.fromEntries(kept),
    HOME: base,
    TMPDIR: join(base, "tmp"),
    XDG_STATE_HOME: join(base, "state"),
    XDG_CONFIG_HOME: join(base, "config"),
    // Both times the same, whether or not the other run has left its bytecode.
    PYTHONDONTWRITEBYTECODE: "1",
    PYTHONHASHSEED: "0",
  };
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  for (const name of copies) cpSync(join(programs, name), join(directory, name), { recursive: true });
  for (const [name, text] of Object.entries(files)) write(name, text);

  const live = new Set<ChildProcess>();
  const start = (command: readonly string[], options: StartOptions = {}): Started => {
    const [program = "", ...rest] = command;
    const child = spawn(program, rest, {
      cwd: options.cwd ?? directory,
      env: { ...env, ...options.env },
      stdio: ["pipe", "pipe", "pipe"],
      detached: true,
    });
    live.add(child);
    const texts = { stdout: "", stderr: "" };
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].setEncoding("utf8").on("data", (text: string) => (texts[stream] += text));
    }
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    const limit = setTimeout(() => killGroup(child), options.limitMs ?? 60_000);
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code, signal) => {
        clearTimeout(limit);
        live.delete(child);
        resolve({ code, signal, stdout: texts.stdout, ...splitErrors(texts.stderr) });
      });
    });
    return {
      child,
      ended,
      says: async (text, stream = "stdout") => {
        let over = false;
        void ended.then(() => (over = true));
        while (!texts[stream].includes(text)) {
          if (over) throw new Error(`ended without saying ${text}:\n${texts.stdout}\n${texts.stderr}`);
          await new Promise((resolve) => setTimeout(resolve, 20));
        }
        return texts[stream];
      },
    };
  };
  const startRecorded: Sandbox["startRecorded"] = (command, options = {}) =>
    start([process.execPath, bin, "run", ...(options.flags ?? []), "--", ...command], options);
  const rows: Sandbox["rows"] = async <T>(sql: string) => {
    await using store = await openStore(projectAt(directory));
    return (await store.query(sql)) as T[];
  };
  return {
    bin,
    directory,
    env,
    write,
    startBare: start,
    startRecorded,
    spoor: (words, options) => start([process.execPath, bin, ...words], options).ended,
    rows,
    picture: (only) => drawCalls(rows, only),
    runs: () => {
      const runs = join(directory, ".spoor/runs");
      return readdirSync(runs)
        .sort()
        .map((name) => join(runs, name));
    },
    async both(command, options = {}) {
      const bare = await start(command, options).ended;
      const recorded = await startRecorded(command, options).ended;
      expect(sayEnd(recorded, options.same), `what ${command.join(" ")} does, recorded (+) and bare (-)`).toBe(
        sayEnd(bare, options.same),
      );
      return recorded;
    },
    async [Symbol.asyncDispose]() {
      for (const child of live) killGroup(child);
      rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** A process of its own group, with all that it started and that did not leave the group. */
function killGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  } catch {
    // Gone already.
  }
}

/** Spoor tells what it has to tell in lines of its own, behind those of the program. */
function splitErrors(text: string): { stderr: string; said: string } {
  const lines = text.split(/(?<=\n)/);
  const own = lines.findIndex((line) => line.startsWith("spoor: "));
  if (own === -1) return { stderr: text, said: "" };
  let end = own;
  while (end < lines.length && /^(spoor: | {2})/.test(lines[end] ?? "")) end++;
  const rest = splitErrors(lines.slice(end).join(""));
  return { stderr: lines.slice(0, own).join("") + rest.stderr, said: lines.slice(own, end).join("") + rest.said };
}
