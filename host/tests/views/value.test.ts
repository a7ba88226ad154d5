// Values and calls in one line.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { callText, languageOf, valueText } from "../../src/views/value.ts";

test("a value is one line, cut to its room", () => {
  expect(valueText({ $: "User", $id: "7f", id: 5, name: "Ann" }, 80, "python")).toBe("User(id=5, name='Ann')");
  expect(valueText({ $: "User", $id: "7f", id: 5, name: "Ann" }, 12, "python")).toBe("User(id=5, …");
  expect(valueText({ $: "redacted", why: "name:password" }, 80, "python")).toBe("[redacted:name:password]");
  expect(valueText("two\nlines", 80, "python")).toBe("'two\\nlines'");
});

test("arguments share their room", () => {
  const args = { a: 1, text: "a long text that will not fit", b: 2 };
  expect(callText("f", args, 80, "python")).toBe("f(a=1, text='a long text that will not fit', b=2)");
  expect(callText("f", args, 30, "python")).toBe("f(a=1, text='a long tex…, b=2)");
  expect(callText("f", {}, 30, "python")).toBe("f()");
  expect(callText("f", null, 30, "python")).toBe("f(…)");
});

test("the file of a function tells how its values are written", () => {
  const languages = ["a.py", "src/a.ts", "b.mjs", "c.cts", "d.tsx", null].map((file) => languageOf({ file }));
  expect(languages.join(" ")).toBe("python javascript javascript javascript javascript python");
  expect(callText("f", { a: null, b: { $: "User", id: 5 } }, 80, "javascript")).toBe("f(a: null, b: User {id: 5})");
});

const languages = fc.constantFrom("python" as const, "javascript" as const);

test("whatever JSON comes, its text fits", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.integer({ min: 8, max: 60 }), languages, (value, columns, language) => {
      expect(valueText(value, columns, language).length).toBeLessThanOrEqual(columns * 2);
      expect(callText("name", { value }, columns, language).length).toBeLessThanOrEqual(columns * 2);
    }),
  );
});
