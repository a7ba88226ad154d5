// How captured values are drawn for people; every value of spec/vectors/values can be drawn on one line.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { drawJavaScriptValue } from "../src/javascript-values.ts";
import { drawArguments, drawValue } from "../src/values.ts";
import type { Value } from "../src/values.ts";

const vectors = new URL("../../spec/vectors/values/", import.meta.url);
const cases = readdirSync(vectors).flatMap((name) => {
  const file = JSON.parse(readFileSync(new URL(name, vectors), "utf8")) as { cases: { id: string; expect: Value }[] };
  return file.cases;
});

describe("drawing", () => {
  it.each<[Value, string]>([
    [null, "None"],
    [[1, "a'b", true], "[1, 'a\\'b', True]"],
    [{ a: 1, $$b: { c: 2 } }, "{'a': 1, '$b': {'c': 2}}"],
    [{ $: "Order", id: 5, total: 9.5 }, "Order(id=5, total=9.5)"],
    [{ $: "Order", $id: "7f3a" }, "Order(…)"],
    [{ $: "Order", $id: "7f3a", id: 5, lines: { $: "list", len: 3 } }, "Order(id=5, lines=[… 3 items])"],
    [{ $: "Order", id: 5, $cut: { why: "fields", more: 2 } }, "Order(id=5, … 2 more)"],
    [{ $: "list", len: 5000, items: [1, 2] }, "[1, 2, … 4998 more]"],
    [{ $: "tuple", items: [1] }, "(1,)"],
    [{ $: "dict", entries: [[1, "a"]] }, "{1: 'a'}"],
    [{ $: "str", len: 12000, head: "ab" }, "'ab…' (12000 characters)"],
    [{ $: "int", bits: 257, head: "80" }, "0x80… (257 bits)"],
    [{ $: "enum", type: "Color", name: "RED", value: 1 }, "Color.RED"],
    [{ $: "redacted", why: "name:password" }, "[redacted:name:password]"],
    [{ $: "Money", $value: 5, currency: "EUR" }, "Money(5, currency='EUR')"],
    ["a\nb\u0007", "'a\\nb\\u0007'"],
  ])("%j", (value, text) => {
    expect(drawValue(value)).toBe(text);
  });

  it("cuts to a width without halving a character", () => {
    expect(drawValue("abcdef", { width: 5 })).toBe("'abc…");
    expect(drawValue("ab🙂cd", { width: 5 })).toBe("'ab…");
  });

  it("writes arguments as a call does", () => {
    expect(drawArguments({ id: 5, note: "x", $cut: { why: "bytes", more: 1 } })).toBe("id=5, note='x', … 1 more");
  });

  it.each<[Value, string]>([
    [null, "null"],
    [[1, "a'b", true, { $: "undefined" }, { $: "hole" }], "[1, 'a\\'b', true, undefined, <empty>]"],
    [{ a: 1, "b-c": { $$d: null } }, "{a: 1, 'b-c': {$d: null}}"],
    [{ $: "Order", id: 5, lines: { $: "list", len: 3 } }, "Order {id: 5, lines: [… 3 items]}"],
    [{ $: "Order", $id: "7f3a" }, "Order {…}"],
    [{ $: "js.point", x: 1, $cut: { why: "fields", more: 2 } }, "point {x: 1, … 2 more}"],
    [{ $: "list", len: 5000, items: [1, 2] }, "[1, 2, … 4998 more]"],
    [{ $: "map", entries: [["a", { b: 1 }]] }, "Map {'a' => {b: 1}}"],
    [{ $: "set", len: 4, items: [1] }, "Set {1, … 3 more}"],
    [{ $: "Cache", $value: { $: "map", entries: [] }, size: 0 }, "Cache {Map {}, size: 0}"],
    [{ $: "int", digits: "10" }, "10n"],
    [{ $: "symbol", description: "s" }, "Symbol(s)"],
    [{ $: "regexp", source: "a+", flags: "gi" }, "/a+/gi"],
    [{ $: "error", type: "TypeError", message: "bad", fields: { code: "E" } }, "[TypeError: bad {code: 'E'}]"],
    [{ $: "function", name: "f" }, "[function f]"],
    [{ $: "typedarray", type: "Int8Array", len: 2, items: [1, 2] }, "Int8Array [1, 2]"],
    [{ $: "date", iso: "1970-01-01T00:00:00.000Z" }, "1970-01-01T00:00:00.000Z"],
    [-0, "-0"],
  ])("of JavaScript: %j", (value, text) => {
    expect(drawJavaScriptValue(value)).toBe(text);
  });

  it.each(cases.map((one) => [one.id, one.expect] as const))("case %s is one line", (_id, value) => {
    for (const text of [drawValue(value), drawJavaScriptValue(value)]) {
      expect(text).not.toBe("");
      expect(text).not.toMatch(/[\p{Cc}\u2028]/u);
      expect(text).not.toContain("[object");
    }
  });
});
