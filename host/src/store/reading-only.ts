// Looks at a user's SQL before it is planned, through DuckDB's own parser: one statement, a SELECT in one of its
// forms, and no function that does more than compute. Settings cannot lock those out: `from enable_logging(…)` is a
// SELECT, and one that can end the process.

import { sqlText, type DuckDb } from "./duckdb.ts";

/** Functions that stand where a table does. All others read files, reach for settings, or run text as SQL. */
const TABLE_FUNCTIONS = new Set([
  "range",
  "generate_series",
  "unnest",
  "json_each",
  "json_tree",
  "repeat",
  "summary",
  "pragma_table_info",
  "duckdb_columns",
  "duckdb_functions",
  "duckdb_keywords",
  "duckdb_tables",
  "duckdb_types",
  "duckdb_views",
]);

/** Plain functions with an effect outside of the query. */
const EFFECTS = new Set(["write_log", "sleep_ms", "setseed", "nextval", "currval", "getenv"]);

interface Parsed {
  readonly error: boolean;
  readonly error_type?: string;
  readonly error_message?: string;
  readonly statements?: readonly unknown[];
}

/** A sentence, or null for SQL that only reads. SQL that does not parse passes: DuckDB says better what is wrong. */
export async function whatIsRefused(db: DuckDb, sql: string): Promise<string | null> {
  // A literal, since a bound value has no type for this function. NUL would end it early.
  if (sql.includes("\0")) return "SQL holds no NUL.";
  const [row] = await db.rows<{ parsed: string }>(`select json_serialize_sql(${sqlText(sql)}::varchar) as parsed`);
  const parsed = JSON.parse(row?.parsed ?? "{}") as Parsed;
  if (parsed.error) return parsed.error_type === "parser" ? null : "Only statements that read are possible here.";
  const count = parsed.statements?.length ?? 0;
  if (count === 0) return "There is no statement.";
  if (count > 1) return `One statement at a time; these are ${count}.`;
  return forbiddenFunction(parsed.statements);
}

function forbiddenFunction(node: unknown): string | null {
  if (node === null || typeof node !== "object") return null;
  const { type, function: called, function_name: name } = node as Record<string, unknown>;
  if (type === "TABLE_FUNCTION") {
    const table = nameOf(called);
    if (!TABLE_FUNCTIONS.has(table))
      return `A query can read the recordings and nothing else; ${table}() is not possible.`;
  }
  if (typeof name === "string" && EFFECTS.has(name.toLowerCase()))
    return `A query only reads; ${name}() is not possible.`;
  for (const child of Object.values(node)) {
    const why = forbiddenFunction(child);
    if (why !== null) return why;
  }
  return null;
}

function nameOf(called: unknown): string {
  const name = (called as { function_name?: unknown } | null | undefined)?.function_name;
  return typeof name === "string" ? name.toLowerCase() : "that function";
}
