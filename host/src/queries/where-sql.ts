// A parsed `--where` as an SQL condition on a row `c` of calls. Paths and literals become bound parameters; the SQL text
// is made of fixed pieces only. Conditions know the value forms of spec/values.md: `args.user.id` finds `id` in a plain
// dictionary and in an instance, an index finds its item in a whole list and in a cut one, and a wrapped number or
// string compares as what it stands for. A comparison with what is not there is false.

import { Problem } from "../problem.ts";
import type { SqlValue } from "../store/store.ts";
import type { Literal, Operator, Root, Term, Where } from "./where.ts";

export interface SqlCondition {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, SqlValue>>;
}

/** All conditions must hold. Parameters are named `$w1`, `$w2`, …. */
export function whereSql(conditions: readonly Where[]): SqlCondition {
  const parameters: Record<string, SqlValue> = {};
  let count = 0;
  const bind: Bind = (value) => {
    count += 1;
    parameters[`w${count}`] = value;
    return `$w${count}`;
  };
  const sql = conditions.map((each) => condition(each, bind)).join(" AND ");
  return { sql: sql === "" ? "true" : sql, parameters };
}

type Bind = (value: SqlValue) => string;

function condition(where: Where, bind: Bind): string {
  switch (where.is) {
    case "and":
    case "or": {
      const sign = where.is === "and" ? "AND" : "OR";
      return `(${condition(where.left, bind)} ${sign} ${condition(where.right, bind)})`;
    }
    case "not":
      return `(NOT ${condition(where.of, bind)})`;
    case "compare":
      return `coalesce(${comparison(where.operator, where.left, where.right, bind)}, false)`;
    case "in": {
      const each = where.literals.map((value) => comparison("==", where.term, { is: "literal", value }, bind));
      return `coalesce(${each.length === 0 ? "false" : each.join(" OR ")}, false)`;
    }
    case "truth": {
      const term = read(where.term, bind);
      return `coalesce(${term.json} NOT IN ('false', 'null', '0', '""', '[]', '{}'), false)`;
    }
  }
}

/** One term in the three readings that a comparison may need, each null where the value is of another kind. */
interface Reading {
  readonly number: string;
  readonly text: string;
  /** JSON as text. */
  readonly json: string;
}

function read(term: Term, bind: Bind): Reading {
  switch (term.is) {
    case "literal":
      return readLiteral(term.value, bind);
    case "length": {
      const number = lengthOf(read(term.of, bind).json);
      return { number, text: "NULL", json: `to_json(${number})::VARCHAR` };
    }
    case "path":
      return readPath(term.root, term.steps, bind);
  }
}

/** Bound only in the reading that is used: DuckDB refuses parameters that do not occur. */
function readLiteral(value: Literal, bind: Bind): Reading {
  return {
    get number() {
      return typeof value === "number" ? `${bind(value)}::DOUBLE` : "NULL";
    },
    get text() {
      return typeof value === "string" ? `${bind(value)}::VARCHAR` : "NULL";
    },
    get json() {
      return `${bind(JSON.stringify(value))}::VARCHAR`;
    },
  };
}

const milliseconds = (column: string) => `(${column} / 1e6)`;

const columns: Readonly<
  Record<Exclude<Root, "args" | "result" | "exception">, [kind: "number" | "text", sql: string]>
> = {
  outcome: ["text", "c.outcome"],
  duration_ms: ["number", milliseconds("c.duration_ns")],
  own_ms: ["number", milliseconds("c.own_ns")],
  running_ms: ["number", milliseconds("c.running_ns")],
  waiting_ms: ["number", milliseconds("(c.duration_ns - c.running_ns)")],
  started_ms: ["number", milliseconds("c.started_ns")],
  suspends: ["number", "c.suspends"],
  process: ["number", "c.process"],
  thread: [
    "text",
    "(SELECT any_value(t.name) FROM threads t WHERE t.run = c.run AND t.process = c.process AND t.thread = c.thread)",
  ],
  module: ["text", "c.module"],
  function: ["text", "c.function"],
};

function readPath(root: Root, steps: readonly (string | number)[], bind: Bind): Reading {
  if (root === "args" || root === "result") return readJson(jsonAt(`c.${root}`, steps, bind));
  if (root === "exception") return readText(exceptionColumn(steps));
  if (steps.length > 0) {
    throw new Problem({
      code: "where.invalid",
      kind: "usage",
      says: `--where: ${root} has no parts, but .${steps.join(".")} was asked of it.`,
      tryNext: "Paths go into args, result and exception: args.user.id, result.total, exception.type.",
    });
  }
  const [kind, sql] = columns[root];
  if (root === "thread") return { ...readText(sql), number: "c.thread" };
  if (kind === "text") return readText(sql);
  return { number: `${sql}::DOUBLE`, text: "NULL", json: `to_json(${sql})::VARCHAR` };
}

function readText(sql: string): Reading {
  return { number: "NULL", text: sql, json: `coalesce(to_json(${sql})::VARCHAR, 'null')` };
}

function exceptionColumn(steps: readonly (string | number)[]): string {
  const [field = "type", ...deeper] = steps;
  const known = ["type", "message", "module", "file", "function", "fate"].find((each) => each === field);
  if (known === undefined || deeper.length > 0) {
    throw new Problem({
      code: "where.invalid",
      kind: "usage",
      says: `--where: an exception has no ${steps.join(".")}.`,
      tryNext: "It has type, message, module, file, function and fate: exception.type == 'ValueError'.",
    });
  }
  return `(SELECT any_value(e.${known}) FROM exceptions e WHERE e.run = c.run AND e.process = c.process AND e.id = c.exception_id)`;
}

function jsonAt(column: string, steps: readonly (string | number)[], bind: Bind): string {
  const each = pointersTo(steps).map((pointer) => `json_extract(${column}, ${bind(pointer)}::VARCHAR)`);
  return each.length === 1 ? (each[0] ?? column) : `coalesce(${each.join(", ")})`;
}

/** JSON pointers to a path, whether the lists on the way are whole (`[…]`) or cut (`{"$":"list","items":[…]}`). */
export function pointersTo(steps: readonly (string | number)[]): string[] {
  let pointers = [""];
  for (const step of steps) {
    const escaped = String(step).replaceAll("~", "~0").replaceAll("/", "~1");
    const inItems = typeof step === "number" && pointers.length < 8;
    pointers = pointers.flatMap((each) => [`${each}/${escaped}`, ...(inItems ? [`${each}/items/${escaped}`] : [])]);
  }
  return pointers;
}

/** The value forms of spec/values.md that stand for one value: what they stand for is compared. */
const wrappers = [
  "str",
  "int",
  "float",
  "decimal",
  "enum",
  "path",
  "uuid",
  "bytes",
  "bytearray",
  "datetime",
  "date",
  "time",
  "symbol",
]
  .map((name) => `'${name}'`)
  .join(", ");

function readJson(json: string): Reading {
  const wrappedNumber = `coalesce(${json} ->> '/$value', ${json} ->> '/digits', ${json} ->> '/value')`;
  const wrappedText = `coalesce(${json} ->> '/$value', ${["text", "head", "iso", "name", "digits"].map((each) => `${json} ->> '/${each}'`).join(", ")})`;
  // An instance of the program's own class may have a field of any of these names: only wrappers stand for a value.
  const isWrapper = `json_type(${json}) = 'OBJECT' AND (${json} ->> '/$' IN (${wrappers}) OR json_exists(${json}, '/$value'))`;
  return {
    number: `CASE WHEN json_type(${json}) IN ('UBIGINT', 'BIGINT', 'DOUBLE') THEN try_cast(${json} ->> '$' AS DOUBLE)
      WHEN ${isWrapper} THEN try_cast(${wrappedNumber} AS DOUBLE) END`,
    text: `CASE WHEN json_type(${json}) = 'VARCHAR' THEN ${json} ->> '$' WHEN ${isWrapper} THEN ${wrappedText} END`,
    json: `${json}::VARCHAR`,
  };
}

function lengthOf(json: string): string {
  return `CASE json_type(${json}) WHEN 'ARRAY' THEN json_array_length(${json}) WHEN 'VARCHAR' THEN length(${json}::JSON ->> '$')
    WHEN 'OBJECT' THEN CASE WHEN (${json} ->> '/$') = 'cut' THEN NULL ELSE coalesce(try_cast(${json} ->> '/len' AS BIGINT), json_array_length(${json}, '/items'), len(json_keys(${json}))) END END::DOUBLE`;
}

function comparison(operator: Operator, left: Term, right: Term, bind: Bind): string {
  const a = read(left, bind);
  const b = read(right, bind);
  switch (operator) {
    case "==":
    case "!=": {
      if (isNull(left) || isNull(right)) {
        const isNothing = `coalesce(${isNull(left) ? b.json : a.json}, 'null') IN ('null', '{"$":"undefined"}')`;
        return operator === "==" ? isNothing : `(NOT ${isNothing})`;
      }
      const equal = `coalesce(${a.number} = ${b.number}, ${a.text} = ${b.text}, ${a.json} = ${b.json})`;
      return operator === "==" ? equal : `(NOT ${equal})`;
    }
    case "<":
    case "<=":
    case ">":
    case ">=":
      return `coalesce(${a.number} ${operator} ${b.number}, ${a.text} ${operator} ${b.text})`;
    case "contains":
      return `coalesce(contains(${a.text}, ${b.text}), contains(${a.json}, coalesce(${b.text}, ${b.json})))`;
    case "startswith":
      return `starts_with(${a.text}, ${b.text})`;
    case "endswith":
      return `ends_with(${a.text}, ${b.text})`;
    case "matches":
      checkRegex(right);
      return `regexp_matches(${a.text}, ${b.text})`;
  }
}

function isNull(term: Term): boolean {
  return term.is === "literal" && term.value === null;
}

function checkRegex(term: Term): void {
  if (term.is !== "literal" || typeof term.value !== "string" || isRegex(term.value)) return;
  throw new Problem({
    code: "where.invalid",
    kind: "usage",
    says: `--where: "${term.value}" is not a regular expression.`,
    tryNext: "`matches` takes one: exception.message matches '^no .* found$'.",
  });
}

function isRegex(text: string): boolean {
  try {
    return new RegExp(text, "u").source !== "";
  } catch {
    return false;
  }
}
