// Opens a configuration file in the user's editor, and checks what comes back.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import * as z from "zod";
import { Problem } from "../problem.ts";
import { checkConfiguration } from "../project/configuration.ts";
import {
  projectFilePath,
  readConfigurationFile,
  userFilePath,
  writeConfigurationFile,
} from "../project/project-file.ts";
import type { Operation } from "./operation.ts";

const input = z.strictObject({
  user: z.boolean().optional().describe("Your own file, for all projects, not the project's"),
});

const data = z.object({ path: z.string() });

export const configEdit: Operation<z.infer<typeof input>, z.infer<typeof data>> = {
  name: "config.edit",
  command: "config edit",
  summary: "Open the configuration file in your editor",
  description: `Opens spoor.config.json, or with --user your own file, in $VISUAL or $EDITOR, and says what is wrong with it
afterwards, if anything is.

  EDITOR=nano spoor config edit`,
  effect: "touches",
  input,
  data,
  positional: [],
  async run({ user }, context) {
    const path = user ? userFilePath(process.env) : projectFilePath(context.project.root);
    const editor = process.env["VISUAL"] || process.env["EDITOR"] || "vi";
    if (!existsSync(path)) writeConfigurationFile(path, user ? {} : { name: context.project.name });
    // An editor may come with arguments (`code --wait`), so a shell reads it, as git and crontab do.
    const ended = spawnSync("sh", ["-c", `${editor} "$1"`, "sh", path], { stdio: "inherit" });
    if (ended.status !== 0) {
      throw new Problem({
        code: "editor.failed",
        kind: "environment",
        says: `The editor "${editor}" did not end well.`,
        tryNext: `EDITOR=nano spoor config edit, or edit ${path} yourself`,
        context: { editor, path, exit_status: ended.status },
      });
    }
    checkConfiguration(readConfigurationFile(path), path);
    return {
      about: { project: context.project.name, runs: [], completeness: null, next: [] },
      data: { path },
    };
  },
  text: ({ data }) => `${data.path} is a valid configuration.`,
};
