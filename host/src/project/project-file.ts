// Where configuration files are and how they are read and written: the project's `spoor.config.json` and the
// user's `config.json`. What may be in them is the business of configuration.ts.
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { Problem } from "../problem.ts";

export function projectFilePath(root: string): string {
  return join(root, "spoor.config.json");
}

export function userFilePath(env: NodeJS.ProcessEnv): string {
  const config = env["XDG_CONFIG_HOME"] || join(env["HOME"] || homedir(), ".config");
  return join(config, "spoor", "config.json");
}

/** The file's object, `{}` if there is no file. Throws the Problem `config.unreadable`. */
export function readConfigurationFile(path: string): Record<string, unknown> {
  if (!existsSync(path)) return {};
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    throw unreadable(path, (error as Error).message);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw unreadable(path, "it is not an object");
  }
  return value as Record<string, unknown>;
}

export function writeConfigurationFile(path: string, value: Record<string, unknown>): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`);
  renameSync(temporary, path);
}

/** The name that the project gives itself; null where it gives none or its file cannot be read. */
export function readProjectName(root: string): string | null {
  try {
    const name = readConfigurationFile(projectFilePath(root))["name"];
    return typeof name === "string" && name !== "" ? name : null;
  } catch {
    return null;
  }
}

function unreadable(path: string, why: string): Problem {
  return new Problem({
    code: "config.unreadable",
    kind: "usage",
    says: `${path} is not a configuration: ${why}.`,
    tryNext: "correct the file (spoor config edit), or remove it",
    context: { path },
  });
}
