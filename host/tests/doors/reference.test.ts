// The generated reference and JSON Schema are as their sources say.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { configurationSchemaText, referencePage } from "../../src/doors/cli/reference.ts";
import { eventSchemaText } from "../../src/live/event-schema.ts";

// Where it is not: npx tsx --conditions=spoor-source scripts/generate-reference.ts
test.each([
  ["docs/reference/cli.md", referencePage()],
  ["spec/spoor.config.schema.json", configurationSchemaText()],
  ["spec/events.schema.json", eventSchemaText()],
])("%s is as its sources say", (path, text) => {
  const published = readFileSync(new URL(`../../../${path}`, import.meta.url), "utf8");
  expect(published).toBe(text);
});
