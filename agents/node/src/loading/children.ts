// Programs that this one starts: each gets what carries the agent into it, whatever environment it was given. Done where Node
// hands a command to libuv, below everything that a program can see or replace; no frame of ours is on a stack there when
// code of the program's runs. What cannot be followed is told in a `D` record.
import { basename } from "node:path";
import { carry, type Carried } from "./environment.ts";
import { silently } from "./silently.ts";

export interface Followed {
  /** What children are given, and the key of this process for `SPOOR_PARENT`; null while nothing is recorded. */
  followed(): { readonly carried: Carried; readonly key: string } | null;
  /** Called before a child is started: what was recorded so far is then older than what the child records. */
  starting(): void;
  tell(note: string): void;
  redact(words: readonly string[]): readonly string[];
}

interface SpawnOptions {
  readonly file: string;
  readonly args: readonly string[];
  envPairs: string[] | undefined;
}

interface ProcessWrap {
  readonly Process: { prototype: Record<"spawn", (...given: unknown[]) => unknown> };
}

interface SpawnSync {
  spawn(options: SpawnOptions): unknown;
}

type Binding = (name: string) => unknown;

/** Throws where Node does not give its bindings away (its permission model). */
export function followChildren(followed: Followed, asNative: (ours: Function, native: Function) => void): void {
  const { binding } = process as unknown as { binding: Binding };
  const bound = (name: string): unknown => silently(() => Reflect.apply(binding, process, [name]));
  const { Process } = bound("process_wrap") as ProcessWrap;
  const spawn = Process.prototype.spawn;
  Process.prototype.spawn = {
    spawn(this: unknown, ...given: unknown[]): unknown {
      const [first] = given;
      if (typeof first === "object" && first !== null) {
        const options = first as SpawnOptions;
        options.envPairs = prepared(followed, options.file, options.args, options.envPairs);
      } else {
        // Newer than Node 23: file, arguments, directory, environment, …
        const [file, words, , pairs] = given as [string, string[], unknown, string[] | undefined];
        given[3] = prepared(followed, file, words, pairs);
      }
      return Reflect.apply(spawn, this, given);
    },
  }.spawn;
  asNative(Process.prototype.spawn, spawn);

  const sync = bound("spawn_sync") as SpawnSync;
  const spawnSync = sync.spawn;
  sync.spawn = {
    spawn(options: SpawnOptions): unknown {
      options.envPairs = prepared(followed, options.file, options.args, options.envPairs);
      return Reflect.apply(spawnSync, sync, [options]);
    },
  }.spawn;
  asNative(sync.spawn, spawnSync);
}

/** What goes wrong here must not keep the program from starting its child. */
function prepared(
  followed: Followed,
  file: string,
  words: readonly string[] | undefined,
  pairs: string[] | undefined,
): string[] | undefined {
  try {
    const recorded = followed.followed();
    if (recorded === null) return pairs;
    followed.starting();
    const given = words ?? [];
    const why = whyLost(file, given);
    if (why !== null) {
      const shown = followed.redact([file, ...given.slice(1)]).join(" ");
      const cut = shown.length > 300 ? `${shown.slice(0, 299)}…` : shown;
      followed.tell(`a child process is not recorded: ${why} (${cut})`);
    }
    return carry(pairs ?? [], recorded.carried, recorded.key);
  } catch {
    return pairs;
  }
}

const shells = /^(?:ba|da|z|k|a)?sh$/;
const python = /^(?:python|pypy)(?:[23](?:\.\d+)?)?t?d?$/;

/** A clause; null where the agent gets into the child, as far as the command tells. `words` begins with the name. */
export function whyLost(file: string, words: readonly string[]): string | null {
  const name = basename(file);
  const rest = words.slice(1);
  if (shells.test(name) && /^-\w*c$/.test(rest[0] ?? "")) return whyLostInShell(rest[1] ?? "");
  if (name === "bun" || name === "deno") return `${name} is not Node.js`;
  if (name === "env" && clearsIn(rest)) return "its environment is cleared";
  if (python.test(name)) {
    const isolating = isolatingFlags(rest);
    return isolating === "" ? null : `${isolating} keeps the recorder out of it`;
  }
  return null;
}

function whyLostInShell(text: string): string | null {
  const set = /(?:^|[\s;&|(])(?:export\s+)?NODE_OPTIONS=("[^"]*"|'[^']*'|\S*)/.exec(text);
  if (set !== null && !/\$\{?NODE_OPTIONS/.test(set[1] ?? "")) {
    return "the command sets NODE_OPTIONS anew, without what was in it";
  }
  if (/(?:^|[\s;&|(])unset\s+(?:-v\s+)?NODE_OPTIONS\b/.test(text)) return "the command unsets NODE_OPTIONS";
  if (/(?:^|[\s;&|(/])env\s+(?:-i|-|--ignore-environment|-u\s*NODE_OPTIONS|--unset=NODE_OPTIONS)(?=\s)/.test(text)) {
    return "its environment is cleared";
  }
  if (/(?:^|[;&|(]\s*)(?:bun|deno)\s/.test(text)) return "Bun and Deno are not Node.js";
  return null;
}

function clearsIn(words: readonly string[]): boolean {
  for (const [index, word] of words.entries()) {
    if (word === "-i" || word === "-" || word === "--ignore-environment") return true;
    if (word === "-u" && /^(?:NODE_OPTIONS|SPOOR_RUN)$/.test(words[index + 1] ?? "")) return true;
    if (!word.startsWith("-") && !word.includes("=")) return false;
  }
  return false;
}

/** The flags of Python that keep a `sitecustomize` from being imported, as written. */
function isolatingFlags(words: readonly string[]): string {
  for (const word of words) {
    if (!/^-[A-Za-z]+$/.test(word) || /^-[cm]/.test(word)) return "";
    if (/[IES]/.test(word)) return word;
  }
  return "";
}
