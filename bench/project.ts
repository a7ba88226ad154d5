// The project that is recorded when Spoor stands beside its peers: the workloads, and a library known to all in a copy that
// counts as the project's own code.
import { execFileSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { workloads } from "./recording.ts";

/** Its folder, made anew for each interpreter, since each has a difflib of its own. */
export function makeProject(python: string, scratch: string, name: string): string {
  const folder = join(scratch, `project-${name}`);
  mkdirSync(folder, { recursive: true });
  cpSync(workloads, folder, { recursive: true, filter: (path) => !path.endsWith("__pycache__") });
  const where = ["-I", "-c", "import difflib; print(difflib.__file__)"];
  const difflib = execFileSync(python, where, { encoding: "utf8" }).trim();
  copyFileSync(difflib, join(folder, "own_difflib.py"));
  return folder;
}
