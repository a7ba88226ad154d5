// What a failure looks like on standard error.
import { expect, test } from "vitest";
import { describeFailure } from "../../src/doors/cli/failures.ts";
import { Problem } from "../../src/problem.ts";

const plain = { colour: false, jsonErrors: false, runsProgram: false };

test("a text that is wrong at a column is shown with a caret under that, by the width of what is before it", () => {
  const text = "名 > \u001b[2J >> 1";
  const error = new Problem({
    code: "probe.condition",
    kind: "usage",
    says: "The condition is wrong.",
    tryNext: "for example a > 1",
    context: { text, column: text.indexOf(">>") + 1 },
  });
  expect(describeFailure(error, plain)).toEqual({
    text: [
      "spoor: The condition is wrong.",
      String.raw`    名 > \x1b[2J >> 1`,
      `    ${" ".repeat("-- > ----[2J ".length)}^`,
      "  try: for example a > 1",
      "",
    ].join("\n"),
    exitCode: 2,
  });
});

test("other failures have none", () => {
  const error = new Problem({ code: "a.b", kind: "environment", says: "No.", tryNext: "", context: { column: 3 } });
  expect(describeFailure(error, plain)).toEqual({ text: "spoor: No.\n", exitCode: 1 });
});
