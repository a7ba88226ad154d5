// The language of --where: what it means, what it refuses and where it points.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Problem } from "../../src/problem.ts";
import { parseWhere, type Where } from "../../src/queries/where.ts";
import { whereSql } from "../../src/queries/where-sql.ts";

/** The tree with all parentheses. */
function drawn(where: Where): string {
  const term = (each: (Where & { is: "truth" })["term"]): string => {
    if (each.is === "literal") return JSON.stringify(each.value);
    if (each.is === "length") return `len(${term(each.of)})`;
    return [each.root, ...each.steps.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))].join("");
  };
  switch (where.is) {
    case "and":
    case "or":
      return `(${drawn(where.left)} ${where.is} ${drawn(where.right)})`;
    case "not":
      return `not ${drawn(where.of)}`;
    case "compare":
      return `${term(where.left)} ${where.operator} ${term(where.right)}`;
    case "in":
      return `${term(where.term)} in ${JSON.stringify(where.literals)}`;
    case "truth":
      return term(where.term);
  }
}

test.each([
  ["args.a > 1 and args.b == 2 or result", "((args.a > 1 and args.b == 2) or result)"],
  ["args.a>1 && !(args.b=2||result)", "(args.a > 1 and not (args.b == 2 or result))"],
  ["not args.ok and outcome == 'raised'", '(not args.ok and outcome == "raised")'],
  ["args.list[0]['odd key'].x != -1.5e3", "args.list[0].odd key.x != -1500"],
  ["len(args.items) >= 3", "len(args.items) >= 3"],
  ["outcome in ['raised', \"closed\", null]", 'outcome in ["raised","closed",null]'],
  ["args.name =~ 'a\\'b'", 'args.name matches "a\'b"'],
  ["args.x == None or args.x == True", "(args.x == null or args.x == true)"],
  ["args.größe contains 'ü'", 'args.größe contains "ü"'],
  ["100 < args.x", "100 < args.x"],
  ["args.a or args.b or args.c", "((args.a or args.b) or args.c)"],
  ["args.a and args.b and args.c", "((args.a and args.b) and args.c)"],
])("%s", (text, expected) => {
  expect(drawn(parseWhere(text))).toBe(expected);
});

describe("what cannot be read is told with its column", () => {
  test.each([
    ["", 1, "the end"],
    ["user_id > 3", 1, "user_id"],
    ["args.user_id >", 15, "the end"],
    ["args.user_id > > 3", 16, ">"],
    ["(args.x", 8, "the end"],
    ["args.x == 'open", 11, "'open"],
    ["args.x == 1 result", 13, "result"],
    ["args.x in [args.y]", 18, "]"],
    ["args.x; DROP TABLE calls", 7, ";"],
    ["args.x == 1 -- comment", 13, "-- commen"],
  ])("%j", (text, column, found) => {
    const read = () => parseWhere(text);
    expect(read).toThrow(Problem);
    expect(read).toThrow(`column ${column}`);
    expect(read).toThrow(found);
  });

  test.each(["outcome.x == 1", "exception.colour == 1", "exception.message matches '('"])("%s", (text) => {
    expect(() => whereSql([parseWhere(text)])).toThrow(Problem);
  });
});

test("no text of a condition gets into the SQL", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 4 }), fc.string({ minLength: 4 }), (key, value) => {
      const quoted = (text: string) => `'${text.replaceAll(/[\\']/g, "\\$&")}'`;
      const { sql, parameters } = whereSql([parseWhere(`args[${quoted(key)}] == ${quoted(value)}`)]);
      const without = whereSql([parseWhere("args['zzzz'] == 'yyyy'")]);
      expect(sql).toBe(without.sql);
      expect(Object.values(parameters)).toContain(value);
    }),
  );
});

test("whatever is typed is either read or told to be unreadable", () => {
  const pieces = fc.constantFrom(
    "args",
    ".x",
    "[0]",
    "==",
    ">",
    "'a'",
    "1",
    "and",
    "or",
    "not",
    "(",
    ")",
    "len",
    "in",
    "null",
    " ",
    "\\",
    "'",
    "$w1",
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), (words) => {
      const failure = failureOf(() => whereSql([parseWhere(words.join(" "))]));
      expect(failure === null || failure instanceof Problem).toBe(true);
    }),
  );
});

function failureOf(work: () => unknown): unknown {
  try {
    work();
    return null;
  } catch (error) {
    return error;
  }
}
