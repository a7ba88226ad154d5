// The functions of a recording: all of them for matching names against, and a condition on `calls` for those meant.

import { groupBy } from "./group-by.ts";
import type { SqlValue, Store } from "../store/store.ts";
import type { FunctionShape } from "../answers/call.ts";
import type { SqlCondition } from "./where-sql.ts";

/** Every function that was recorded, once by module and name, in the order of the sources. */
export function recordedFunctions(store: Store): Promise<FunctionShape[]> {
  return store.query<FunctionShape & Record<string, unknown>>(`
    SELECT module, function, arg_min(file, line) AS file, min(line) AS line, any_value(kind) AS kind
    FROM functions GROUP BY module, function ORDER BY module, line, function`);
}

/** True for rows of `alias` (calls, counted) that belong to one of the functions. */
export function ofFunctions(functions: readonly FunctionShape[], alias: string): SqlCondition {
  const parameters: Record<string, SqlValue> = {};
  // Plain IN lists are pushed down into the Parquet scan; a join is not. Beyond some hundreds the list itself costs.
  if (functions.length > 300) {
    parameters["functions"] = JSON.stringify(functions.map((each) => each.module + separator + each.function));
    return {
      sql: `${alias}.module || '${separator}' || ${alias}.function IN (SELECT unnest(from_json($functions::JSON, '["VARCHAR"]')))`,
      parameters,
    };
  }
  const byModule = groupBy(functions, (each) => each.module);
  let count = 0;
  const bind = (value: string) => {
    count += 1;
    parameters[`f${count}`] = value;
    return `$f${count}`;
  };
  const each = [...byModule].map(
    ([module, those]) =>
      `(${alias}.module = ${bind(module)} AND ${alias}.function IN (${those.map((one) => bind(one.function)).join(", ")}))`,
  );
  return { sql: each.length === 0 ? "false" : `(${each.join(" OR ")})`, parameters };
}

/** Cannot be part of a name. */
const separator = "\t";
