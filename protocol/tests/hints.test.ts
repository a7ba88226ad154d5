// Every text with a secret has a hint, and it is found in bytes where it is found in text.
import { readFileSync } from "node:fs";
import { expect, it, test } from "vitest";
import fc from "fast-check";
import { hintScanner } from "../src/hints.ts";
import { hints } from "../src/redaction-rules.ts";

const corpus = JSON.parse(
  readFileSync(new URL("../../spec/vectors/redaction/secrets.json", import.meta.url), "utf8"),
) as { texts: { id: string; before: string; secret: string[]; after: string }[] };
const scanner = hintScanner(hints);

function find(text: string, from = 0): number {
  const bytes = new Uint8Array(text.length + 8);
  for (let i = 0; i < text.length; i++) bytes[i + 4] = text.charCodeAt(i);
  return scanner.find(bytes, 4, 4 + text.length, from, text);
}

it.each(corpus.texts.map((secret) => [secret.id, secret.before + secret.secret.join("") + secret.after] as const))(
  "%s",
  (_id, text) => {
    expect(scanner.test(text)).toBe(true);
    // Other texts around it change nothing.
    if (/^[\u0000-\u007f]*$/.test(text)) expect(find(`7 plain words 12\0${text}\x003f`)).toBeGreaterThanOrEqual(0);
  },
);

test("bytes and text say the same", () => {
  const word = fc.constantFrom("a", "=", ":", "9:", ":8", "eyJ", "-", "--x", "AKIA", "AIza", "4111", "_", "\0", " ", "Bea", "</");
  fc.assert(
    fc.property(fc.array(word).map((words) => words.join("")), fc.nat(5), (text, from) => {
      expect(find(text, from)).toBe(scanner.search(text, from));
    }),
  );
});
