// Writes what is generated from the list of operations and from schemas: docs/reference/cli.md, spec/spoor.config.schema.json and
// spec/events.schema.json. A test holds both to their sources.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { configurationSchemaText, referencePage } from "../host/src/doors/cli/reference.ts";
import { eventSchemaText } from "../host/src/live/event-schema.ts";
import { root } from "./root.ts";

for (const [path, text] of [
  ["docs/reference/cli.md", referencePage()],
  ["spec/spoor.config.schema.json", configurationSchemaText()],
  ["spec/events.schema.json", eventSchemaText()],
] as const) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
