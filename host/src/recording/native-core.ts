// Has the native core compiled and the agent's modules bundled for the interpreters that are about to be used or were
// just met, once each: the interpreter itself does it (the agent's native_cache.py), in the user's cache and outside the
// run's own time. What it answered is remembered, so that a command pays for the question once and not for every run.
import { createHash } from "node:crypto";
import { execFile } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
} from "node:fs";
import { closeSync, openSync, readSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { findExecutable } from "./python-command.ts";

export interface Building {
  readonly agent: string;
  /** The user's cache of Spoor. */
  readonly cache: string;
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  progress(message: string): void;
}

const answer = z.object({
  version: z.string(),
  executable: z.string(),
  /** Whether there can be a native core for this interpreter at all. */
  supported: z.boolean(),
  core: z.enum(["native", "python"]),
  reason: z.string(),
  library: z.string().nullable(),
  /** Compiled now, and not found. */
  built: z.boolean(),
  /** Of compiling, or of waiting for another command that was at it. */
  seconds: z.number(),
  /** It was tried now; a failure that was noted before is not new. */
  tried: z.boolean(),
  /** Programs and files whose appearance would be worth another try. */
  until: z.array(z.string()),
  /** What starts take the agent's modules from; null where it cannot be kept. */
  bundle: z.string().nullable(),
});

export type NativeCore = z.infer<typeof answer>;

// Longer than the agent gives its compiler.
const longestMs = 300_000;

/**
 * The native core of the interpreter that `program` names, compiled if it has none. Null where that is known already
 * or cannot be known: there is nothing to tell then. Never rejects.
 */
export async function haveNativeCore(program: string, building: Building): Promise<NativeCore | null> {
  const path = findExecutable(program, { cwd: building.cwd, path: building.env["PATH"] ?? "" });
  if (path === null) return null;
  const memory = memoryOf(path, building);
  if (memory === null || isStillTrue(recall(memory), building)) return null;
  building.progress(`compiling the native core for ${program}, once`);
  const told = await ask(path, building, []);
  building.progress("");
  if (told !== "ended") remember(memory, told);
  return told === "ended" ? null : told;
}

/** The same, whatever is remembered and failed before; null where the interpreter does not answer. */
export async function compileNativeCore(path: string, building: Building): Promise<NativeCore | null> {
  const told = await ask(path, building, ["again"]);
  if (told === "ended") return null;
  const memory = memoryOf(path, building);
  if (memory !== null) remember(memory, told);
  return told;
}

/** Null where the interpreter cannot answer; `ended` where it was not let. */
function ask(path: string, building: Building, more: readonly string[]): Promise<NativeCore | null | "ended"> {
  const script = join(building.agent, "native_cache.py");
  const words = ["-I", "-S", script, building.cache, ...more];
  const options = {
    cwd: building.cwd,
    env: { ...building.env, SPOOR_RUN: undefined },
    timeout: longestMs,
    ...(building.signal ? { signal: building.signal } : {}),
  };
  return new Promise((resolve) => {
    execFile(path, words, options, (error, stdout) => {
      if (error?.killed || building.signal?.aborted) return resolve("ended");
      const told = answer.safeParse(error ? null : parsed(stdout.trim().split("\n").at(-1) ?? ""));
      resolve(told.success ? told.data : null);
    });
  });
}

/** What there is to say of an answer, in one sentence; null if it is nothing new. */
export function sayNativeCore(told: NativeCore | null, when: "before" | "after"): string | null {
  if (told === null || !told.tried) return null;
  const name = `CPython ${told.version}${when === "after" ? ` (${told.executable})` : ""}`;
  if (told.core === "native") {
    const next = when === "after" ? "; the next run uses it" : "; it is kept for later runs";
    return `compiled the native core for ${name} in ${told.seconds.toFixed(1)} s${next}`;
  }
  return `no native core for ${name}, so pure Python records, which costs more: ${told.reason}`;
}

/** The file that remembers what this interpreter answered about these sources; null where nothing can be kept. */
function memoryOf(path: string, { agent, cache, cwd, env }: Building): string | null {
  try {
    const folder = join(cache, "native/known");
    if (!isWritable(folder)) return null;
    const real = realpathSync(path);
    const { size, mtimeMs } = statSync(real);
    // A script in the interpreter's place (pyenv has them) chooses one by what it finds around it.
    const around = isScript(real) ? [cwd, env["PYENV_VERSION"] ?? ""] : [];
    // As the agent's bundle.py: installers set the time of a file's content as they like, but not that of its change.
    const sources = [agent, join(agent, "_native")].flatMap((folder) =>
      readdirSync(folder).map((name) => {
        const status = statSync(join(folder, name));
        return status.isFile() ? [name, status.size, status.ctimeMs] : [];
      }),
    );
    const key = JSON.stringify([real, size, mtimeMs, agent, sources, ...around]);
    return join(folder, `${createHash("sha256").update(key).digest("hex").slice(0, 24)}.json`);
  } catch {
    return null;
  }
}

function isWritable(folder: string): boolean {
  let nearest = folder;
  while (!existsSync(nearest) && nearest !== dirname(nearest)) nearest = dirname(nearest);
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
    return statSync(nearest).isDirectory();
  } catch {
    return false;
  }
}

function isScript(path: string): boolean {
  const descriptor = openSync(path, "r");
  try {
    const head = Buffer.alloc(2);
    readSync(descriptor, head, 0, 2, 0);
    return head.toString("latin1") === "#!";
  } finally {
    closeSync(descriptor);
  }
}

interface Memory {
  readonly told: NativeCore | null;
}

function recall(path: string): Memory | null {
  try {
    const kept = JSON.parse(readFileSync(path, "utf8")) as { told: unknown };
    if (kept.told === null) return { told: null };
    const told = answer.safeParse(kept.told);
    return told.success ? { told: told.data } : null;
  } catch {
    return null;
  }
}

/** An interpreter that did not answer never will; a library may have been deleted, and a compiler installed. */
function isStillTrue(memory: Memory | null, { env, cwd }: Building): boolean {
  if (memory === null) return false;
  const { told } = memory;
  if (told === null || !told.supported) return true;
  if (told.bundle !== null && !existsSync(told.bundle)) return false;
  if (told.library !== null) return existsSync(told.library);
  const isThere = (name: string): boolean =>
    name.includes("/") ? existsSync(name) : findExecutable(name, { cwd, path: env["PATH"] ?? "" }) !== null;
  return !told.until.some(isThere);
}

function remember(path: string, told: NativeCore | null): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.${process.pid}`, JSON.stringify({ told }));
    renameSync(`${path}.${process.pid}`, path);
  } catch {
    // The question is then asked again.
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
