// Commander's options and arguments for one operation, and the input that comes out of them.
import { Argument, Option, type Command } from "commander";
import type { AnyOperation } from "../../operations/operation.ts";
import { Problem } from "../../problem.ts";
import type { Field } from "../fields.ts";

export const everywhere = "Everywhere:";

/** Flags that every command takes, before or after its name. */
export function globalOptions(): Option[] {
  return [
    new Option("-c, --project <name|dir>", "the project; else the one found upward from here"),
    new Option("--json", "the whole structured answer, as JSON"),
    new Option("--json-errors", "one JSON line on stderr for a failure"),
    new Option("--colour", "colour even where nobody seems to look (also --color)"),
    plainly(new Option("--no-colour", "no colour (also --no-color, NO_COLOR)")),
    new Option("--color").hideHelp(),
    plainly(new Option("--no-color").hideHelp()),
  ].map((option) => option.helpGroup(everywhere));
}

/** `--follow`, of the operations whose answers can go on. */
export function followOption(): Option {
  return new Option("-f, --follow", "go on with those that come").helpGroup("Options:");
}

export function isFollowed(operation: AnyOperation): boolean {
  return operation.http !== undefined && operation.follow !== undefined;
}

export interface Globals {
  readonly project?: string;
  readonly json?: boolean;
  readonly jsonErrors?: boolean;
  readonly colour?: boolean;
}

/** What was given before the command, overruled by what was given after it. */
export function readGlobals(program: Command, command: Command): Globals {
  const options = { ...program.opts(), ...command.opts() };
  const off = options["noColour"] || options["noColor"];
  const on = options["colour"] || options["color"];
  return {
    ...(typeof options["project"] === "string" ? { project: options["project"] } : {}),
    ...(options["json"] ? { json: true } : {}),
    ...(options["jsonErrors"] ? { jsonErrors: true } : {}),
    ...(off ? { colour: false } : on ? { colour: true } : {}),
  };
}

export function addFields(command: Command, fields: readonly Field[]): void {
  const positional = fields
    .filter((field) => field.position !== null)
    .sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  for (const field of positional) {
    const inner = field.rest ? `${field.argument}...` : field.argument;
    const argument = new Argument(field.required ? `<${inner}>` : `[${inner}]`, field.description);
    if (field.choices.length > 0) argument.argParser(oneOf(field));
    command.addArgument(argument);
  }
  for (const field of fields) {
    if (field.position === null) command.addOption(optionOf(field));
  }
}

function optionOf(field: Field): Option {
  const short = field.short === null ? "" : `-${field.short}, `;
  const value = field.type === "boolean" ? "" : ` <${field.placeholder}>`;
  const option = plainly(new Option(`${short}${field.flag}${value}`, helpOf(field)));
  option.helpGroup("Options:");
  if (field.list) {
    option.argParser((text: string, before: unknown) => [
      ...((before as unknown[] | undefined) ?? []),
      parseValue(field, text),
    ]);
  } else if (field.type !== "boolean") {
    option.argParser((text: string) => parseValue(field, text));
  }
  return option;
}

/** Commander takes `--no-values` to mean the opposite of `--values`; here it is a flag like every other. */
function plainly(option: Option): Option {
  option.negate = false;
  return option;
}

function helpOf(field: Field): string {
  const isSaid = field.description.includes("repeatable");
  const notes = [
    ...(field.list && !isSaid ? ["repeatable"] : []),
    ...(field.defaultText === null ? [] : [`default ${field.defaultText}`]),
  ];
  return notes.length === 0 ? field.description : `${field.description} (${notes.join(", ")})`;
}

/** As commander keeps it. */
function camel(flag: string): string {
  return flag.slice(2).replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function oneOf(field: Field): (text: string) => unknown {
  return (text) => parseValue(field, text);
}

function parseValue(field: Field, text: string): unknown {
  const name = field.position === null ? field.flag : `<${field.argument}>`;
  if (field.choices.length > 0 && !field.choices.includes(text)) {
    throw invalid(name, text, `one of ${field.choices.join(", ")}`);
  }
  if (field.type !== "number") return text;
  const number = Number(text);
  if (text.trim() === "" || Number.isNaN(number)) throw invalid(name, text, "a number");
  return number;
}

function invalid(flag: string, text: string, expected: string): Problem {
  return new Problem({
    code: "usage.invalid",
    kind: "usage",
    says: `${flag} must be ${expected}, not "${text}".`,
    tryNext: "see --help",
    context: { flag, given: text },
  });
}

/** The operation's input, with what was not given left out. */
export function readInput(command: Command, fields: readonly Field[]): Record<string, unknown> {
  const options = command.opts();
  const entries = fields.map((field) => {
    const given =
      field.position === null
        ? (options[camel(field.flag)] as unknown)
        : (command.processedArgs[field.position] as unknown);
    return [field.name, Array.isArray(given) && given.length === 0 ? undefined : given] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
