// What `spoor doctor` looks at besides the interpreters: each check is a function that answers in one sentence.
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  mkdtempSync,
  statfsSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sayBytes } from "../../project/units.ts";
import type { Project } from "../../project/project.ts";
import { projectAt } from "../../project/find-project.ts";
import { resolveConfiguration } from "../../project/configuration.ts";
import type { NativeCore } from "../native-core.ts";
import type { Interpreter, InterpreterFacts } from "./interpreters.ts";

export interface Check {
  readonly name: string;
  readonly status: "ok" | "warning" | "failed";
  readonly says: string;
  readonly tryNext: string | null;
}

const littleBytes = 1024 ** 3;

export function ok(name: string, says: string): Check {
  return { name, status: "ok", says, tryNext: null };
}

export function interpreterCheck(interpreter: Interpreter, facts: InterpreterFacts | null): Check {
  const name = interpreter.from;
  const { path } = interpreter;
  if (facts === null) {
    return { name, status: "failed", says: `${path} does not start`, tryNext: `${path} -V` };
  }
  const [major = 0, minor = 0] = facts.version.split(".").map(Number);
  const says = `${path} is ${facts.implementation} ${facts.version}`;
  if (major < 3 || (major === 3 && minor < 8)) {
    return { name, status: "warning", says: `${says}: too old to be recorded`, tryNext: "use Python 3.8 or newer" };
  }
  if (facts.agent === null) return ok(name, says);
  const { engine, reason } = facts.agent;
  return ok(name, `${says}; records by ${engine}${reason ? ` (${reason})` : ""}`);
}

/** Which core this interpreter would record with, and why; `fixed` is what compiling it just now came to. */
export function coreCheck(
  interpreter: Interpreter,
  facts: InterpreterFacts | null,
  fixed: NativeCore | null,
): Check | null {
  if (!facts?.agent?.core) return null;
  const name = `core of ${interpreter.from}`;
  const { core, core_reason, core_fallback } = facts.agent;
  if (core === "native") {
    const now = fixed?.built ? `, now, in ${fixed.seconds.toFixed(1)} s` : "";
    return ok(name, `${core_reason ?? core}${now}`);
  }
  const says = `pure Python, which costs more: ${fixed && !fixed.built ? fixed.reason : (core_reason ?? "unknown")}`;
  if (!core_fallback) return ok(name, says.replace(", which costs more", ""));
  const tryNext =
    fixed === null ? "spoor doctor --fix" : "see docs/guides/installing.md, The native core; then spoor doctor --fix";
  return { name, status: "warning", says, tryNext };
}

/** What is known to get in the way of an agent in this interpreter. */
export function conflictChecks(interpreter: Interpreter, facts: InterpreterFacts | null): Check[] {
  if (facts === null) return [];
  const [major = 0, minor = 0] = facts.version.split(".").map(Number);
  return [
    ...facts.sitecustomize.map((path) =>
      ok(interpreter.from, `${path} exists; the agent runs it as Python would have`),
    ),
    ...(facts.coverage && major === 3 && minor < 12
      ? [
          {
            name: interpreter.from,
            status: "warning" as const,
            says: "coverage and the recorder can share no hook before Python 3.12: when both run, the later one displaces the other",
            tryNext: "record without coverage, or use Python 3.12",
          },
        ]
      : []),
  ];
}

export function spaceCheck(project: Project): Check {
  const { bavail, bsize } = statfsSync(project.root);
  const freeBytes = bavail * bsize;
  const says = `${sayBytes(freeBytes)} free for recordings`;
  if (freeBytes >= littleBytes) return ok("disk space", says);
  return { name: "disk space", status: "warning", says, tryNext: "spoor prune --keep 5" };
}

export function writableCheck(project: Project, fix: boolean): Check {
  const name = "recordings";
  const directory = existsSync(project.spoorDirectory) ? project.spoorDirectory : project.root;
  try {
    accessSync(directory, constants.W_OK | constants.X_OK);
  } catch {
    return { name, status: "failed", says: `${directory} is not writable`, tryNext: `chmod u+rwx ${directory}` };
  }
  if (existsSync(project.runsDirectory) && (statSync(project.runsDirectory).mode & 0o077) !== 0) {
    if (fix) {
      chmodSync(project.runsDirectory, 0o700);
      return ok(name, `${project.runsDirectory} was readable by others, and is not any more`);
    }
    const says = `${project.runsDirectory} is readable by others; recordings hold what your program handled`;
    return { name, status: "warning", says, tryNext: "spoor doctor --fix" };
  }
  return ok(name, `${directory} is writable`);
}

export async function databaseCheck(): Promise<Check> {
  try {
    const { openDuckDb } = await import("../../store/duckdb.ts");
    await using database = await openDuckDb();
    await database.run("SELECT 1");
    return ok("database", "DuckDB loads and answers");
  } catch (error) {
    const says = `DuckDB does not load: ${(error as Error).message}`;
    return { name: "database", status: "failed", says, tryNext: "install Spoor again on this machine (npm ci)" };
  }
}

/** A small program in each language. */
const samples = {
  python: { file: "sample.py", text: "def add(a, b):\n    return a + b\n\nadd(2, 3)\n" },
  node: { file: "sample.js", text: "function add(a, b) {\n  return a + b;\n}\n\nadd(2, 3);\n" },
} as const;

/** Records a small program in a directory of its own, and reads the recording back. */
export async function recordingCheck(
  interpreter: Interpreter,
  version: string,
  language: keyof typeof samples,
): Promise<Check> {
  const { file, text } = samples[language];
  const name = `recording with ${interpreter.from}`;
  const directory = mkdtempSync(join(tmpdir(), "spoor-doctor-"));
  try {
    writeFileSync(join(directory, file), text);
    const project = projectAt(directory);
    const { record } = await import("../record.ts");
    const recorded = await record({
      command: [interpreter.path, file],
      project,
      settings: resolveConfiguration(null, {}).settings,
      label: null,
      version,
      timeoutS: 20,
      cwd: directory,
      env: process.env,
      stdio: ["ignore", "ignore", "ignore"],
      progress: () => {},
    });
    const { openStore } = await import("../../store/open.ts");
    await using store = await openStore(project, recorded.run);
    const rows = await store.query<{ result: string | null }>("SELECT result FROM calls WHERE function = 'add'");
    if (rows.length === 1 && rows[0]?.result === "5") {
      return ok(
        name,
        `a small program was recorded in ${Math.round(recorded.durationMs)} ms and read back: add(2, 3) = 5`,
      );
    }
    const says = `a small program ran (exit code ${recorded.exitCode}), and its call of add was ${rows.length === 0 ? "not recorded" : "recorded wrongly"}`;
    return {
      name,
      status: "failed",
      says: [says, ...recorded.troubles].join("; "),
      tryNext: `${interpreter.path} --version`,
    };
  } catch (error) {
    return { name, status: "failed", says: (error as Error).message, tryNext: null };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
