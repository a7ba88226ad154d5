// Values and calls in one line.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { callText, valueText } from "../../src/views/value.ts";

test("a value is one line, cut to its room", () => {
  expect(valueText({ $: "User", $id: "7f", id: 5, name: "Ann" }, 80)).toBe("User(id=5, name='Ann')");
  expect(valueText({ $: "User", $id: "7f", id: 5, name: "Ann" }, 12)).toBe("User(id=5, …");
  expect(valueText({ $: "redacted", why: "name:password" }, 80)).toBe("[redacted:name:password]");
  expect(valueText("two\nlines", 80)).toBe("'two\\nlines'");
});

test("arguments share their room", () => {
  const args = { a: 1, text: "a long text that will not fit", b: 2 };
  expect(callText("f", args, 80)).toBe("f(a=1, text='a long text that will not fit', b=2)");
  expect(callText("f", args, 30)).toBe("f(a=1, text='a long tex…, b=2)");
  expect(callText("f", {}, 30)).toBe("f()");
  expect(callText("f", null, 30)).toBe("f(…)");
});

test("whatever JSON comes, its text fits", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.integer({ min: 8, max: 60 }), (value, columns) => {
      expect(valueText(value, columns).length).toBeLessThanOrEqual(columns * 2);
      expect(callText("name", { value }, columns).length).toBeLessThanOrEqual(columns * 2);
    }),
  );
});
