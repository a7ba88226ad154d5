// The tables of a sealed run, column by column (spec/store.md). Parquet files, the tables of a live run and the empty
// tables of a run that has no rows of a kind all take their columns from here.

export type Columns = readonly (readonly [name: string, type: string])[];

export const TABLES = {
  processes: [
    ["process", "INTEGER"],
    ["key", "VARCHAR"],
    ["pid", "INTEGER"],
    ["ppid", "INTEGER"],
    ["parent_process", "INTEGER"],
    ["parent_call_id", "BIGINT"],
    ["born", "VARCHAR"],
    ["runtime", "VARCHAR"],
    ["runtime_version", "VARCHAR"],
    ["implementation", "VARCHAR"],
    ["executable", "VARCHAR"],
    ["argv", "VARCHAR"],
    ["cwd", "VARCHAR"],
    ["engine", "VARCHAR"],
    ["core", "VARCHAR"],
    ["core_reason", "VARCHAR"],
    ["core_fallback", "BOOLEAN"],
    ["agent_version", "VARCHAR"],
    ["started_at", "TIMESTAMP"],
    ["started_ns", "BIGINT"],
    ["ended_ns", "BIGINT"],
    ["ended", "VARCHAR"],
    ["truncated", "BOOLEAN"],
    ["corrupt", "BIGINT"],
  ],
  threads: [
    ["process", "INTEGER"],
    ["thread", "BIGINT"],
    ["kind", "VARCHAR"],
    ["name", "VARCHAR"],
    ["native_id", "BIGINT"],
    ["daemon", "BOOLEAN"],
    ["parent_thread", "BIGINT"],
    ["created_by", "BIGINT"],
    ["started_ns", "BIGINT"],
  ],
  functions: [
    ["process", "INTEGER"],
    ["function_id", "BIGINT"],
    ["module", "VARCHAR"],
    ["function", "VARCHAR"],
    ["file", "VARCHAR"],
    ["line", "INTEGER"],
    ["kind", "VARCHAR"],
    ["parameters", "VARCHAR"],
  ],
  calls: [
    ["process", "INTEGER"],
    ["id", "BIGINT"],
    ["parent_id", "BIGINT"],
    ["stack_parent_id", "BIGINT"],
    ["function_id", "BIGINT"],
    ["module", "VARCHAR"],
    ["function", "VARCHAR"],
    ["thread", "BIGINT"],
    ["started_ns", "BIGINT"],
    ["duration_ns", "BIGINT"],
    ["running_ns", "BIGINT"],
    ["own_ns", "BIGINT"],
    ["suspends", "INTEGER"],
    ["outcome", "VARCHAR"],
    ["args", "VARCHAR"],
    ["result", "VARCHAR"],
    ["exception_id", "BIGINT"],
  ],
  suspensions: [
    ["process", "INTEGER"],
    ["call_id", "BIGINT"],
    ["suspended_ns", "BIGINT"],
    ["resumed_ns", "BIGINT"],
    ["resumed_by", "BIGINT"],
    ["value", "VARCHAR"],
  ],
  exceptions: [
    ["process", "INTEGER"],
    ["id", "BIGINT"],
    ["call_id", "BIGINT"],
    ["thread", "BIGINT"],
    ["raised_ns", "BIGINT"],
    ["type", "VARCHAR"],
    ["module", "VARCHAR"],
    ["message", "VARCHAR"],
    ["args", "VARCHAR"],
    ["file", "VARCHAR"],
    ["line", "INTEGER"],
    ["function", "VARCHAR"],
    ["fate", "VARCHAR"],
    ["caught_by", "BIGINT"],
    ["caught_file", "VARCHAR"],
    ["caught_line", "INTEGER"],
    ["caught_function", "VARCHAR"],
    ["caught_ns", "BIGINT"],
    ["left_call_id", "BIGINT"],
    ["calls_left", "INTEGER"],
    ["fatal", "BOOLEAN"],
    ["cause", "VARCHAR"],
    ["context", "VARCHAR"],
  ],
  frames: [
    ["process", "INTEGER"],
    ["exception_id", "BIGINT"],
    ["depth", "INTEGER"],
    ["call_id", "BIGINT"],
    ["file", "VARCHAR"],
    ["function", "VARCHAR"],
    ["line", "INTEGER"],
    ["locals", "VARCHAR"],
  ],
  gaps: [
    ["process", "INTEGER"],
    ["caller_id", "BIGINT"],
    ["caller_module", "VARCHAR"],
    ["caller", "VARCHAR"],
    ["module", "VARCHAR"],
    ["callee", "VARCHAR"],
    ["kind", "VARCHAR"],
    ["file", "VARCHAR"],
    ["include", "VARCHAR"],
    ["calls", "BIGINT"],
    ["at_least", "BOOLEAN"],
  ],
  counted: [
    ["process", "INTEGER"],
    ["function_id", "BIGINT"],
    ["module", "VARCHAR"],
    ["function", "VARCHAR"],
    ["thread", "BIGINT"],
    ["why", "VARCHAR"],
    ["calls", "BIGINT"],
    ["total_ns", "BIGINT"],
    ["max_ns", "BIGINT"],
    ["raised", "BIGINT"],
  ],
  requests: [
    ["process", "INTEGER"],
    ["id", "BIGINT"],
    ["thread", "BIGINT"],
    ["call_id", "BIGINT"],
    ["protocol", "VARCHAR"],
    ["method", "VARCHAR"],
    ["path", "VARCHAR"],
    ["query", "VARCHAR"],
    ["framework", "VARCHAR"],
    ["route", "VARCHAR"],
    ["handler", "VARCHAR"],
    ["status", "INTEGER"],
    ["raised", "VARCHAR"],
    ["cut", "BOOLEAN"],
    ["started_ns", "BIGINT"],
    ["ended_ns", "BIGINT"],
  ],
  request_threads: [
    ["process", "INTEGER"],
    ["request_id", "BIGINT"],
    ["thread", "BIGINT"],
    ["from_ns", "BIGINT"],
    ["leaves", "BOOLEAN"],
  ],
  drops: [
    ["process", "INTEGER"],
    ["why", "VARCHAR"],
    ["count", "BIGINT"],
    ["note", "VARCHAR"],
    ["t_ns", "BIGINT"],
  ],
} as const satisfies Record<string, Columns>;

export type TableName = keyof typeof TABLES;

export const TABLE_NAMES = Object.keys(TABLES) as TableName[];

/** Calls that have not ended yet, carried from one segment to the next (`open.parquet`). */
export const OPEN_CALLS: Columns = [
  ["process", "INTEGER"],
  ["id", "BIGINT"],
  ["parent_id", "BIGINT"],
  ["stack_parent_id", "BIGINT"],
  ["function_id", "BIGINT"],
  ["module", "VARCHAR"],
  ["function", "VARCHAR"],
  ["thread", "BIGINT"],
  ["started_ns", "BIGINT"],
  ["args", "VARCHAR"],
  // What happened to it so far: sums, and the slice or the wait that is not over.
  ["suspends", "INTEGER"],
  ["waiting_ns", "BIGINT"],
  ["child_ns", "BIGINT"],
  ["suspended_ns", "BIGINT"],
  ["suspended_value", "VARCHAR"],
  ["slice_start_ns", "BIGINT"],
  ["slice_parent_id", "BIGINT"],
];

/** Exceptions that something may still happen to (`open_exceptions.parquet`): their row so far. */
export const OPEN_EXCEPTIONS: Columns = TABLES.exceptions;

/** `a, b, c`, each cast to its type, for the select list over a query with those names. */
export function castColumns(columns: Columns, types: Readonly<Record<string, string>> = {}): string {
  return columns.map(([name, type]) => `${quoted(name)}::${types[name] ?? type} as ${quoted(name)}`).join(", ");
}

/** `a T, b U` for `create table`. */
export function columnDefinitions(columns: Columns): string {
  return columns.map(([name, type]) => `${quoted(name)} ${type}`).join(", ");
}

/** A query with these columns and no rows. */
export function emptySelect(columns: Columns): string {
  return `select ${columns.map(([name, type]) => `null::${type} as ${quoted(name)}`).join(", ")} where false`;
}

function quoted(name: string): string {
  return `"${name}"`;
}
