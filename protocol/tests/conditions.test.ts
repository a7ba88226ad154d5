// The parser of conditions against the cases of spec/vectors/conditions, what it says of texts that are none, and what holds
// for every text: it never throws, ends quickly, and what it prints parses to the same.
import { readdirSync, readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { assert } from "fast-check";
import { describe, expect, it } from "vitest";
import { isFault } from "../src/conditions/fault.ts";
import { mostCharacters, mostDepth, parseExpression } from "../src/conditions/parse.ts";
import { printExpression, printTemplate } from "../src/conditions/print.ts";
import type { Expression, Template } from "../src/conditions/syntax.ts";
import { parseTemplate } from "../src/conditions/template.ts";
import { functions, methods } from "../src/conditions/words.ts";

interface Case {
  id: string;
  source?: string;
  template?: string;
  syntax?: Expression | Template;
  fault?: { column: number; says: string };
}

const folder = new URL("../../spec/vectors/conditions/", import.meta.url);
const cases = readdirSync(folder).flatMap(
  (name) => (JSON.parse(readFileSync(new URL(name, folder), "utf8")) as { cases: Case[] }).cases,
);

/** Syntax without columns, which printing changes. */
function bare(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  const parts: unknown[] = [...value];
  const hasColumn =
    ["name", "member", "item", "negative", "arithmetic", "function", "method"].includes(String(parts[0])) ||
    (parts.length === 3 && comparators.includes(String(parts[0])));
  return (hasColumn ? parts.slice(0, -1) : parts).map(bare);
}

const comparators = ["==", "!=", "<", "<=", ">", ">=", "in", "not in", "is", "is not"];

function parsed(text: string): Expression {
  const result = parseExpression(text);
  if (isFault(result)) throw new Error(`${text}: ${result.says} (${result.column})`);
  return result;
}

describe("cases", () => {
  it("are many", () => {
    expect(cases.length).toBeGreaterThan(400);
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length);
  });

  it.each(cases.map((one) => [one.id, one] as const))("%s is read as it says", (_id, one) => {
    const result = one.template === undefined ? parseExpression(one.source ?? "") : parseTemplate(one.template);
    expect(result).toEqual(one.fault ?? one.syntax);
  });

  it.each(cases.filter((one) => one.fault !== undefined).map((one) => [one.id, one] as const))(
    "%s is refused",
    (_id, one) => {
      const text = one.source ?? one.template ?? "";
      const column = one.fault?.column ?? 0;
      expect(column).toBeGreaterThanOrEqual(1);
      expect(column).toBeLessThanOrEqual(Array.from(text).length + 1);
      expect(one.fault?.says).toMatch(/^[^\n]+[^.]$/);
    },
  );

  it.each(
    cases
      .filter(({ fault, source }) => fault === undefined && source !== undefined)
      .map((one) => [one.id, one] as const),
  )("%s prints as what parses to the same", (_id, one) => {
    expect(bare(parsed(printExpression(one.syntax as Expression)))).toEqual(bare(one.syntax));
  });

  it("of templates print as templates", () => {
    const templates = cases.filter(({ fault, template }) => fault === undefined && template !== undefined);
    const printed = templates.map((one) => printTemplate(one.syntax as Template));
    const again = printed
      .map((text) => parseTemplate(text))
      .map((result) => (isFault(result) ? "" : printTemplate(result)));
    expect(again).toEqual(printed);
  });
});

const name = fc.constantFrom("x", "user_id", "$el", "größe", "_", "android", "nothing", "inner");
const literal = fc.oneof(
  fc.constantFrom(null, true, false),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value)),
  fc.string({ unit: "binary", maxLength: 8 }),
);
const method = fc.constantFrom(...[...methods.values()].filter((word) => word.name !== "contains"));

const { expression } = fc.letrec<{ expression: Expression }>((tie) => {
  const inner = tie("expression");
  const listed = (least: number, most: number): fc.Arbitrary<Expression[]> =>
    fc.array(inner, { minLength: least, maxLength: Math.min(most, 3) });
  return {
    expression: fc.oneof(
      { maxDepth: 5, depthSize: "small" },
      literal.map((value): Expression => ["value", value]),
      name.map((word): Expression => ["name", word, 1]),
      fc.constantFrom<Expression>(["integer", "9007199254740993"], ["integer", "-1318692654371016704"]),
      fc.tuple(inner, name).map(([of, word]): Expression => ["member", of, word, 1]),
      fc.tuple(inner, inner).map(([of, key]): Expression => ["item", of, key, 1]),
      listed(0, 3).map((items): Expression => ["list", items]),
      inner.map((of): Expression => ["not", of]),
      // The parser computes the negative of a number itself.
      inner
        .filter((of) => of[0] !== "integer" && !(of[0] === "value" && typeof of[1] === "number"))
        .map((of): Expression => ["negative", of, 1]),
      fc
        .tuple(fc.constantFrom("and" as const, "or" as const), inner, inner)
        .map(([sign, left, right]): Expression => (sign === "and" ? ["and", left, right] : ["or", left, right])),
      fc
        .tuple(inner, fc.array(fc.tuple(fc.constantFrom(...comparators), inner), { minLength: 1, maxLength: 3 }))
        .map(([first, rest]) => ["compare", first, rest.map(([sign, to]) => [sign, to, 1])] as unknown as Expression),
      fc
        .tuple(
          fc.constantFrom("+" as const, "-" as const, "*" as const, "/" as const, "//" as const, "%" as const),
          inner,
          inner,
        )
        .map(([sign, left, right]): Expression => ["arithmetic", sign, left, right, 1]),
      fc
        .constantFrom(...functions.values())
        .chain((word) => listed(word.least, word.most).map((args): Expression => ["function", word.name, args, 1])),
      fc
        .tuple(method, inner)
        .chain(([word, of]) =>
          listed(word.least, word.most).map((args): Expression => ["method", of, word.name, args, 1]),
        ),
    ),
  };
});

describe("every text", () => {
  it("that is printed parses to the same", () => {
    assert(
      fc.property(expression, (syntax) => {
        const text = printExpression(syntax);
        return text.length > mostCharacters || isDeepStrictEqual(bare(parsed(text)), bare(syntax));
      }),
      { numRuns: 500 },
    );
  });

  it("ends as syntax or as a fault within it", () => {
    const scraps =
      "a.b|[0]|'k'|(|)|[|]|{|}|{{|==|=|!=|!|<|<=|-|+|*|//|and|or|not|in|is|None|1|2.5|0x|'|\"|\\|len|.lower|,| |é|😀|\n";
    const piece = fc.oneof(fc.constantFrom(...scraps.split("|")), fc.string({ unit: "binary", maxLength: 3 }));
    assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join("");
        const last = Array.from(text).length + 1;
        return [parseExpression(text), parseTemplate(text)].every(
          (result) => !isFault(result) || (result.column >= 1 && result.column <= last),
        );
      }),
      { numRuns: 2000 },
    );
  });

  it.each(["(", "[", "!", "not ", "-", "a.", "a[", "len(", "'\\x", "{", "{{", "a and ", "1.", "1_"])(
    "of nothing but %j is read in no time",
    (piece) => {
      const text = piece.repeat(Math.floor(mostCharacters / piece.length));
      const before = performance.now();
      parseExpression(text);
      parseTemplate(text);
      expect(performance.now() - before).toBeLessThan(500);
    },
  );

  it("is at most so deep", () => {
    expect(isFault(parseExpression(`${"(".repeat(mostDepth)}a${")".repeat(mostDepth)}`))).toBe(false);
    expect(isFault(parseExpression("a + ".repeat(mostDepth - 1) + "a"))).toBe(false);
    expect(isFault(parseExpression("a + ".repeat(mostDepth) + "a"))).toBe(true);
  });
});
