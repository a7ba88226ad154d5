// Where the configuration files are.
import { existsSync } from "node:fs";
import * as z from "zod";
import { projectFilePath, userFilePath } from "../project/project-file.ts";
import type { Operation } from "./operation.ts";

const input = z.strictObject({
  user: z.boolean().optional().describe("Your own file, for all projects, not the project's"),
});

const data = z.object({ path: z.string(), exists: z.boolean() });

export const configPath: Operation<z.infer<typeof input>, z.infer<typeof data>> = {
  name: "config.path",
  command: "config path",
  summary: "Where the configuration file is",
  description: `Prints the path of the project's spoor.config.json, or with --user of your own file, whether it exists or not.

  cat "$(spoor config path)"`,
  effect: "reads",
  input,
  data,
  positional: [],
  async run({ user }, context) {
    const path = user ? userFilePath(process.env) : projectFilePath(context.project.root);
    return {
      about: { project: context.project.name, runs: [], completeness: null, next: [] },
      data: { path, exists: existsSync(path) },
    };
  },
  text: ({ data }) => data.path,
};
