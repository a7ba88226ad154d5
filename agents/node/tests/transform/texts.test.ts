// What is done with inserts: putting them in, keeping them in a cache, moving source maps along, and taking them out of the
// text of a function.
import { createContext, runInContext } from "node:vm";
import { assert, property, string, constantFrom, array } from "fast-check";
import { expect, test } from "vitest";
import type { Instrumentation } from "../../src/hooks.ts";
import { decodeInstrumentation, encodeInstrumentation } from "../../src/transform/codec.ts";
import { instrument } from "../../src/transform/instrument.ts";
import { originalText } from "../../src/transform/original-text.ts";
import { shiftMap } from "../../src/transform/shift-map.ts";
import { insertLength, splice } from "../../src/transform/splice.ts";
import { instrumentation } from "./world.ts";

const program = `#!/usr/bin/env node
"use strict"
const fs = require('fs'); // é😀
class Cart { #n = 0; get size() { return this.#n } static async *all(a, { b }) { for await (const x of fs.read(a)) yield x } }
const add = (a, b) => a + b, o = { m() { try { return add(1, 2) } catch { } finally { add(3) } } }
async function f() { const { x } = await o.m(); return (await x).y() }\r
function g() { function h() {} var h; throw h }
`;
const bases = { functions: 98, sites: 995 };

/** The text with each insert cut out again, at the offset at which it must stand. */
function withoutInserts(text: string, { inserts }: Instrumentation): string {
  let out = "";
  let from = 0;
  let added = 0;
  inserts.at.forEach((at, insert) => {
    out += text.slice(from, at + added);
    added += insertLength(inserts, insert, bases);
    from = at + added;
  });
  return out + text.slice(from);
}

test("the source is what is left without the inserts, line for line", () => {
  const made = instrumentation(program);
  const text = splice(program, made, bases);
  expect(withoutInserts(text, made)).toBe(program);
  expect(text.split("\n").map((line) => line.length > 0)).toEqual(program.split("\n").map((line) => line.length > 0));
  expect(text).toContain("$spoor.e3(101,0,this,a,b);");
});

test("any mixture of pieces is spliced so that the pieces are left", () => {
  const pieces = constantFrom(
    "f()",
    "a.b(1)",
    ";",
    "\n",
    "{",
    "}",
    "(",
    ")",
    "=>",
    "x",
    "async ",
    "await ",
    "function g(a)",
    "return ",
    "`${",
    "}`",
    "'",
    "//",
    "/*",
    "*/",
    "class A",
    "try",
    "catch",
    "yield ",
  );
  assert(
    property(array(pieces, { maxLength: 30 }), string(), (parts, rest) => {
      const source = parts.join("") + (rest.length > 5 ? `/*${rest.replaceAll("*/", "")}*/` : "");
      const made = instrument(source, { as: "commonjs" });
      if ("refused" in made) return;
      expect(withoutInserts(splice(source, made, bases), made)).toBe(source);
    }),
    { numRuns: 300 },
  );
});

test("a cached instrumentation is the one that was made", () => {
  const made = instrumentation(program);
  const bytes = encodeInstrumentation(made);
  const back = decodeInstrumentation(bytes);
  expect(back && { hooks: back.hooks, inserts: back.inserts, functions: back.functions, sites: back.sites }).toEqual(
    made,
  );
  // As a file that was read into a pool gives it.
  const pool = new Uint8Array(bytes.length + 3);
  pool.set(bytes, 3);
  expect(decodeInstrumentation(pool.subarray(3))?.sites).toEqual(made.sites);
});

test("bytes that are not whole, or of another version, are not taken", () => {
  const bytes = encodeInstrumentation(instrumentation(program));
  expect(decodeInstrumentation(bytes.subarray(0, bytes.length - 1))).toBeNull();
  expect(decodeInstrumentation(new Uint8Array(7))).toBeNull();
  expect(decodeInstrumentation(Uint8Array.from(bytes, (byte, place) => (place === 0 ? byte + 1 : byte)))).toBeNull();
  expect(
    decodeInstrumentation(Uint8Array.from(bytes, (byte, place) => (place === bytes.length - 1 ? 0 : byte)))?.hooks,
  ).toBe("$spoor");
});

test("segments of a source map move with what they stand for", () => {
  const lines = program.split("\n");
  const words = lines.map((line) => [...line.matchAll(/[A-Za-z]+/g)].map((match) => match.index));
  const mappings = encodeColumns(words);
  const made = instrumentation(program);
  const text = splice(program, made, bases).split("\n");
  const shifted = shiftMap({ version: 3, names: ["kept"], mappings }, program, made.inserts, bases);
  expect(shifted?.names).toEqual(["kept"]);
  const moved = decodeColumns(shifted?.mappings ?? "");
  moved.forEach((columns, line) => {
    columns.forEach((column, place) => {
      const word = /^[A-Za-z]+/.exec(lines[line]?.slice(words[line]?.[place]) ?? "")?.[0] ?? "?";
      expect(text[line]?.slice(column, column + word.length)).toBe(word);
    });
  });
});

test("a map in sections moves as a whole, and one that cannot be read is none", () => {
  const source = "function f() { a() }\nb(c)";
  const { inserts } = instrumentation(source);
  const map = {
    sections: [
      { offset: { line: 0, column: 15 }, map: { mappings: "AAAA" } },
      { offset: { line: 1, column: 2 }, map: { mappings: "AAAA" } },
    ],
  };
  const shifted = shiftMap(map, source, inserts, bases);
  const text = splice(source, instrumentation(source), bases).split("\n");
  const [first, second] = shifted?.sections ?? [];
  expect(text[0]?.slice(first?.offset.column).startsWith("a()")).toBe(true);
  expect(text[1]?.slice(second?.offset.column).startsWith("c)")).toBe(true);
  expect(shiftMap({ mappings: "?" }, source, inserts, bases)).toBeNull();
});

test("the text of a function is the program's own", () => {
  const source = `
    function outer(a = () => 1) { function inner() { return a } return inner }
    const arrow = x => x + 1, nested = () => () => arrow(2);
    class K { m() { return 1 } static s = () => 2; get g() { return arrow(3) } }
    const o = { async *gen(a) { yield a }, get p() { return 4 } }; function empty() {}
    [outer, outer(), outer(1), arrow, nested, nested(), K, K.prototype.m, K.s, Object.getOwnPropertyDescriptor(K.prototype, 'g').get, o.gen, empty, class {}, Math.max].map(String)`;
  const made = instrumentation(source, "script");
  const context = createContext({ $spoor: passing });
  const texts = runInContext(splice(source, made, bases), context) as string[];
  const file = { source, instrumentation: made, bases };
  const restored = texts.map(
    (text) => originalText(text, "$spoor", (fn) => (fn >= bases.functions ? file : null)) ?? text,
  );
  expect(restored).toEqual(runInContext(source, createContext({})));
  expect(texts.filter((text) => text.includes("$spoor")).length).toBeGreaterThan(9);
  expect(originalText("function () { $spoor.e0(1) }", "$spoor", () => null)).toBeNull();
});

const value = (_: unknown, given: unknown): unknown => given;
const passing = { e0: () => 0, e1: () => 0, q: value, r: value, s: value };

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function encodeColumns(lines: readonly (readonly number[])[]): string {
  const vlq = (value: number): string => {
    const digit = value % 32;
    return value < 32 ? (digits[digit] ?? "") : (digits[digit + 32] ?? "") + vlq((value - digit) / 32);
  };
  return lines
    .map((columns) => columns.map((column, place) => `${vlq((column - (columns[place - 1] ?? 0)) * 2)}AAC`).join(","))
    .join(";");
}

function decodeColumns(mappings: string): number[][] {
  return mappings.split(";").map((line) => {
    let column = 0;
    return line
      .split(",")
      .filter(Boolean)
      .map((segment) => {
        let value = 0;
        for (let place = 0, scale = 1; ; place++, scale *= 32) {
          const digit = digits.indexOf(segment[place] ?? "");
          value += (digit % 32) * scale;
          if (digit < 32) break;
        }
        column += value / 2;
        return column;
      });
  });
}
