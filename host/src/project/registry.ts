// The names by which this user's projects are known (`-c shop`), in one JSON file of the XDG state directory. It is a
// convenience: whatever goes wrong with it never keeps a command from working.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import type { Project } from "./project.ts";

export interface RegisteredProject {
  readonly root: string;
  readonly name: string;
}

export function registryPath(env: NodeJS.ProcessEnv): string {
  const state = env["XDG_STATE_HOME"] || join(env["HOME"] || homedir(), ".local", "state");
  return join(state, "spoor", "projects.json");
}

export function registeredProjects(env: NodeJS.ProcessEnv): RegisteredProject[] {
  try {
    const file: unknown = JSON.parse(readFileSync(registryPath(env), "utf8"));
    const projects = (file as { projects?: unknown } | null)?.projects;
    if (typeof projects !== "object" || projects === null) return [];
    return Object.entries(projects).flatMap(([root, name]) => (typeof name === "string" ? [{ root, name }] : []));
  } catch {
    return [];
  }
}

/** Roots of the projects registered under a name. */
export function projectsNamed(name: string, env: NodeJS.ProcessEnv): string[] {
  return registeredProjects(env)
    .filter((entry) => entry.name === name)
    .map((entry) => entry.root);
}

/** Remembers a project. Written to a new file and renamed, so that a reader never sees half of it. */
export function registerProject(project: Project, env: NodeJS.ProcessEnv): void {
  try {
    const known = registeredProjects(env);
    if (known.some((entry) => entry.root === project.root && entry.name === project.name)) return;
    const projects = Object.fromEntries(known.map((entry) => [entry.root, entry.name]));
    projects[project.root] = project.name;
    const path = registryPath(env);
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    const temporary = `${path}.${process.pid}.tmp`;
    writeFileSync(temporary, `${JSON.stringify({ format: 1, projects }, null, 2)}\n`, {
      mode: 0o600,
    });
    renameSync(temporary, path);
  } catch {
    // A read-only home is no reason not to record.
  }
}
