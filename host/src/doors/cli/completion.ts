// Completion scripts of the shells, derived from the commands and flags that there are.
import type { Command } from "commander";
import { fillInAll } from "./lazily.ts";

export const shells = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof shells)[number];

interface Completed {
  /** Words of the command: `config show`; empty for spoor itself. */
  readonly path: string;
  readonly summary: string;
  readonly subcommands: readonly { readonly name: string; readonly summary: string }[];
  readonly flags: readonly {
    readonly words: readonly string[];
    readonly summary: string;
    readonly takesValue: boolean;
    readonly choices: readonly string[];
  }[];
}

export function completionScript(shell: Shell, program: Command): string {
  fillInAll(program);
  const commands = collect("", program);
  switch (shell) {
    case "bash":
      return bash(commands);
    case "zsh":
      return zsh(commands);
    case "fish":
      return fish(commands);
  }
}

function collect(path: string, command: Command): Completed[] {
  const own: Completed = {
    path,
    summary: command.summary(),
    subcommands: command.commands.map((each) => ({ name: each.name(), summary: each.summary() })),
    flags: command.options
      .filter((option) => !option.hidden)
      .map((option) => ({
        words: [option.short, option.long].filter((word) => word !== undefined && word !== null),
        summary: option.description,
        takesValue: option.required,
        choices: option.argChoices ?? choicesIn(option.flags),
      })),
  };
  return [own, ...command.commands.flatMap((each) => collect(`${path} ${each.name()}`.trim(), each))];
}

/** `--values <full|none>` says its own choices. */
function choicesIn(flags: string): string[] {
  const inner = /<([\w-]+(?:\|[\w-]+)+)>/.exec(flags)?.[1];
  return inner === undefined || inner === "name|dir" ? [] : inner.split("|");
}

function bash(commands: readonly Completed[]): string {
  const cases = commands.map((command) => {
    const words = [...command.subcommands.map((each) => each.name), ...command.flags.flatMap((flag) => flag.words)];
    return `    "${command.path}") words="${words.join(" ")}" ;;`;
  });
  return `# bash completion of spoor
_spoor() {
  local word="\${COMP_WORDS[COMP_CWORD]}" path="" words="" i=1 next
  while [ $i -lt $COMP_CWORD ]; do
    next="\${COMP_WORDS[i]}"
    case " ${paths(commands).join(" ")} " in
      *" $(echo "$path $next" | sed 's/^ //; s/ /./g') "*) path="$(echo "$path $next" | sed 's/^ //')" ;;
    esac
    i=$((i + 1))
  done
  case "$path" in
${cases.join("\n")}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$word"))
  # The words after \`run\` are a command of the user's own, and positional arguments may be files.
  if [ \${#COMPREPLY[@]} -eq 0 ]; then COMPREPLY=($(compgen -o default -- "$word")); fi
}
complete -o filenames -F _spoor spoor
`;
}

/** Command paths with dots for spaces, so that a shell can look them up in a list of words. */
function paths(commands: readonly Completed[]): string[] {
  return commands.filter((each) => each.path !== "").map((each) => each.path.replaceAll(" ", "."));
}

function zsh(commands: readonly Completed[]): string {
  const quote = (text: string): string => text.replaceAll("'", "'\\''").replaceAll(":", "\\:");
  const cases = commands.map((command) => {
    const entries = [
      ...command.subcommands.map((each) => `'${quote(each.name)}:${quote(each.summary)}'`),
      ...command.flags.flatMap((flag) => flag.words.map((word) => `'${word}:${quote(flag.summary)}'`)),
    ];
    return `    '${command.path}') entries=(${entries.join(" ")}) ;;`;
  });
  return `#compdef spoor
# zsh completion of spoor
_spoor() {
  local path='' word
  local -a entries known
  known=(${paths(commands).join(" ")})
  for word in \${words[2,CURRENT-1]}; do
    if (( \${known[(Ie)\${\${path:+$path.}// /.}$word]} )); then path="\${path:+$path }$word"; fi
  done
  case "$path" in
${cases.join("\n")}
  esac
  _describe spoor entries || _files
}
compdef _spoor spoor
`;
}

function fish(commands: readonly Completed[]): string {
  const quote = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap((command) => {
    const words = command.path === "" ? [] : command.path.split(" ");
    const condition =
      words.length === 0
        ? "__fish_use_subcommand"
        : words.map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    const inner = command.subcommands.map((each) => each.name).join(" ");
    const beforeInner = inner === "" ? condition : `${condition}; and not __fish_seen_subcommand_from ${inner}`;
    return [
      ...command.subcommands.map((each) => {
        const when = words.length === 0 ? condition : beforeInner;
        return `complete -c spoor -n ${quote(when)} -f -a ${each.name} -d ${quote(each.summary)}`;
      }),
      ...command.flags.map((flag) => {
        const names = flag.words.map((word) => (word.startsWith("--") ? `-l ${word.slice(2)}` : `-s ${word.slice(1)}`));
        const value = flag.takesValue ? " -r" : "";
        const choices = flag.choices.length === 0 ? "" : ` -f -a ${quote(flag.choices.join(" "))}`;
        return `complete -c spoor -n ${quote(condition)} ${names.join(" ")}${value}${choices} -d ${quote(flag.summary)}`;
      }),
    ];
  });
  return `# fish completion of spoor\n${lines.join("\n")}\n`;
}
