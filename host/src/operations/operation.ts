// One thing that a user can ask for, as one value. CLI flags, HTTP routes, MCP tools, help and the reference page are
// all derived from it; a door adds nothing of its own.

import type * as z from "zod";
import type { Problem } from "../problem.ts";
import type { RunningDaemon } from "../live/daemon.ts";
import type { Live } from "../live/live.ts";
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
  /** A sentence that cannot wait for the answer, since a program that may run for long is about to start. */
  say(sentence: string): void;
  readonly signal: AbortSignal;
  /** A daemon that answers, started if need be. */
  daemon(): Promise<RunningDaemon>;
}

export interface Answer<Data> {
  readonly about: About;
  readonly data: Data;
}

/** What an operation has in the daemon. */
export interface LiveContext {
  /** Where it was asked. */
  readonly project: { readonly name: string };
  readonly live: Live;
}

/** How HTTP spells an operation: fields of the input that the path names are taken from it. */
export interface HttpRoute {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** `/points/{id}`. */
  readonly path: string;
  /** Of a success. */
  readonly status: 200 | 201;
  /** The field of the data that is the body of the answer; else the whole data. */
  readonly answers?: string;
}

interface Described<Input, Data> {
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
  /** Draws the data; the door adds title and completeness line from `about`. */
  text(answer: Answer<Data>, style: Style): string;
  /** Of operations that run a program or check something: how the command ends. Others end well if they answer at all. */
  ending?(answer: Answer<Data>): Ending;
}

/** An operation that runs here, over the files of a project. */
export interface Operation<Input = unknown, Data = unknown> extends Described<Input, Data> {
  readonly http?: undefined;
  run(input: Input, context: Context): Promise<Answer<Data>>;
}

/** How a door goes on with an answer: server-sent events of the daemon, whose data are items as those of the answer. */
export interface Follow<Data> {
  readonly path: string;
  /** The fields of the input that are parameters of it, too. */
  readonly fields: readonly string[];
  /** How many items the answer begins with, unless the input says. */
  readonly begins: Readonly<Record<string, unknown>>;
  /** Of the answer: its items, oldest first, and the `Last-Event-ID` with which the stream goes on behind them. */
  start(data: Data): { readonly items: readonly unknown[]; readonly after: string };
  /** Draws an item of the stream. */
  text(item: unknown, style: Style): string;
}

/** An operation that runs in the daemon, whoever asks for it from where. */
export interface LiveOperation<Input = unknown, Data = unknown> extends Described<Input, Data> {
  readonly http: HttpRoute;
  run(input: Input, context: LiveContext): Promise<Answer<Data>>;
  /** Where its answer can go on. */
  readonly follow?: Follow<Data>;
}

export type AnyOperation = Operation | LiveOperation;

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
