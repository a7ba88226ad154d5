// The words and signs of `--where`, with their columns for error messages.

import { Problem } from "../problem.ts";

export interface Token {
  readonly kind: "word" | "number" | "string" | "sign" | "end";
  /** A string's text is what it stands for, without quotes and escapes. */
  readonly text: string;
  /** From 1. */
  readonly column: number;
}

const token =
  /\s*(?:(?<word>[\p{L}_$][\p{L}\p{N}_$]*)|(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<sign>===|!==|==|!=|<=|>=|=~|&&|\|\||[<>=!()[\].,]))/suy;

export function lex(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  token.lastIndex = 0;
  while (token.lastIndex < end) {
    const start = token.lastIndex;
    const found = token.exec(text);
    if (found?.groups === undefined) throw strange(text, start);
    const { word, number, string, sign } = found.groups;
    const spelled = word ?? number ?? string ?? sign ?? "";
    const column = token.lastIndex - spelled.length + 1;
    if (word !== undefined) tokens.push({ kind: "word", text: word, column });
    else if (number !== undefined) tokens.push({ kind: "number", text: number, column });
    else if (string !== undefined) tokens.push({ kind: "string", text: unquoted(string), column });
    else tokens.push({ kind: "sign", text: spelled, column });
  }
  return tokens;
}

const escapes: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

function unquoted(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/gsu, (_, escaped: string) => escapes[escaped] ?? escaped);
}

function strange(text: string, start: number): Problem {
  const column = start + (/\S/.exec(text.slice(start))?.index ?? 0) + 1;
  return new Problem({
    code: "where.invalid",
    kind: "usage",
    says: `--where cannot be read at column ${column}: "${text.slice(column - 1, column + 9)}".`,
    tryNext: `Strings need quotes: --where "args.name == 'Ann'"`,
    context: { where: text, column },
  });
}
