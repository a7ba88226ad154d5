// Finds the Python interpreter in a command line: named outright, behind `env`, or in the shebang of a script. The
// environment alone carries the agent into almost all of them; this says where it cannot (-I, -E, -S, `env -i`).
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parsePythonOptions, type PythonOptions } from "./python-options.ts";

export interface PythonCommand {
  /** Words before the interpreter: `env` and its options and assignments. */
  readonly wrapper: EnvWrapper | null;
  readonly interpreter: string;
  readonly options: PythonOptions;
}

export interface EnvWrapper {
  readonly options: readonly string[];
  readonly assignments: readonly string[];
  /** Whether it starts from an empty environment (-i) or removes what the agent needs (-u PYTHONPATH). */
  readonly clears: boolean;
}

export interface LookUp {
  readonly cwd: string;
  readonly path: string;
}

/** Null where the command is not visibly Python; its children may be all the same. */
export function findPython(command: readonly string[], lookUp: LookUp): PythonCommand | null {
  const [program, ...rest] = command;
  if (program === undefined) return null;
  if (basename(program) === "env") {
    const wrapped = parseEnv(rest);
    const inner = wrapped && findPython(wrapped.command, lookUp);
    if (!wrapped || !inner || inner.wrapper !== null) return null;
    return { ...inner, wrapper: { ...wrapped.wrapper, options: [program, ...wrapped.wrapper.options] } };
  }
  if (isPython(program)) {
    return { wrapper: null, interpreter: program, options: parsePythonOptions(rest) };
  }
  const file = findExecutable(program, lookUp);
  const shebang = file === null ? null : readShebang(file);
  if (file === null || shebang === null) return null;
  const viaEnv = basename(shebang[0] ?? "") === "env" ? parseEnv(shebang.slice(1)) : null;
  const [interpreter, ...flags] = viaEnv ? viaEnv.command : shebang;
  if (interpreter === undefined || !isPython(interpreter)) return null;
  const options = parsePythonOptions([...flags, file, ...rest]);
  const wrapper = viaEnv && { ...viaEnv.wrapper, options: [shebang[0] ?? "env", ...viaEnv.wrapper.options] };
  return { wrapper, interpreter, options };
}

export function isPython(program: string): boolean {
  return /^(?:python|pypy)(?:[23](?:\.\d+)?)?t?d?(?:\.exe)?$/.test(basename(program));
}

/** The file that execvp would start, or null. */
export function findExecutable(program: string, lookUp: LookUp): string | null {
  const candidates = program.includes("/")
    ? [resolve(lookUp.cwd, program)]
    : lookUp.path.split(":").map((directory) => join(resolve(lookUp.cwd, directory), program));
  for (const candidate of candidates) {
    const status = statSync(candidate, { throwIfNoEntry: false });
    if (status?.isFile() && (status.mode & 0o111) !== 0) return candidate;
  }
  return null;
}

/** `env [-i] [-u NAME]… [-S text] [NAME=value]… command`; null where it has an option that is not known here. */
function parseEnv(words: readonly string[]): { wrapper: EnvWrapper; command: string[] } | null {
  const queue = [...words];
  const options: string[] = [];
  let clears = false;
  for (let word = queue[0]; word?.startsWith("-"); word = queue[0]) {
    queue.shift();
    if (word === "--") break;
    const split = /^(?:-S|--split-string=)(.*)$/s.exec(word);
    if (split) {
      // Only words without quotes and escapes: anything cleverer is left to env itself.
      const text = split[1] === "" ? (queue.shift() ?? "") : (split[1] ?? "");
      if (/["'\\$]/.test(text)) return null;
      queue.unshift(...text.split(/\s+/).filter((each) => each !== ""));
      continue;
    }
    if (word === "-i" || word === "-" || word === "--ignore-environment") {
      clears = true;
      options.push("-i");
    } else if (word === "-u" || word === "--unset") {
      const name = queue.shift() ?? "";
      if (name === "PYTHONPATH" || name === "SPOOR_RUN") clears = true;
      options.push("-u", name);
    } else return null;
  }
  const assignments: string[] = [];
  while (queue[0]?.includes("=")) assignments.push(queue.shift() ?? "");
  return { wrapper: { options, assignments, clears }, command: queue };
}

/** The words of a script's first line after `#!`; also of the two-line form that pip writes for long paths. */
export function readShebang(file: string): string[] | null {
  let head: string;
  try {
    const descriptor = openSync(file, "r");
    try {
      const buffer = Buffer.alloc(1024);
      head = buffer.toString("utf8", 0, readSync(descriptor, buffer, 0, buffer.length, 0));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return null;
  }
  if (!head.startsWith("#!")) return null;
  const [first = "", second = ""] = head.slice(2).split("\n");
  const trampoline = /^'''exec' (?:"([^"]+)"|(\S+))((?: +-\w+)*) +"\$0"/.exec(second);
  if (/\bsh\s*$/.test(first) && trampoline) {
    const flags = (trampoline[3] ?? "").split(/\s+/).filter((word) => word !== "");
    return [trampoline[1] ?? trampoline[2] ?? "", ...flags];
  }
  const words = first.trim().split(/\s+/);
  return words[0] === "" ? null : words;
}
