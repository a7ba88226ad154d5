// One thing that a user can ask for, as one value. CLI flags, HTTP routes, MCP tools, help and the reference page are
// all derived from it; a door adds nothing of its own.

import type * as z from "zod";
import type { Problem } from "../problem.ts";
import type { Project } from "../project/project.ts";
import type { Completeness, RunInfo, Store } from "../store/store.ts";

export type Effect = "reads" | "records" | "touches";

/** What an answer is drawn for: a terminal of some width with or without colour, or a model with a token budget. */
export interface Style {
  readonly columns: number;
  readonly colour: boolean;
  /** About how many tokens the text may have; breadth first, repeats folded, the rest counted. */
  readonly budget: number;
}

/** What every answer is about and what it did not see. Doors print it after the operation's own text. */
export interface About {
  readonly project: string;
  readonly runs: readonly RunInfo[];
  readonly completeness: Completeness | null;
  /** The next command worth running, such as `spoor call c42`. */
  readonly next: readonly string[];
}

export interface Context {
  readonly project: Project;
  /** Opens the latest run, the named one (name, unique prefix, or `-2` for the one before last), or all (`all`). */
  openStore(run?: string): Promise<Store>;
  /** Progress for work that takes long; drawn on a TTY only. An empty message ends it. */
  progress(message: string): void;
  readonly signal: AbortSignal;
}

export interface Answer<Data> {
  readonly about: About;
  readonly data: Data;
}

export interface Operation<Input = unknown, Data = unknown> {
  /** `noun.verb`, such as `calls.list`. */
  readonly name: string;
  /** How the CLI spells it: `calls`, `config show`. */
  readonly command: string;
  readonly summary: string;
  /** Two or three sentences with an example, for `--help`, the MCP tool and the reference. */
  readonly description: string;
  readonly effect: Effect;
  /** Every field has `.describe(…)`; that text is the help of its flag. */
  readonly input: z.ZodType<Input>;
  readonly data: z.ZodType<Data>;
  /** Names of input fields that the CLI takes as positional arguments, in order; `...name` takes the rest. */
  readonly positional: readonly string[];
  /** One-letter spellings of flags: `{ context: "c" }`. */
  readonly short?: Readonly<Record<string, string>>;
  run(input: Input, context: Context): Promise<Answer<Data>>;
  /** Draws the data; the door adds title and completeness line from `about`. */
  text(answer: Answer<Data>, style: Style): string;
  /** Of operations that run a program or check something: how the command ends. Others end well if they answer at all. */
  ending?(answer: Answer<Data>): Ending;
}

export interface Ending {
  readonly exitCode: number;
  /** Whether standard output belongs to the program that was run; the answer is then written to standard error. */
  readonly besideProgram: boolean;
  /** Whether the answer is written: always, never, or in brief and only where a person reads it (standard error is a terminal). */
  readonly show: "always" | "never" | "terminal";
  /** Sentences that are always written to standard error. */
  readonly warnings: readonly string[];
  /** How the program failed, for `--json-errors`; its own output has told the person already. */
  readonly failure: Problem | null;
}
