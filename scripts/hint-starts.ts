// What the first characters of a hint of spec/redaction.json can be, for those who look for all hints in many texts at once
// (protocol/src/hints.ts). Worked out here, since it would cost every start of a recorded program milliseconds.
import type { HintPair, HintStart } from "../protocol/src/hints.ts";

/** How often a character is met in programs' texts, of a thousand, about: letters by their order, and kinds of others. */
const LETTERS = "etaoinsrhldcumfpgwybvkxjqz";
const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

export function hintStart(hint: string): HintStart {
  const [first = "", second = "", third = ""] = beginnings(hint);
  return { first, second, third };
}

/** Of each hint, two pairs of characters: where it begins at the first of two bytes, and where it begins at the second. */
export function hintPairs(starts: readonly HintStart[]): HintPair[] {
  const found = new Map<string, HintPair>();
  for (const { first, second, third } of starts) {
    const begun: HintPair = ["", first];
    const behind: HintPair = [second, third];
    const pairs: HintPair[] = [[first, second], second !== "" && often(behind) < often(begun) ? behind : begun];
    for (const pair of pairs) found.set(pair.join("\0"), pair);
  }
  const all = [...found.values()];
  return all.filter((pair) => !all.some((other) => other !== pair && covers(other, pair)));
}

function covers(other: HintPair, pair: HintPair): boolean {
  return other.every((characters, side) => {
    const own = pair[side] ?? "";
    return characters === "" || (own !== "" && Array.from(own).every((char) => characters.includes(char)));
  });
}

function often([low, high]: HintPair): number {
  return share(low) * share(high);
}

function share(characters: string): number {
  return characters === "" ? 1 : Array.from(characters).reduce((sum, char) => sum + weight(char), 0) / 1000;
}

function weight(char: string): number {
  const letter = LETTERS.indexOf(char);
  if (letter >= 0) return 90 / (1 + letter / 2);
  return /\d/.test(char) ? 8 : /[A-Z]/.test(char) ? 3 : 5;
}

/** The characters that can stand at each place from the first on, as far as this knows; "" for any. */
function beginnings(hint: string): string[] {
  const found: string[] = [];
  let at = 0;
  while (at < hint.length) {
    // What stands before a place, or behind it, is left to the pattern itself.
    if (hint.startsWith("(?<", at)) {
      at = closing(hint, at) + 1;
      continue;
    }
    if (hint[at] === "(") {
      const end = closing(hint, at);
      const words = /^\(\?:([\w|]+)$/.exec(hint.slice(at, end))?.[1]?.split("|") ?? [];
      const [word = ""] = words;
      const isPlain = word !== "" && words.every(({ length }) => length === word.length);
      if (!isPlain || /^[?*+{|]/.test(hint.slice(end + 1))) break;
      for (let place = 0; place < word.length; place++) found.push(words.map((each) => each[place]).join(""));
      at = end + 1;
      continue;
    }
    const end = hint[at] === "[" ? hint.indexOf("]", at) + 1 : hint[at] === "\\" ? at + 2 : at + 1;
    if (/^[?*+|]|^\{\d+,/.test(hint.slice(end))) break;
    const times = /^\{(\d+)\}/.exec(hint.slice(end));
    for (let i = 0; i < Number(times?.[1] ?? 1); i++) found.push(charactersOf(hint.slice(at, end)));
    at = end + (times?.[0].length ?? 0);
  }
  return found;
}

function charactersOf(token: string): string {
  // Everything beyond ASCII is in it.
  if (token.startsWith("[^") || token === ".") return "";
  const matcher = new RegExp(`^${token}$`);
  return ASCII.filter((char) => matcher.test(char)).join("");
}

function closing(hint: string, open: number): number {
  let depth = 0;
  for (let at = open; at < hint.length; at++) {
    if (hint[at] === "(") depth++;
    if (hint[at] === ")" && --depth === 0) return at;
  }
  return hint.length;
}
