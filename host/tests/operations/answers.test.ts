// What answers look like, as golden text at 80 and 120 columns: product surface, read by people and by models.

import { afterAll, beforeAll, expect, test } from "vitest";
import { readOperations } from "../../src/operations/list.ts";
import type { Store } from "../../src/store/store.ts";
import { completenessLines } from "../../src/views/completeness.ts";
import { nextLines, titleLine } from "../../src/views/heading.ts";
import { contextOf } from "./recording.ts";
import { shop } from "./shop.ts";

let store: Store;
beforeAll(async () => {
  store = await shop();
});
afterAll(() => store[Symbol.asyncDispose]());

const questions: readonly (readonly [golden: string, command: string, input: Record<string, unknown>])[] = [
  ["report", "report", {}],
  ["calls", "calls", { function: "Cart.total" }],
  ["calls-pattern", "calls", { function: "shop.cart.*", sort: "duration", limit: 3 }],
  ["calls-where", "calls", { function: "parse", where: ["args.line contains 'Ann'"], limit: 2 }],
  ["calls-absent", "calls", { function: "Cart.totl" }],
  ["calls-not-recorded", "calls", { function: "requests.api.get" }],
  ["calls-not-called", "calls", { function: "shop.app.unused" }],
  ["call", "call", { call: "c2" }],
  ["call-raised", "call", { call: "c1216" }],
  ["call-in-task", "call", { call: "c1218" }],
  ["call-in-process", "call", { call: "p2c2" }],
  ["flow", "flow", {}],
  ["flow-from", "flow", { from: "Cart.total" }],
  ["flow-module", "flow", { module: "shop.cart" }],
  ["exceptions", "exceptions", {}],
  ["slow", "slow", {}],
  ["gaps", "gaps", {}],
];

for (const columns of [80, 120]) {
  test.each(questions)(`%s at ${columns} columns`, async (golden, command, input) => {
    const operation = readOperations.find((each) => each.command === command);
    if (operation === undefined) throw new Error(`no operation ${command}`);
    const style = { columns, colour: false, budget: 2000 };
    const answer = await operation.run(operation.input.parse(input), contextOf(store));
    const { project, runs, completeness, next } = answer.about;
    const text = [
      titleLine(project, runs, style),
      operation.text(answer, style),
      "",
      ...(completeness === null ? [] : completenessLines(completeness, style)),
      ...nextLines(next, style),
      "",
    ].join("\n");
    await expect(text).toMatchFileSnapshot(`golden/${golden}-${columns}.txt`);
    expect(text.split("\n").filter((line) => line.length > columns && !line.includes("spoor "))).toEqual([]);
    // The structured answer is what its schema says.
    expect(() => operation.data.parse(answer.data)).not.toThrow();
  });
}

test.each(questions)("%s obeys a small token budget and says what is missing", async (_, command, input) => {
  const operation = readOperations.find((each) => each.command === command);
  if (operation === undefined) throw new Error(`no operation ${command}`);
  const answer = await operation.run(operation.input.parse(input), contextOf(store));
  const small = operation.text(answer, { columns: 100, colour: false, budget: 400 });
  const large = operation.text(answer, { columns: 100, colour: false, budget: 20_000 });
  expect(small.length / 4).toBeLessThan(650);
  expect(small.length === large.length || /…|\+\d+ below/.test(small)).toBe(true);
});

test.each(questions)("%s with colour has the same text as without", async (_, command, input) => {
  const operation = readOperations.find((each) => each.command === command);
  if (operation === undefined) throw new Error(`no operation ${command}`);
  const answer = await operation.run(operation.input.parse(input), contextOf(store));
  const plain = operation.text(answer, { columns: 80, colour: false, budget: 2000 });
  const coloured = operation.text(answer, { columns: 80, colour: true, budget: 2000 });
  expect(coloured).toContain("\u001b[");
  // oxlint-disable-next-line no-control-regex -- colours are escape sequences
  expect(coloured.replace(/\u001b\[[0-9;]*m/g, "")).toBe(plain);
});
