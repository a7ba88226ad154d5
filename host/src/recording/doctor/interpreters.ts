// The Python interpreters that a project's commands would meet, and what the agent says about each.
import { execFile } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import * as z from "zod";
import { findExecutable } from "../python-command.ts";

export interface Interpreter {
  readonly path: string;
  /** Why it is looked at: `python3 on PATH`, `.venv`, `VIRTUAL_ENV`. */
  readonly from: string;
}

export interface InterpreterFacts {
  readonly version: string;
  readonly implementation: string;
  /** What it calls itself: several names on PATH may start the same interpreter. */
  readonly executable: string;
  /** Files named sitecustomize.py that the agent's own hides and chains to. */
  readonly sitecustomize: readonly string[];
  readonly coverage: boolean;
  readonly agent: AgentFacts | null;
}

const agentFacts = z.looseObject({
  engine: z.string(),
  reason: z.string().optional(),
  core: z.enum(["native", "python"]).nullish(),
  core_reason: z.string().nullish(),
  /** It would record natively, had it a core. */
  core_fallback: z.boolean().optional(),
});
export type AgentFacts = z.infer<typeof agentFacts>;

/** Each once, however many names lead to it. */
export function findInterpreters(root: string, cwd: string, env: NodeJS.ProcessEnv): Interpreter[] {
  const path = env["PATH"] ?? "";
  const candidates = [
    { path: findExecutable("python3", { cwd, path }), from: "python3 on PATH" },
    { path: findExecutable("python", { cwd, path }), from: "python on PATH" },
    ...(env["VIRTUAL_ENV"] ? [{ path: join(env["VIRTUAL_ENV"], "bin/python"), from: "VIRTUAL_ENV" }] : []),
    ...[".venv", "venv"].map((name) => ({ path: join(root, name, "bin/python"), from: name })),
  ];
  const seen = new Set<string>();
  return candidates.flatMap(({ path, from }) => {
    if (path === null || !existsSync(path)) return [];
    // A virtual environment's python is a link to the base one and yet another interpreter: its directory tells.
    const key = `${realpathSync(path)} ${existsSync(join(dirname(dirname(path)), "pyvenv.cfg")) ? path : ""}`;
    if (seen.has(key)) return [];
    seen.add(key);
    return [{ path, from }];
  });
}

// One line of JSON. Runs on any Python, so that one too old to record can say so.
const questions = `
import json, os, sys
found = [os.path.join(p or '.', 'sitecustomize.py') for p in sys.path]
try:
    from importlib.util import find_spec
    coverage = find_spec('coverage') is not None
except ImportError:
    coverage = False
print(json.dumps({
    'version': '.'.join(str(n) for n in sys.version_info[:3]),
    'implementation': getattr(getattr(sys, 'implementation', None), 'name', 'python'),
    'executable': sys.executable,
    'sitecustomize': [p for p in found if os.path.exists(p)],
    'coverage': coverage,
}))`;

/** Null where the interpreter does not even start. */
export async function askInterpreter(path: string, agent: string, cwd: string): Promise<InterpreterFacts | null> {
  const own = await jsonLine(path, ["-c", questions], process.env, cwd);
  if (own === null) return null;
  const env = { ...process.env, PYTHONPATH: dirname(agent) };
  const told = agentFacts.safeParse(await jsonLine(path, ["-m", "spoor.doctor"], env, cwd));
  return { ...(own as unknown as InterpreterFacts), agent: told.success ? told.data : null };
}

function jsonLine(
  program: string,
  words: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
): Promise<Record<string, unknown> | null> {
  return new Promise((resolve) => {
    execFile(program, words, { env, cwd, timeout: 10_000 }, (error, stdout) => {
      resolve(error ? null : parsed(stdout.trim().split("\n").at(-1) ?? ""));
    });
  });
}

function parsed(line: string): Record<string, unknown> | null {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return null;
  }
}
