// The Node that a project's commands would meet, and whether it can be recorded.
import { execFile } from "node:child_process";
import { findNodeAgent } from "../injection.ts";
import { findExecutable } from "../python-command.ts";
import { ok, type Check } from "./checks.ts";
import type { Interpreter } from "./interpreters.ts";

const oldest = 20;

/** Null where there is none on PATH, which is no fault. */
export function findNodeInterpreter(cwd: string, env: NodeJS.ProcessEnv): Interpreter | null {
  const path = findExecutable("node", { cwd, path: env["PATH"] ?? "" });
  return path === null ? null : { path, from: "node on PATH" };
}

export async function nodeCheck({ path, from }: Interpreter): Promise<Check> {
  const version = await new Promise<string | null>((resolve) => {
    execFile(path, ["--version"], { timeout: 10_000 }, (error, stdout) => resolve(error ? null : stdout.trim()));
  });
  if (version === null)
    return { name: from, status: "failed", says: `${path} does not start`, tryNext: `${path} --version` };
  const says = `${path} is Node.js ${version.replace(/^v/, "")}`;
  if (Number.parseInt(version.slice(1), 10) < oldest) {
    return {
      name: from,
      status: "warning",
      says: `${says}: too old to be recorded`,
      tryNext: `use Node.js ${oldest} or newer`,
    };
  }
  if (findNodeAgent() === null) {
    return {
      name: from,
      status: "failed",
      says: `${says}; the Node agent is missing`,
      tryNext: "install Spoor again (in a checkout: npm run build)",
    };
  }
  return ok(from, says);
}
