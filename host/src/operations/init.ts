// Makes a directory a project: its configuration file, and a private place for its recordings.
import { existsSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import * as z from "zod";
import { projectFilePath, readConfigurationFile, writeConfigurationFile } from "../project/project-file.ts";
import { projectAt } from "../project/find-project.ts";
import { projectsNamed, registerProject } from "../project/registry.ts";
import { makeSpoorDirectory } from "./first-run.ts";
import type { Operation } from "./operation.ts";

const input = z.strictObject({
  name: z.string().min(1).optional().describe("The project's name; else that of the directory"),
  directory: z.string().default(".").describe("The project's root"),
});

const data = z.object({
  name: z.string(),
  root: z.string(),
  file: z.string().describe("The configuration file"),
  created: z.boolean().describe("False if it was there before"),
  same_name: z.array(z.string()).describe("Other projects of that name"),
});

export const init: Operation<z.infer<typeof input>, z.infer<typeof data>> = {
  name: "project.init",
  command: "init",
  summary: "Make this directory a project, with a configuration file",
  description: `Writes spoor.config.json and a private .spoor/ for the recordings. The name can then be given to every
command as -c NAME, from any directory. Nothing that exists is overwritten.

  spoor init shop`,
  effect: "touches",
  input,
  data,
  positional: ["name"],
  async run(given) {
    const root = resolve(given.directory);
    const file = projectFilePath(root);
    const created = !existsSync(file);
    const before = readConfigurationFile(file);
    const name = given.name ?? (before["name"] as string | undefined) ?? (basename(root) || "root");
    if (created || before["name"] !== name) writeConfigurationFile(file, { ...before, name });
    const project = projectAt(root);
    makeSpoorDirectory(project);
    registerProject(project, process.env);
    const others = projectsNamed(name, process.env).filter((each) => each !== project.root && existsSync(each));
    return {
      about: { project: name, runs: [], completeness: null, next: ["spoor run <command>"] },
      data: { name, root: project.root, file, created, same_name: others },
    };
  },
  text({ data }) {
    const file = relative(process.cwd(), data.file) || data.file;
    return [
      `Project "${data.name}" in ${data.root}`,
      data.created ? `  wrote ${file} and .spoor/ (ignored by git)` : `  ${file} was there already`,
      ...data.same_name.map((root) => `  ${root} has the same name: there, give the directory with -c`),
    ].join("\n");
  },
};
