// What every part of the bench is given, and what a part is.
import type { Environment } from "../scripts/python-environments.ts";
import type { Python } from "../scripts/python-interpreters.ts";
import type { Table } from "./results.ts";

export interface Bench {
  /** Fewer interpreters, programs, modes and rounds. */
  readonly quick: boolean;
  /** How many rounds, where there are so many in a full run. */
  readonly rounds: (most: number) => number;
  /** An empty directory, gone at the end. */
  readonly scratch: string;
  readonly pythons: readonly Python[];
  /** The environment with the peers, or why there is none. */
  peers(python: Python): Promise<Environment | { readonly missing: string }>;
  /** The command line as users get it: one bundle. */
  readonly cli: string;
  log(says: string): void;
}

export interface Part {
  readonly name: string;
  readonly says: string;
  /** Not among what runs when no part is named. */
  readonly onRequest?: boolean;
  run(bench: Bench): Promise<Table[]>;
}
