// Cutting and wrapping to a width, in columns of the terminal and not in characters.
import * as fc from "fast-check";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import { cut, cutStart, pad, spread, width, wrap } from "../../src/views/fit.ts";
import { table } from "../../src/views/table.ts";

const plain = { columns: 40, colour: false, budget: 2000 };

test.each([
  ["short", 10, "short"],
  ["exactly ten", 11, "exactly ten"],
  ["longer than that", 8, "longer …"],
  ["日本語のテキスト", 7, "日本語…"],
  ["x", 0, ""],
  ["xy", 1, "…"],
])("%s in %i columns: %s", (text, columns, expected) => {
  expect(cut(text, columns)).toBe(expected);
});

test("names keep their end", () => {
  expect(cutStart("shop.cart.Cart.total", 12)).toBe("….Cart.total");
});

test("nothing is ever wider than its room", () => {
  const words = fc.string({ unit: "grapheme", maxLength: 60 });
  fc.assert(
    fc.property(words, words, fc.integer({ min: 12, max: 50 }), (left, right, columns) => {
      expect(stringWidth(cut(left, columns))).toBeLessThanOrEqual(columns);
      expect(width(pad(cut(left, columns), columns))).toBe(columns);
      const short = cut(right, 8);
      expect(short === "" || width(spread(left, short, columns)) === columns).toBe(true);
    }),
  );
});

test("wrapping loses no word and keeps to its columns", () => {
  const words = fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(words, fc.integer({ min: 12, max: 40 }), (all, columns) => {
      const lines = wrap(all.join(" "), columns, "  ");
      expect(lines.join(" ").split(/\s+/)).toEqual(all);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
      for (const line of lines.slice(1)) expect(line).toMatch(/^ {2}\S/);
    }),
  );
});

test("a table gives way in the columns that may, the widest first", () => {
  const columns = [
    { title: "name", cut: "start" },
    { title: "calls", align: "right" },
    { title: "by", cut: "end" },
  ] as const;
  expect(
    table(
      columns,
      [
        ["shop.cart.Cart.total", "1,204", "somebody with a long name"],
        ["f", "1", "x"],
      ],
      plain,
    ),
  ).toEqual(["name             calls  by", "…art.Cart.total  1,204  somebody with a…", "f                    1  x"]);
  expect(table(columns, [], plain)).toEqual([]);
});

test("a last column that is empty leaves no spaces behind", () => {
  for (const line of table(
    [{ title: "a" }, { title: "" }],
    [
      ["1", ""],
      ["2", "x"],
    ],
    { ...plain, colour: true },
  )) {
    // oxlint-disable-next-line no-control-regex -- colours are escape sequences
    expect(line.replace(/\u001b\[\d+m/g, "")).not.toMatch(/\s$/);
  }
});
