// What a `--where` could not look at: calls in which a value on the way to what it asks for was cut, or not opened, so that
// "does not match" is not known. The marks are those of spec/values.md.

import type { SqlValue } from "../store/store.ts";
import type { Term, Where } from "./where.ts";
import { pointersTo, type SqlCondition } from "./where-sql.ts";

type Path = Term & { is: "path" };
interface Asked {
  readonly path: Path;
  /** What of it: a value that is closed still tells how long it is, and that it is not nothing. */
  readonly of: "value" | "length" | "presence";
}

/** True of a row `c` of calls for which the conditions cannot be decided, if they do not hold. Parameters are `$u1`, `$u2`, …. */
export function unseenSql(conditions: readonly Where[], matches: SqlCondition): SqlCondition {
  const parameters: Record<string, SqlValue> = {};
  const bind = (value: string): string => {
    const name = `u${Object.keys(parameters).length + 1}`;
    parameters[name] = value;
    return `$${name}::VARCHAR`;
  };
  const hidden = conditions
    .flatMap(askedBy)
    .filter(({ path }) => path.root === "args" || path.root === "result")
    .flatMap((asked) => hiddenAt(asked, bind));
  if (hidden.length === 0) return { sql: "false", parameters };
  const known = conditions.some(negates) ? "false" : matches.sql;
  return {
    sql: `((${hidden.join(" OR ")}) AND NOT coalesce((${known}), false))`,
    parameters: known === "false" ? parameters : { ...parameters, ...matches.parameters },
  };
}

function askedBy(where: Where): Asked[] {
  switch (where.is) {
    case "and":
    case "or":
      return [...askedBy(where.left), ...askedBy(where.right)];
    case "not":
      return askedBy(where.of);
    case "compare":
      return isNull(where.left) || isNull(where.right)
        ? [where.left, where.right].flatMap(pathOf).map((asked) => ({ ...asked, of: "presence" }))
        : [where.left, where.right].flatMap(pathOf);
    case "in":
    case "truth":
      return pathOf(where.term);
  }
}

function pathOf(term: Term): Asked[] {
  switch (term.is) {
    case "literal":
      return [];
    case "path":
      return [{ path: term, of: "value" }];
    case "length":
      return [{ path: term.of, of: "length" }];
  }
}

function isNull(term: Term): boolean {
  return term.is === "literal" && term.value === null;
}

function negates(where: Where): boolean {
  switch (where.is) {
    case "and":
    case "or":
      return negates(where.left) || negates(where.right);
    case "not":
      return true;
    case "compare":
      return where.operator === "!=";
    case "in":
    case "truth":
      return false;
  }
}

/** Each value on the way that may have been cut before the next step, and the one at the end. */
function hiddenAt({ path, of }: Asked, bind: (value: string) => string): string[] {
  const column = `c.${path.root}`;
  const found: string[] = [];
  // Arguments are an object of their own, in which nothing is missing.
  for (let length = path.root === "args" ? 1 : 0; length <= path.steps.length; length++) {
    const step = path.steps[length];
    if (step === undefined && of === "presence") continue;
    for (const pointer of pointersTo(path.steps.slice(0, length))) {
      const value = pointer === "" ? column : `json_extract(${column}, ${bind(pointer)})`;
      const isThere =
        step === undefined ? [] : pointersTo([step]).map((each) => `NOT json_exists(${value}, ${bind(each)})`);
      const isHidden = step === undefined && of === "length" ? `(${value} ->> '/$') = 'cut'` : isCut(value);
      found.push([isHidden, ...isThere].join(" AND "));
    }
  }
  return found.map((each) => `coalesce(${each}, false)`);
}

/** Closed, or with something left out: a mark says so, or there is nothing but type and identity or length. */
function isCut(json: string): string {
  return `json_type(${json}) = 'OBJECT' AND json_exists(${json}, '/$') AND (json_exists(${json}, '/$cut')
    OR (${json} ->> '/$') = 'cut' OR (${json} ->> '/why') = 'hot' OR json_exists(${json}, '/len') OR (len(json_keys(${json})) = 1 AND (${json} ->> '/$') NOT IN ('undefined', 'hole', 'cycle'))
    OR (len(json_keys(${json})) = 2 AND json_exists(${json}, '/$id')))`;
}
