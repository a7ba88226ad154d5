// What is generated from data is committed, so that agents need no build; it must not fall behind its source.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import * as generated from "@spoor/protocol/redaction-rules";
import { conditionVectors } from "../../scripts/generate-conditions.ts";
import { pythonSource, typescriptTables } from "../../scripts/generate-redaction.ts";
import type { Rules } from "../../scripts/generate-redaction.ts";

const spec = new URL("../../spec/", import.meta.url);
const read = (path: string): unknown => JSON.parse(readFileSync(new URL(path, spec), "utf8"));

test("the generated rules are fresh", () => {
  const rules = read("redaction.json") as Rules;
  const python = readFileSync(new URL("../agents/python/src/spoor/redaction_rules.py", spec), "utf8");
  expect(python, "run scripts/generate-redaction.ts").toBe(pythonSource(rules));
  expect({ ...generated }, "run scripts/generate-redaction.ts").toEqual(typescriptTables(rules));
});

test("the syntax in the cases of conditions is fresh", () => {
  for (const { file, text } of conditionVectors()) {
    expect(readFileSync(file, "utf8"), `${file.pathname}: run scripts/generate-conditions.ts`).toBe(text);
  }
});
