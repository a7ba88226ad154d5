// A test of test262: what its front matter asks for (INTERPRETING.md of that project), and the ways in which it is run.
import { readFileSync } from "node:fs";
import { join } from "node:path";

export interface Case {
  /** Relative to the folder of test262. */
  readonly path: string;
  readonly source: string;
  readonly includes: readonly string[];
  readonly flags: ReadonlySet<string>;
}

export type Variant = "sloppy" | "strict" | "module" | "raw";

export function readCase(folder: string, path: string): Case {
  const source = readFileSync(join(folder, path), "utf8");
  const matter = /\/\*---([^]*?)---\*\//.exec(source)?.[1] ?? "";
  return {
    path,
    source,
    includes: list(matter, "includes"),
    flags: new Set(list(matter, "flags")),
  };
}

/** `key: [a, b]`, or one in a line below, each after a dash. */
function list(matter: string, key: string): string[] {
  const inline = new RegExp(`^\\s*${key}:\\s*\\[([^\\]]*)\\]`, "m").exec(matter)?.[1];
  if (inline !== undefined) return inline.split(",").flatMap((item) => item.trim() || []);
  const below = new RegExp(`^\\s*${key}:\\s*\\r?\\n((?:\\s+-.*\\r?\\n?)*)`, "m").exec(matter)?.[1] ?? "";
  return [...below.matchAll(/-\s*(\S+)/g)].map(([, item = ""]) => item);
}

export function variantsOf({ flags }: Case): readonly Variant[] {
  if (flags.has("module")) return ["module"];
  if (flags.has("raw")) return ["raw"];
  if (flags.has("onlyStrict")) return ["strict"];
  return flags.has("noStrict") ? ["sloppy"] : ["sloppy", "strict"];
}
