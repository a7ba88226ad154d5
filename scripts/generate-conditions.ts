// Writes what the parser makes of each case of spec/vectors/conditions into the case, so that agents, which have no parser,
// can evaluate it. Run it after a change of cases or syntax; a test fails while a file is stale, and a diff shows what changed.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { isFault } from "../protocol/src/conditions/fault.ts";
import { parseExpression } from "../protocol/src/conditions/parse.ts";
import { parseTemplate } from "../protocol/src/conditions/template.ts";

interface Case {
  source?: string;
  template?: string;
  fault?: unknown;
  syntax?: unknown;
  expect?: unknown;
  error?: unknown;
}

const folder = new URL("../spec/vectors/conditions/", import.meta.url);

/** The names of the files, and their texts as they should be. */
export function conditionVectors(): { readonly file: URL; readonly text: string }[] {
  return readdirSync(folder).map((name) => {
    const file = new URL(name, folder);
    const { about, cases } = JSON.parse(readFileSync(file, "utf8")) as { about: string; cases: Case[] };
    const lines = cases.map((given) => `  ${JSON.stringify(completed(given))}`);
    return {
      file,
      text: `{\n ${JSON.stringify("about")}: ${JSON.stringify(about)},\n "cases": [\n${lines.join(",\n")}\n ]\n}\n`,
    };
  });
}

function completed(given: Case): Case {
  const { syntax: _syntax, fault: _fault, expect, error, ...rest } = given;
  const parsed = given.template === undefined ? parseExpression(given.source ?? "") : parseTemplate(given.template);
  if (isFault(parsed)) return { ...rest, fault: parsed };
  return { ...rest, syntax: parsed, ...(error === undefined ? { expect } : { error }) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const { file, text } of conditionVectors()) writeFileSync(file, text);
}
