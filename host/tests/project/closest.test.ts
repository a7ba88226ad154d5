// "Did you mean": which known word a mistyped one stands for.
import { expect, test } from "vitest";
import { closest } from "../../src/project/closest.ts";

const commands = ["run", "runs", "call", "calls", "config", "gaps"];

test.each([
  ["calsl", "calls"],
  ["cals", "call"],
  ["confg", "config"],
  ["CONFGI", "config"],
  ["rnus", "runs"],
  ["gasp", "gaps"],
  ["bananas", null],
  ["x", null],
])("%s means %s", (word, meant) => expect(closest(word, commands)).toBe(meant));
