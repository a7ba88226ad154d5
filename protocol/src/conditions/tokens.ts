// Cuts the text of a condition into tokens. What belongs to other languages is refused here with a hint, since a user
// will write what his language taught him.
import { Wrong } from "./fault.ts";

export type Token = { readonly at: number; readonly end: number } & (
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "integer"; readonly digits: string }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "word"; readonly word: string }
  | { readonly kind: "sign"; readonly sign: string }
  | { readonly kind: "end" }
);

// Longest first. `&&` and the like are told by the spelling of Python.
const signs: readonly (readonly [string, string])[] = [
  ["===", "=="],
  ["!==", "!="],
  ["==", "=="],
  ["!=", "!="],
  ["<=", "<="],
  [">=", ">="],
  ["&&", "and"],
  ["||", "or"],
  ["//", "//"],
  ...["<", ">", "!", "+", "-", "*", "/", "%", "(", ")", "[", "]", ",", "."].map((sign) => [sign, sign] as const),
];

const refused: readonly (readonly [string, string])[] = [
  [">>>", "there are no bit operators"],
  ["**", "there are no powers"],
  ["=>", "there are no functions of your own"],
  ["<>", "there is no `<>`; did you mean `!=`?"],
  ["<<", "there are no bit operators"],
  [">>", "there are no bit operators"],
  ["?.", "there is no `?.`; write `user and user.id`"],
  ["??", "there is no `??`; write `or`"],
  [":=", "there is no `:=`; nothing can be changed"],
  ["=", "there is no `=`; did you mean `==`?"],
  ["&", "there is no `&`; did you mean `and`?"],
  ["|", "there is no `|`; did you mean `or`?"],
  ["^", "there are no bit operators"],
  ["~", "there are no bit operators"],
  ["?", "there is no `?`; a condition is one expression, joined by `and` and `or`"],
  [":", "there is no `:`: no slices, formats or conditional expressions"],
  [";", "there is no `;`; a condition is one expression"],
  ["`", "a text stands in ' or \""],
  ["{", "there is no `{`: no dicts, and braces only in templates"],
  ["}", "there is no `}` here: braces only in templates"],
  ["#", "there are no comments"],
  ["@", "there is no `@`"],
  ["\\", "there is no `\\` outside of texts"],
];

const space = /[ \t\r\n\f]+/y;
const identifier = /[\p{ID_Start}$_][\p{ID_Continue}$]*/uy;
const number = /0[xX][0-9a-fA-F]+(?:_[0-9a-fA-F]+)*|(?:\d+(?:_\d+)*)?\.?\d+(?:_\d+)*(?:[eE][+-]?\d+)?/y;
const mostDigits = 100;

/** The tokens from `start` on, the last of kind `end`: where the text ends or, in a template, at its next `}`. */
export function tokens(text: string, start = 0, inTemplate = false): Token[] {
  const found: Token[] = [];
  let at = start;
  for (;;) {
    at = matched(space, text, at)?.end ?? at;
    if (at >= text.length || (inTemplate && text[at] === "}")) {
      found.push({ kind: "end", at, end: at });
      return found;
    }
    const token = next(text, at);
    found.push(token);
    at = token.end;
  }
}

function matched(pattern: RegExp, text: string, at: number): { readonly text: string; readonly end: number } | null {
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  return match === null ? null : { text: match[0], end: at + match[0].length };
}

function next(text: string, at: number): Token {
  const char = text[at] ?? "";
  if (char === "'" || char === '"') return textToken(text, at);
  if (/[0-9]/.test(char) || (char === "." && /[0-9]/.test(text[at + 1] ?? ""))) return numberToken(text, at);
  const word = matched(identifier, text, at);
  if (word !== null) return wordToken(text, at, word);
  const sign = signs.find(([written]) => text.startsWith(written, at));
  const wrong = refused.find(([written]) => text.startsWith(written, at));
  if (wrong !== undefined && (sign === undefined || wrong[0].length > sign[0].length)) throw new Wrong(at, wrong[1]);
  if (sign !== undefined) return { kind: "sign", sign: sign[1], at, end: at + sign[0].length };
  const code = text.codePointAt(at) ?? 0;
  throw new Wrong(at, `U+${code.toString(16).toUpperCase().padStart(4, "0")} means nothing here`);
}

function wordToken(text: string, at: number, word: { readonly text: string; readonly end: number }): Token {
  if (/['"]/.test(text[word.end] ?? "") && /^[rbuf]{1,2}$/i.test(word.text)) {
    throw new Wrong(at, `a text has no \`${word.text}\` in front`);
  }
  return { kind: "word", word: word.text, at, end: word.end };
}

function numberToken(text: string, at: number): Token {
  const found = matched(number, text, at);
  const after = text[found?.end ?? at] ?? "";
  if (found === null || /[\p{ID_Continue}$]/u.test(after)) throw new Wrong(at, "this is no number");
  if (after === "." && text[found.end + 1] !== ".")
    throw new Wrong(found.end, "a number ends in a digit, and has no members");
  const digits = found.text.replaceAll("_", "");
  if (/^0[0-9]/.test(digits)) throw new Wrong(at, "a number does not start with 0");
  if (/^(?:0[xX][0-9a-fA-F]+|\d+)$/.test(digits)) {
    const exact = BigInt(digits);
    const written = String(exact);
    if (written.length > mostDigits) throw new Wrong(at, `this number has more than ${mostDigits} digits`);
    if (exact > Number.MAX_SAFE_INTEGER) return { kind: "integer", digits: written, at, end: found.end };
  }
  const value = Number(digits);
  if (!Number.isFinite(value)) throw new Wrong(at, "this number is too large");
  return { kind: "number", value, at, end: found.end };
}

const escapes: { readonly [char: string]: string } = {
  n: "\n",
  t: "\t",
  r: "\r",
  f: "\f",
  "0": "\0",
  "\\": "\\",
  "'": "'",
  '"': '"',
};
const hexadecimal = /x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|U([0-9a-fA-F]{8})/y;

function textToken(text: string, at: number): Token {
  const quote = text[at];
  let value = "";
  let index = at + 1;
  for (;;) {
    const char = text[index];
    if (char === undefined || char === "\n") throw new Wrong(at, `this text has no ${quote} at its end`);
    if (char === quote) return { kind: "text", value, at, end: index + 1 };
    if (char !== "\\") {
      value += char;
      index += 1;
      continue;
    }
    const escaped = text[index + 1] ?? "";
    const plain = escapes[escaped];
    if (plain !== undefined && !/^0[0-9]/.test(text.slice(index + 1, index + 3))) {
      value += plain;
      index += 2;
      continue;
    }
    hexadecimal.lastIndex = index + 1;
    const match = hexadecimal.exec(text);
    const code = Number.parseInt(match?.slice(1).find((digits) => digits !== undefined) ?? "-1", 16);
    if (match === null || code > 0x10ffff)
      throw new Wrong(index, `there is no \`\\${escaped}\`; a backslash is \`\\\\\``);
    value += String.fromCodePoint(code);
    index += 1 + match[0].length;
  }
}
