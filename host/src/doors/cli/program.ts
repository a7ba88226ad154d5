// The command line, derived from the list of operations: one command each, flags and arguments from its input.
import { Command, type CommanderError } from "commander";
import { groups } from "../../operations/groups.ts";
import type { AnyOperation } from "../../operations/operation.ts";
import { Problem } from "../../problem.ts";
import { closest } from "../../project/closest.ts";
import { fieldsOf } from "../fields.ts";
import type { DaemonLifecycle } from "../../live/daemon.ts";
import { addDoorCommands } from "./door-commands.ts";
import { fillIn, fillLater } from "./lazily.ts";
import { addFields, followOption, globalOptions, isFollowed, readGlobals, readInput, type Globals } from "./options.ts";

/** One command as it was given. */
export interface Invocation {
  readonly operation: AnyOperation;
  readonly needs: "recordings" | "directory";
  readonly input: Record<string, unknown>;
  readonly globals: Globals;
  /** Whether the answer is to go on. */
  readonly follow: boolean;
}

export interface ProgramOptions {
  readonly version: string;
  readonly columns: number;
  readonly colour: boolean;
  invoke(invocation: Invocation): Promise<void>;
  daemon(): Promise<DaemonLifecycle>;
}

const examples = `
Examples:
  spoor run python3 app.py      record a program
  spoor report                  what it did
  spoor calls 'load_*'          every call of some functions, with its values
  spoor exceptions              what was raised, and what became of it
  spoor slow                    where the time went
  spoor probe add app.py:42     what variables are there, in a live process
  spoor mcp                     the same questions for a coding agent`;

export function createProgram(options: ProgramOptions): Command {
  const program = new Command("spoor");
  configure(program, options);
  program
    .description("Spoor shows what a program really did.")
    .usage("<command> [options]")
    .version(options.version, "-V, --version", "the version of Spoor")
    .helpOption("-h, --help", "help for a command")
    .enablePositionalOptions()
    .addHelpText("after", examples);
  for (const option of globalOptions()) program.addOption(option);
  for (const group of groups) {
    for (const operation of group.operations) {
      const command = commandFor(program, operation.command, group.title, options);
      command.summary(operation.summary).description(paragraphs(operation.description));
      if (operation.positional.some((each) => each.startsWith("...")) && operation.effect === "records") {
        // From the first word that is not a flag of ours on, everything belongs to the program.
        command.passThroughOptions();
      }
      command.action(async () => {
        await options.invoke({
          operation,
          needs: group.needs,
          input: readInput(command, fieldsOf(operation)),
          globals: readGlobals(program, command),
          follow: command.opts()["follow"] === true,
        });
      });
      // Filled in when it is chosen: reading the flags of all commands off their schemas would slow every start.
      fillLater(command, () => {
        addFields(command, fieldsOf(operation));
        if (isFollowed(operation)) command.addOption(followOption());
        addGlobals(command);
      });
    }
  }
  addDoorCommands(program, (path) => commandFor(program, path, "Connect", options), options);
  return program;
}

function addGlobals(command: Command): void {
  for (const option of globalOptions()) {
    const taken = command.options.some(
      (each) => each.long === option.long || (option.short && each.short === option.short),
    );
    if (!taken) command.addOption(option);
  }
}

/** The command of a path such as `config show`, made with its parents. */
function commandFor(program: Command, path: string, group: string, options: ProgramOptions): Command {
  const words = path.split(" ");
  let parent = program;
  for (const [index, word] of words.entries()) {
    let command = parent.commands.find((each) => each.name() === word);
    if (command === undefined) {
      command = parent.command(word);
      configure(command, options);
      command.helpGroup(parent === program ? `${group}:` : "Commands:");
      if (index < words.length - 1) describeGroup(command, word);
    }
    parent = command;
  }
  return parent;
}

function describeGroup(command: Command, word: string): void {
  command.summary(groupSummaries[word] ?? `The ${word} commands`);
  command.description(groupSummaries[word] ?? "");
}

const groupSummaries: Readonly<Record<string, string>> = {
  config: "Show and change settings: show, set, unset, edit, path",
  probe: "Place, list, change and remove probes: add, log, metric, list, show, change, remove, enable, disable",
};

function configure(command: Command, options: ProgramOptions): void {
  command
    .exitOverride()
    .configureOutput({
      writeErr: () => {},
      getOutHelpWidth: () => options.columns,
      getOutHasColors: () => options.colour,
    })
    .configureHelp({
      sortSubcommands: false,
      subcommandTerm: (each) => each.name(),
      styleTitle: (text) => (options.colour ? `\u001b[1m${text}\u001b[22m` : text),
    })
    .helpOption("-h, --help", "this help")
    .hook("preSubcommand", (_, chosen) => fillIn(chosen));
  command.helpCommand(false);
}

/** Lines of a paragraph joined, for the terminal to break; indented lines are examples and stay. */
export function paragraphs(text: string): string {
  return text.replaceAll(/([^\n])\n(?=[^\n ])/g, "$1 ");
}

/** What commander refused, as a Problem; null for what is no failure (help and version were printed). */
export function usageProblem(error: CommanderError, program: Command, words: readonly string[]): Problem | null {
  if (error.exitCode === 0) return null;
  if (error.code === "commander.help") {
    // A word that only leads to commands (`spoor config`), given alone, shows them.
    commandNamed(program, words).outputHelp();
    return null;
  }
  const says = error.message.replace(/^error: /, "").replace(/\n.*$/s, "");
  const unknown = /^unknown command '(.*)'$/.exec(says)?.[1];
  const command = commandNamed(program, words);
  const names = command.commands.map((each) => each.name());
  const near = unknown === undefined ? null : closest(unknown, names);
  const suggested = /\(Did you mean (.*)\?\)/.exec(error.message)?.[1];
  const path = pathOf(command);
  return new Problem({
    code: unknown === undefined ? "usage.invalid" : "usage.unknown_command",
    kind: "usage",
    says: `${says.charAt(0).toUpperCase()}${says.slice(1)}.`,
    tryNext: near ? `${path} ${near}` : suggested ? `did you mean ${suggested}?` : `${path} --help`,
    context: { arguments: [...words] },
  });
}

/** The command that words lead to, as far as they do. */
function commandNamed(program: Command, words: readonly string[]): Command {
  let command = program;
  for (const word of words) {
    const next = command.commands.find((each) => each.name() === word);
    if (next !== undefined) command = next;
    else if (!word.startsWith("-")) break;
  }
  return command;
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;
}
