// Every text with a secret has a hint, and it is found in bytes where it is found in text.
import { readFileSync } from "node:fs";
import { expect, it, test } from "vitest";
import { array, assert, constantFrom, nat, property } from "fast-check";
import { hintScanner } from "../src/hints.ts";
import { hintPairs, hints, hintStarts } from "../src/redaction-rules.ts";
import { redactText } from "../src/redaction.ts";

const corpus = JSON.parse(
  readFileSync(new URL("../../spec/vectors/redaction/secrets.json", import.meta.url), "utf8"),
) as { texts: { id: string; before: string; secret: string[]; after: string }[] };
const scanner = hintScanner(hints, hintStarts, hintPairs);

function find(text: string, from = 0): number {
  const bytes = new Uint8Array(4 * Math.ceil(text.length / 4) + 8).fill(0xff);
  for (let i = 0; i < text.length; i++) bytes[i + 4] = text.charCodeAt(i);
  return scanner.find(bytes, new Int32Array(bytes.buffer), 4, 4 + text.length, from, text);
}

it.each(corpus.texts.map((secret) => [secret.id, secret.before + secret.secret.join("") + secret.after] as const))(
  "%s",
  (_id, text) => {
    expect(scanner.test(text)).toBe(true);
    // Other texts around it change nothing.
    const amongOthers = `7 plain words 12\0${text}\x003f`;
    const isAscii = Buffer.byteLength(text) === text.length;
    expect(isAscii ? find(amongOthers) : scanner.search(amongOthers, 0)).toBeGreaterThanOrEqual(0);
  },
);

test("whatever is taken out of a text has a hint, however it is put together", () => {
  const names = [
    "password", "token1", "api_key", "secret2", "PASSWORD1", "SECRET12", "pin", "x-api-key", "Authorization", "passwd9", "glptt-",
    "sk_live_", "AKIA", "eyJ", "Bearer ", "Basic ", "https://u:", "SG.", "npm_", "whsec_", "4111 1111 1111 1111", "078-05-1120", "xoxb-", "ghp_",
  ]; // prettier-ignore
  const between = ["=", ":", ": ", " = ", "", " ", '": "', "' => '", ">", "12:", " is ", "@"];
  const values = [
    "12345",
    "hunter2",
    "30",
    "a1b2c3d4e5f6g7h8i9j0",
    "ABCDEFGHIJKLMNOPQRST",
    "abcdefghij".repeat(4),
    "x@host/",
    "</password>",
  ];
  const without: string[] = [];
  let taken = 0;
  for (const name of names) {
    for (const link of between) {
      for (const value of values) {
        for (const [before, behind] of [
          ["", ""],
          ["see ", " end"],
          ["--", "&x=1"],
          ['"', '"'],
        ] as const) {
          const text = before + name + link + value + behind;
          if (redactText(text) === text) continue;
          taken++;
          if (!scanner.test(text)) without.push(text);
        }
      }
    }
  }
  expect(without).toEqual([]);
  expect(taken).toBeGreaterThan(1000);
});

test("bytes and text say the same", () => {
  const word = constantFrom(
    "a",
    "=",
    ":",
    "9:",
    ":8",
    "eyJ",
    "-",
    "--x",
    "AKIA",
    "AIza",
    "4111",
    "_",
    "\0",
    " ",
    "Bea",
    "</",
  );
  assert(
    property(
      array(word).map((words) => words.join("")),
      nat(5),
      (text, from) => {
        expect(find(text, from)).toBe(scanner.search(text, from));
      },
    ),
  );
});

test("a hint is found wherever it stands", () => {
  for (let before = 0; before < 24; before++) {
    for (let behind = 0; behind < 12; behind++) {
      for (let from = 0; from < 4; from++) {
        const text = `${"a".repeat(before)}-----BEGIN ${"a".repeat(behind)}`;
        expect(find(text, from)).toBe(scanner.search(text, from));
        for (const hint of ["9=", "AIza", "hvs.a", "4111 1111"]) {
          const short = `${"a".repeat(before)}${hint}${"a".repeat(behind)}`;
          expect(find(short, from)).toBe(scanner.search(short, from));
        }
      }
    }
  }
});
