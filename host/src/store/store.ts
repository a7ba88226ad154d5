// What the rest of the host knows of the store: rows by SQL over the runs that were opened, and what those
// recordings did not see. How the rows get there is the business of the other files of this folder.

/** A value that DuckDB can bind to `$name`. */
export type SqlValue = string | number | bigint | boolean | null;

/** A row as plain JavaScript: BIGINT that fits in 53 bits is a number, otherwise a bigint; JSON columns stay text. */
export type Row = Readonly<Record<string, unknown>>;

export type RunStatus = "running" | "finished" | "recovered";

/** One recorded execution of a command, from its manifest (`run.json`, spec/store.md). */
export interface RunInfo {
  readonly run: string;
  /** What `run --name` called it. */
  readonly label: string | null;
  readonly directory: string;
  readonly command: readonly string[];
  readonly cwd: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly status: RunStatus;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly timedOut: boolean;
}

/** What a recording did and did not see; `views/completeness.ts` draws the one line that every answer carries. */
export interface Completeness {
  readonly runs: readonly string[];
  readonly live: boolean;
  readonly recovered: boolean;
  readonly processes: number;
  readonly processesTruncated: number;
  readonly calls: number;
  /** Calls that never returned (or have not yet, in a live run). */
  readonly open: number;
  /** Calls counted and timed but not recorded one by one, by reason. */
  /** Calls that were counted only, by the reason; `suspensions`: those of recorded calls that were. */
  readonly counted: {
    readonly hot: number;
    readonly sampled: number;
    readonly size: number;
    readonly suspensions: number;
  };
  readonly exceptions: number;
  /** Distinct callees outside the recording, and calls of them (a lower bound if `gapCallsAtLeast`). */
  readonly gaps: number;
  readonly gapCalls: number;
  readonly gapCallsAtLeast: boolean;
  /** Values cut by a limit, and values redacted. Null where they were not counted. */
  readonly valuesLevel: string;
  /** Processes that were recorded in pure Python for want of a native core, by reason. */
  readonly pure: readonly { readonly reason: string; readonly processes: number }[];
  readonly corrupt: number;
  readonly drops: readonly { readonly why: string; readonly count: number; readonly note: string }[];
  /** Patterns that decided what was recorded, for the sentence "recorded: …". */
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

export interface Store extends AsyncDisposable {
  /** The runs that are open, newest first. */
  readonly runs: readonly RunInfo[];
  completeness(): Promise<Completeness>;
  /** Rows of trusted SQL over the tables and views of spec/store.md; `$name` parameters. */
  query<T extends Row = Row>(sql: string, parameters?: Readonly<Record<string, SqlValue>>): Promise<T[]>;
}
