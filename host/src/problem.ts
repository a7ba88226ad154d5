// What a user can cause, as a value: a stable code, a sentence, and what to try next. Doors turn it into an exit
// code, an HTTP status or an MCP error in one place. What only we can cause is an ordinary Error with a stack.

/** Who has to act: the user's words, the machine, the traced program, or us. */
export type ProblemKind = "usage" | "environment" | "target" | "internal";

export interface ProblemDetails {
  /** Stable, lower-case, `noun.adjective`: `run.not_found`. */
  readonly code: string;
  readonly kind: ProblemKind;
  /** One sentence that says what is wrong. */
  readonly says: string;
  /** What to do next, preferably a command. */
  readonly tryNext: string;
  readonly context?: Readonly<Record<string, unknown>>;
}

export class Problem extends Error {
  readonly code: string;
  readonly kind: ProblemKind;
  readonly tryNext: string;
  readonly context: Readonly<Record<string, unknown>>;

  constructor(details: ProblemDetails) {
    super(details.says);
    this.name = "Problem";
    this.code = details.code;
    this.kind = details.kind;
    this.tryNext = details.tryNext;
    this.context = details.context ?? {};
  }
}
