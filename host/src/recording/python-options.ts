// Reads a Python interpreter's command line as CPython does (Python/getopt.c): which flags it has, and from where on
// the arguments belong to the program.

export type PythonForm = "script" | "module" | "code" | "stdin" | "interactive" | "information";

export interface PythonOptions {
  /** Flags of the interpreter itself, without a final `--`. */
  readonly flags: readonly string[];
  /** What runs and its arguments: `script …`, `-m module …`, `-c code …`, `- …`; empty for a prompt. */
  readonly rest: readonly string[];
  readonly form: PythonForm;
  /** The flags among I, E and S that keep a sitecustomize on PYTHONPATH from being imported, in order. */
  readonly isolating: readonly string[];
}

const flagLetters = "bBdEhiIJOPqRsStuvVx?";
const longWithArgument = "--check-hash-based-pycs";
const information = /^--(help|help-all|help-env|help-xoptions|version)$/;

/** `argumentsAfter` is the command line without the interpreter. */
export function parsePythonOptions(argumentsAfter: readonly string[]): PythonOptions {
  const flags: string[] = [];
  const isolating: string[] = [];
  let informs = false;
  const done = (form: PythonForm, rest: readonly string[]): PythonOptions => ({
    flags,
    rest,
    form: informs ? "information" : form,
    isolating,
  });

  for (let index = 0; index < argumentsAfter.length; index++) {
    const argument = argumentsAfter[index] ?? "";
    const after = argumentsAfter.slice(index + 1);
    if (argument === "--") return after.length > 0 ? done("script", after) : done("interactive", []);
    if (argument === "-") return done("stdin", argumentsAfter.slice(index));
    if (!argument.startsWith("-")) return done("script", argumentsAfter.slice(index));
    if (argument.startsWith("--")) {
      flags.push(argument);
      if (information.test(argument)) informs = true;
      if (argument === longWithArgument && after[0] !== undefined) flags.push(argumentsAfter[++index] ?? "");
      continue;
    }
    // A cluster such as -IS, -Wignore or -Ic: letters until one takes an argument, which is the remainder or the next word.
    let plain = "-";
    for (let at = 1; at < argument.length; at++) {
      const letter = argument[at] ?? "";
      const attached = argument.slice(at + 1);
      if (letter === "c" || letter === "m") {
        if (plain !== "-") flags.push(plain);
        const value = attached === "" ? after : [attached, ...after];
        return done(letter === "c" ? "code" : "module", [`-${letter}`, ...value]);
      }
      if (letter === "W" || letter === "X") {
        if (plain !== "-") flags.push(plain);
        plain = "-";
        if (attached !== "") flags.push(`-${letter}${attached}`);
        else {
          flags.push(`-${letter}`);
          if (after[0] !== undefined) flags.push(argumentsAfter[++index] ?? "");
        }
        break;
      }
      // An unknown letter makes Python print its usage and leave; whatever we do then is as good.
      if (!flagLetters.includes(letter) || "hV?".includes(letter)) informs = true;
      if ("IES".includes(letter)) isolating.push(letter);
      plain += letter;
    }
    if (plain !== "-") flags.push(plain);
  }
  return done("interactive", []);
}
