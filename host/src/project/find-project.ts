// Finds the project that a command is about: named by -c, found upward from the working directory, or, for
// commands that record, taken to be the nearest directory that looks like the root of a program.
import { existsSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Problem } from "../problem.ts";
import type { Project } from "./project.ts";
import { closest } from "./closest.ts";
import { projectsNamed, registeredProjects } from "./registry.ts";
import { readProjectName } from "./project-file.ts";

/** How a project was found: by its own files, by -c, or only because something has to be the root. */
export type Found = "marked" | "named" | "implicit";

export interface FoundProject {
  readonly project: Project;
  readonly found: Found;
}

const ownMarks = [".spoor", "spoor.config.json"];
const programMarks = [".git", "pyproject.toml", "package.json", "setup.py"];

export interface FindOptions {
  readonly cwd: string;
  /** What -c or SPOOR_PROJECT said. */
  readonly named?: string | undefined;
  /** Whether a directory that was never recorded will do. */
  readonly implicit: boolean;
  readonly env: NodeJS.ProcessEnv;
}

/** Throws the Problems `project.not_found` and `project.ambiguous`. */
export function findProject(options: FindOptions): FoundProject {
  if (options.named !== undefined) {
    return { project: namedProject(options.named, options), found: "named" };
  }
  const marked = upward(options.cwd, ownMarks);
  if (marked !== null) return { project: projectAt(marked), found: "marked" };
  const root = upward(options.cwd, programMarks) ?? options.cwd;
  if (options.implicit) return { project: projectAt(root), found: "implicit" };
  throw new Problem({
    code: "project.not_found",
    kind: "usage",
    says: `No recordings here: neither ${options.cwd} nor a directory above it has a .spoor/.`,
    tryNext: "spoor run <command>   (records it and makes the project), or -c NAME|DIR",
    context: { cwd: options.cwd },
  });
}

/** The project whose root is `directory`; nothing is read but its name, and nothing is made. */
export function projectAt(directory: string): Project {
  const root = realpathSync(directory);
  const spoorDirectory = join(root, ".spoor");
  return {
    name: readProjectName(root) ?? (basename(root) || "root"),
    root,
    spoorDirectory,
    runsDirectory: join(spoorDirectory, "runs"),
  };
}

function namedProject(named: string, options: FindOptions): Project {
  const looksLikePath = /[/\\]/.test(named) || named === "." || named === "..";
  const directory = resolve(options.cwd, named);
  if (looksLikePath) {
    if (isDirectory(directory)) return projectAt(directory);
    throw unknownProject(named, options.env);
  }
  const roots = projectsNamed(named, options.env).filter(isDirectory);
  const [root, ...others] = roots;
  if (root !== undefined && others.length === 0) return projectAt(root);
  if (root !== undefined) {
    throw new Problem({
      code: "project.ambiguous",
      kind: "usage",
      says: `${roots.length} projects are named "${named}".`,
      tryNext: roots.map((each) => `-c ${each}`).join("   or   "),
      context: { roots },
    });
  }
  if (isDirectory(directory)) return projectAt(directory);
  throw unknownProject(named, options.env);
}

function unknownProject(named: string, env: NodeJS.ProcessEnv): Problem {
  const names = [...new Set(registeredProjects(env).map((entry) => entry.name))];
  const suggestion = closest(named, names);
  return new Problem({
    code: "project.not_found",
    kind: "usage",
    says: `There is no project or directory "${named}".`,
    tryNext:
      suggestion === null
        ? "give a directory, or run `spoor init NAME` in the project's directory"
        : `-c ${suggestion}`,
    context: { named, known: names },
  });
}

function upward(from: string, marks: readonly string[]): string | null {
  for (let directory = resolve(from); ; directory = dirname(directory)) {
    if (marks.some((mark) => existsSync(join(directory, mark)))) return directory;
    if (dirname(directory) === directory) return null;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
