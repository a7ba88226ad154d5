// What is said once, when a command makes a directory a project without having been told to.
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Project } from "../project/project.ts";

/** Makes `.spoor/` with its .gitignore where it is missing; the sentence to say about it, if any. */
export function firstRunNotice(project: Project): string[] {
  if (existsSync(project.spoorDirectory)) return [];
  try {
    makeSpoorDirectory(project);
  } catch {
    // Whether the run can be written is told by the run itself, with a reason.
    return [];
  }
  return [`recording into ${project.spoorDirectory}, as project "${project.name}" (spoor init names it)`];
}

/** Recordings hold what the program handled: private to the user, and never committed. */
export function makeSpoorDirectory(project: Project): void {
  mkdirSync(project.spoorDirectory, { recursive: true, mode: 0o700 });
  const ignore = join(project.spoorDirectory, ".gitignore");
  if (!existsSync(ignore)) writeFileSync(ignore, "*\n");
}
