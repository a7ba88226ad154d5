// Sixty expressions, and what is told of those that are none.
import { describe, expect, test } from "vitest";
import { evaluate, parse, tokens } from "../src/expression.ts";

const cases = Array.from({ length: 60 }, (_, i) => {
  const text = `(${i} + 3) * 2 - ${i % 5} / (1 + ${i % 3}) + x`;
  return [text, (i + 3) * 2 - (i % 5) / (1 + (i % 3)) + 4] as const;
});

describe("expression", () => {
  test.each(cases)("%s", (text, expected) => {
    expect(evaluate(parse(text), { x: 4 })).toBeCloseTo(expected);
  });

  test("tokens", () => {
    expect(tokens("a + 1.5")).toEqual([
      { kind: "name", text: "a" },
      { kind: "symbol", text: "+" },
      { kind: "number", value: 1.5 },
    ]);
  });

  test("what is missing is told", () => {
    expect(() => parse("1 +")).toThrow(SyntaxError);
    expect(() => evaluate("y")).toThrow(ReferenceError);
  });
});
