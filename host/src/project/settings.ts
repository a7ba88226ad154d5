// The settings that a recording obeys, resolved; written whole into `config.json` of the run for the agents.
// Agents read this form and nothing else: they know neither flags nor files nor environment.

export type ValuesLevel = "full" | "default" | "shallow" | "none";

/** Which half of the agent records: the compiled one, its twin in pure Python, or the best that is there. */
export type Core = "auto" | "native" | "python";

export interface RecordingSettings {
  /** Patterns of modules (`requests.*`) or paths (`src/**`) recorded besides the project's own code. */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly values: ValuesLevel;
  readonly limits: {
    readonly depth: number;
    readonly items: number;
    readonly fields: number;
    readonly text: number;
    /** Soft budget of one record in bytes. */
    readonly bytes: number;
  };
  readonly redaction: {
    readonly names: readonly string[];
    readonly patterns: readonly string[];
    readonly allow: readonly string[];
  };
  /** Full records of one function in one process; later calls are counted and timed only. */
  readonly hot: number;
  /** Of these, the first so many with all values; later ones without the insides of objects and containers, but one in sixty-four. */
  readonly hotValues: number;
  /** Calls of one gap site that are counted before counting stops and the count is "at least". */
  readonly gapCalls: number;
  /** Fraction of root calls that are recorded, 0 to 1. */
  readonly sample: number;
  /** Bytes of spool of the whole run, after which calls are counted only. */
  readonly sizeBytes: number;
  readonly core: Core;
}

/** `config.json` of a run: what an agent is told. Field names are those of the file. */
export interface AgentConfiguration extends RecordingSettings {
  readonly format: 1;
  readonly run: string;
  readonly root: string;
  /** CLOCK_MONOTONIC, nanoseconds, as decimal text (it does not fit in 53 bits for ever). */
  readonly clock_ns: string;
  readonly started_at: string;
  /** The user's cache of Spoor, where the native core may be. */
  readonly cache: string;
}
