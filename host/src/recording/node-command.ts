// Finds Node in a command line: named outright, or in the shebang of a script (npm, npx, tsx, vitest). The environment carries the
// agent into all of them; this is for saying why nothing was recorded.
import { basename } from "node:path";
import { findExecutable, readShebang, type LookUp } from "./python-command.ts";

export interface NodeCommand {
  readonly interpreter: string;
  /** What runs is no file: `-e`, `-p`, standard input. */
  readonly isText: boolean;
  /** Options under which the agent may not read or write its files. */
  readonly restricted: string | null;
}

/** Null where the command is not visibly Node. */
export function findNode(command: readonly string[], lookUp: LookUp): NodeCommand | null {
  const [program, ...rest] = command;
  if (program === undefined) return null;
  if (isNode(program)) return { interpreter: program, ...readOptions(rest) };
  const file = findExecutable(program, lookUp);
  const [first = "", ...words] = (file === null ? null : readShebang(file)) ?? [];
  const interpreter =
    basename(first) === "env" ? words.find((word) => !word.startsWith("-") && !word.includes("=")) : first;
  if (interpreter === undefined || !isNode(interpreter)) return null;
  return { interpreter, isText: false, restricted: null };
}

export function isNode(program: string): boolean {
  return /^node(?:js)?(?:\.exe)?$/.test(basename(program));
}

function readOptions(words: readonly string[]): Omit<NodeCommand, "interpreter"> {
  const options = words.slice(0, words.findIndex((word) => !word.startsWith("-")) >>> 0);
  const restricted = options.find((word) => /^--(?:experimental-)?permission$/.test(word)) ?? null;
  const isText =
    words.length === 0 ||
    words.some((word, index) => index <= options.length && /^(?:-e|-p|-pe|--eval|--print|-)(?:=|$)/.test(word));
  return { isText, restricted };
}
