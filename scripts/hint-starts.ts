// What the first characters of a hint of spec/redaction.json can be, for those who look for all hints in many texts at once
// (protocol/src/hints.ts). Worked out here, since it would cost every start of a recorded program milliseconds.
import type { HintStart } from "../protocol/src/hints.ts";

/** Characters from the rarest in programs' texts on; a hint is looked for by the first of these that it must have. */
const RARE = "<=_:/JKGIAB-vzb9234567890";
/** Places of a hint that are looked at. */
const PLACES = 8;
const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

export function hintStart(hint: string): HintStart {
  const places = beginnings(hint);
  const rare = Array.from(RARE).find((char) => places.includes(char)) ?? places[0] ?? "";
  const [first = "", second = "", third = ""] = places;
  return { first, second, third, at: Math.max(0, places.indexOf(rare)), rare };
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
    if (hint[at] === "(") break;
    const end = hint[at] === "[" ? hint.indexOf("]", at) + 1 : hint[at] === "\\" ? at + 2 : at + 1;
    if (/^[?*+|]|^\{\d+,/.test(hint.slice(end))) break;
    const times = /^\{(\d+)\}/.exec(hint.slice(end));
    for (let i = 0; i < Number(times?.[1] ?? 1); i++) found.push(charactersOf(hint.slice(at, end)));
    at = end + (times?.[0].length ?? 0);
  }
  return found.slice(0, PLACES);
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
