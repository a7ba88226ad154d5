// Each character of a text is found again from where it is among the inserts, wherever the text begins.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { expect, test } from "vitest";
import { instrument } from "../../src/transform/instrument.ts";
import { lineIndex, lineStarts } from "../../src/transform/lines.ts";
import { ownPlaces } from "../../src/transform/own-places.ts";
import { insertLength, splice } from "../../src/transform/splice.ts";

const require = createRequire(import.meta.url);
const bases = { functions: 95, sites: 990 };

test.each([
  ["the bundle of a package", readFileSync(join(dirname(require.resolve("picocolors")), "picocolors.js"), "utf8")],
  ["lines that end in every way", "f();\r\ng(1);\rfunction f(a) { return a }\u2028function g() { f(2); f(3) }\n\nf()"],
])("%s", (_, source) => {
  const made = instrument(source, { as: "commonjs" });
  if ("refused" in made) throw new Error(made.message);
  const text = splice(source, made, bases);
  for (const at of [
    { line: 0, column: 0, begun: 0 },
    { line: 4, column: 17, begun: 9 },
  ]) {
    const places = ownPlaces({ source, instrumentation: made, bases }, at);
    // What is put before it is on its first line.
    const shift = (line: number): number => (line === 0 ? at.column + at.begun : 0);
    const [starts, rawStarts] = [lineStarts(source), lineStarts(text)];
    let raw = 0;
    let insert = 0;
    for (let own = 0; own < source.length; own++) {
      const from = raw;
      while (insert < made.inserts.at.length && made.inserts.at[insert] === own) {
        raw += insertLength(made.inserts, insert, bases);
        insert++;
      }
      const line = lineIndex(starts, own);
      const column = own - (starts[line] ?? 0) + (line === 0 ? at.column : 0);
      for (const place of [from, raw]) {
        const rawColumn = place - (rawStarts[line] ?? 0) + shift(line);
        expect([line, places.column(line + at.line, rawColumn)]).toEqual([line, column]);
      }
      expect(places.offset(raw + at.column + at.begun)).toBe(own + at.column);
      expect(text[raw]).toBe(source[own]);
      raw++;
    }
  }
});
