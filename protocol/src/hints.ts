// Finds where in many texts at once something may be a secret, far cheaper than to look for every shape in each: by the
// hints of spec/redaction.json, which all texts with secrets match. In bytes, by the rarest character of each hint.

export interface HintScanner {
  test(text: string): boolean;
  /** Where the first hint at or behind `from` begins in `text`; -1 if nowhere. */
  search(text: string, from: number): number;
  /** The same for a text of ASCII, whose bytes lie between `start` and `end`. */
  find(bytes: Uint8Array, start: number, end: number, from: number, text: string): number;
}

const exec = Function.prototype.call.bind(RegExp.prototype.exec) as (regex: RegExp, text: string) => unknown;

/** Characters from the rarest in programs' texts on; a hint is looked for by the first of these that it must have. */
const RARE = "<=_:/JKGIAB-vzb9234567890";

export function hintScanner(hints: readonly string[]): HintScanner {
  if (hints.length > 31) throw new Error("more hints than bits");
  // One bit a hint, by the first, second and third byte that it can have.
  const first = new Int32Array(256);
  const second = new Int32Array(256);
  const third = new Int32Array(256);
  // For each byte, one bit for how far before it a hint begins that is looked for by it.
  const before = new Uint8Array(256);
  for (const [bit, hint] of hints.entries()) {
    const places = beginnings(hint);
    const [a, b, c] = places;
    for (let code = 0; code < 256; code++) {
      if (a?.(code) !== false) first[code] = (first[code] ?? 0) | (1 << bit);
      if (b?.(code) !== false) second[code] = (second[code] ?? 0) | (1 << bit);
      if (c?.(code) !== false) third[code] = (third[code] ?? 0) | (1 << bit);
    }
    const place = rarest(places);
    const rare = places[place];
    for (let code = 0; code < 256; code++)
      if (rare?.(code) !== false) before[code] = (before[code] ?? 0) | (1 << place);
  }
  const anywhere = new RegExp(hints.join("|"), "g");
  const here = new RegExp(hints.join("|"), "y");

  function search(text: string, from: number): number {
    anywhere.lastIndex = from;
    const found = exec(anywhere, text) as { index: number } | null;
    return found === null ? -1 : found.index;
  }

  function find(bytes: Uint8Array, start: number, end: number, from: number, text: string): number {
    for (let at = start + from; at < end; at++) {
      // Eight at once, since most are nothing; what lies behind the end may be anything.
      while (at + 8 <= end && none(bytes, at)) at += 8;
      if (at >= end) return -1;
      const distances = before[bytes[at] as number] as number;
      if (distances !== 0) {
        const found = beginning(bytes, start, start + from, at, distances, text);
        if (found >= 0) return found;
      }
    }
    return -1;
  }

  function none(bytes: Uint8Array, at: number): boolean {
    return (
      ((before[bytes[at] as number] as number) |
        (before[bytes[at + 1] as number] as number) |
        (before[bytes[at + 2] as number] as number) |
        (before[bytes[at + 3] as number] as number) |
        (before[bytes[at + 4] as number] as number) |
        (before[bytes[at + 5] as number] as number) |
        (before[bytes[at + 6] as number] as number) |
        (before[bytes[at + 7] as number] as number)) ===
      0
    );
  }

  /** Whether a hint begins as far before a byte as the bits of `distances` say. */
  function beginning(
    bytes: Uint8Array,
    start: number,
    from: number,
    at: number,
    distances: number,
    text: string,
  ): number {
    for (let distance = 7; distance >= 0; distance--) {
      const place = at - distance;
      if ((distances & (1 << distance)) === 0 || place < from) continue;
      // What lies behind the last text may be anything: it costs a look at most.
      const a = first[bytes[place] as number] as number;
      const b = second[bytes[place + 1] as number] as number;
      const c = third[bytes[place + 2] as number] as number;
      if ((a & b & c) === 0) continue;
      here.lastIndex = place - start;
      if (exec(here, text) !== null) return place - start;
    }
    return -1;
  }

  return { test: (text) => search(text, 0) >= 0, search, find };
}

type Matches = (code: number) => boolean;

/** The place, of the first eight, whose character is rare: the first of `RARE` that stands there alone. */
function rarest(places: readonly (Matches | undefined)[]): number {
  for (const char of RARE) {
    const code = char.charCodeAt(0);
    const place = places.findIndex((matches) => matches?.(code) === true && isAlone(matches));
    if (place >= 0) return place;
  }
  return 0;
}

function isAlone(matches: Matches): boolean {
  let codes = 0;
  for (let code = 0; code < 128; code++) if (matches(code)) codes++;
  return codes === 1;
}

/** What the first characters of a match can be; undefined where this does not know. */
function beginnings(hint: string): (Matches | undefined)[] {
  const found: (Matches | undefined)[] = [];
  let at = 0;
  while (found.length < 8 && at < hint.length) {
    // What stands before a place, or behind it, is left to the pattern itself.
    if (hint.startsWith("(?<", at)) {
      at = closing(hint, at) + 1;
      continue;
    }
    if (hint[at] === "(") break;
    const end = hint[at] === "[" ? hint.indexOf("]", at) + 1 : hint[at] === "\\" ? at + 2 : at + 1;
    const matcher = new RegExp(`^${hint.slice(at, end)}$`);
    const matches = (code: number): boolean => matcher.test(String.fromCharCode(code));
    const times = /^\{(\d+)\}/.exec(hint.slice(end));
    if (/^[?*+|]|^\{\d+,/.test(hint.slice(end))) break;
    for (let i = 0; i < Number(times?.[1] ?? 1); i++) found.push(matches);
    at = end + (times?.[0].length ?? 0);
  }
  return found.slice(0, 8);
}

function closing(hint: string, open: number): number {
  let depth = 0;
  for (let at = open; at < hint.length; at++) {
    if (hint[at] === "(") depth++;
    if (hint[at] === ")" && --depth === 0) return at;
  }
  return hint.length;
}
