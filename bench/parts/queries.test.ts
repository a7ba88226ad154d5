// Every operation that reads is asked by the bench, so that a new one cannot be slow unseen.
import { expect, test } from "vitest";
import { readOperations } from "spoor/operations/list";
import { questions } from "./queries.ts";

test("every reading operation is asked", () => {
  const asked = new Set(questions.map(([command]) => command));
  expect(readOperations.map(({ command }) => command).filter((command) => !asked.has(command))).toEqual([]);
});
