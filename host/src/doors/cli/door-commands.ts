// The commands that are no questions but ways in: the MCP server, the daemon and shell completion.
import { Argument, type Command } from "commander";
import type { DaemonLifecycle } from "../../live/daemon.ts";
import { addDaemonCommands } from "./daemon-commands.ts";
import { completionScript, shells, type Shell } from "./completion.ts";

export interface DoorOptions {
  daemon(): Promise<DaemonLifecycle>;
}

export function addDoorCommands(program: Command, commandAt: (path: string) => Command, options: DoorOptions): void {
  commandAt("mcp")
    .summary("Serve every question to a coding agent, over MCP on standard input and output")
    .description(
      "Serves every question, and `run`, as tools of the Model Context Protocol on standard input and output. " +
        "Register it with your coding agent as the command `spoor mcp`; -c names the project it is about.",
    )
    .option("-c, --project <name|dir>", "the project that questions are about unless they name one")
    .action(async (given: { project?: string }) => {
      const { serveMcp } = await import("../mcp/server.ts");
      await serveMcp({
        project: given.project ?? (program.opts()["project"] as string | undefined),
        daemon: async () => (await options.daemon()).ensure(),
      });
    });
  addDaemonCommands(program, commandAt, options);
  commandAt("completion")
    .summary("Print the completion script of a shell")
    .description(
      "Prints a script that completes commands and flags.\n" +
        "  bash: source <(spoor completion bash)\n" +
        "  zsh:  source <(spoor completion zsh)\n" +
        "  fish: spoor completion fish | source",
    )
    .addArgument(new Argument("<shell>", "which shell").choices([...shells]))
    .action((shell: Shell) => {
      process.stdout.write(completionScript(shell, program));
    });
}
