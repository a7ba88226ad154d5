// Finds the programs to be traced (programs/<language>/<name>/) and what their optional program.json says of how each is
// started. A program shows one behaviour; its docstring or first comment says which. A name that both languages have is a pair.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { compareVersions } from "../../scripts/python-interpreters.ts";
import { root } from "../../scripts/root.ts";

const start = z.strictObject({
  /** Arguments of the interpreter; by default the file named `main`. */
  arguments: z.array(z.string()).optional(),
  /** Why it does not hold everywhere, or anything else that a reader should know. */
  why: z.string().optional(),
  /** First and last minor version of Python it is for, inclusive: `3.11-`, `-3.11`, `3.8-3.10`. */
  pythons: z.string().default("-"),
  /** The same for major versions of Node. */
  nodes: z.string().default("-"),
  /** An optional package of the `web` environment; without it the plain interpreter is used. */
  needs: z.string().optional(),
  /** Settings of the recording that differ from the defaults. */
  settings: z
    .strictObject({
      include: z.array(z.string()),
      hot: z.number(),
      sample: z.number(),
      values: z.enum(["default", "none"]),
    })
    .partial()
    .default({}),
  env: z.record(z.string(), z.string()).default({}),
  input: z.string().default(""),
  /** What is drawn below the calls. Gaps name functions of the standard library, so only few programs ask for them. */
  draws: z
    .array(z.enum(["exceptions", "counted", "drops", "gaps", "locals"]))
    .default(["exceptions", "counted", "drops"]),
});

export type Language = "python" | "javascript";

export interface Program extends z.infer<typeof start> {
  language: Language;
  name: string;
  directory: string;
  arguments: string[];
}

const mainFiles: Record<Language, RegExp> = { python: /^main\.py$/, javascript: /^main\.[cm]?[jt]s$/ };

export function programs(language: Language): Program[] {
  const home = join(root, "programs", language);
  const only = process.env["SPOOR_TEST_PROGRAMS"]?.split(",");
  return readdirSync(home)
    .filter(
      (name) => existsSync(join(home, name, "program.json")) || mainFile(language, join(home, name)) !== undefined,
    )
    .filter((name) => !only || only.includes(name))
    .sort()
    .map((name) => {
      const directory = join(home, name);
      const file = join(directory, "program.json");
      const told: unknown = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
      const given = start.parse(told);
      return {
        ...given,
        language,
        name,
        directory,
        arguments: given.arguments ?? [mainFile(language, directory) ?? ""],
      };
    });
}

function mainFile(language: Language, directory: string): string | undefined {
  return readdirSync(directory).find((name) => mainFiles[language].test(name));
}

/** Whether a range such as `3.11-` has this minor version. */
export function inRange(range: string, minor: string): boolean {
  const [first, last] = range.split("-");
  return (!first || compareVersions(minor, first) >= 0) && (!last || compareVersions(minor, last) <= 0);
}
