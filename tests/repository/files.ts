// The files that the repository's rules are about: what git has, and what it would take if it were added.
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/root.ts";

export interface File {
  /** From the repository's root, with forward slashes. */
  path: string;
  text: string;
}

/** Every file whose path matches, with its text. */
export function files(matching: RegExp): File[] {
  const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  return [...new Set(listed.split("\0"))]
    .filter((path) => matching.test(path) && statSync(join(root, path), { throwIfNoEntry: false })?.isFile())
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}
