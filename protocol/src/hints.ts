// Finds where in many texts at once something may be a secret, far cheaper than to look for every shape in each: by the
// hints of spec/redaction.json, which all texts with secrets match. In bytes, by tables of what a hint can begin with.

export interface HintScanner {
  test(text: string): boolean;
  /** Where the first hint at or behind `from` begins in `text`; -1 if nowhere. */
  search(text: string, from: number): number;
  /** The same for a text of ASCII, whose bytes lie between `start` and `end`. */
  find(bytes: Uint8Array, start: number, end: number, from: number, text: string): number;
}

const exec = Function.prototype.call.bind(RegExp.prototype.exec) as (regex: RegExp, text: string) => unknown;

/** One bit a hint, by the first, second and third byte that it can have. */
export function hintScanner(hints: readonly string[]): HintScanner {
  if (hints.length > 31) throw new Error("more hints than bits");
  const first = new Int32Array(256);
  const second = new Int32Array(256);
  const third = new Int32Array(256);
  for (const [bit, hint] of hints.entries()) {
    const [a, b, c] = beginnings(hint);
    for (let code = 0; code < 256; code++) {
      if (a?.(code) !== false) first[code] = (first[code] ?? 0) | (1 << bit);
      if (b?.(code) !== false) second[code] = (second[code] ?? 0) | (1 << bit);
      if (c?.(code) !== false) third[code] = (third[code] ?? 0) | (1 << bit);
    }
  }
  const anywhere = new RegExp(hints.join("|"), "g");
  const here = new RegExp(hints.join("|"), "y");

  function search(text: string, from: number): number {
    anywhere.lastIndex = from;
    const found = exec(anywhere, text) as { index: number } | null;
    return found === null ? -1 : found.index;
  }

  function find(bytes: Uint8Array, start: number, end: number, from: number, text: string): number {
    let a = start + from < end ? (bytes[start + from] as number) : 0;
    let b = start + from + 1 < end ? (bytes[start + from + 1] as number) : 0;
    for (let at = start + from; at < end; at++) {
      // What lies behind the last text is written later: it may be anything, which costs a look at most.
      const c = bytes[at + 2] as number;
      if (((first[a] as number) & (second[b] as number) & (third[c] as number)) !== 0) {
        here.lastIndex = at - start;
        if (exec(here, text) !== null) return at - start;
      }
      a = b;
      b = c;
    }
    return -1;
  }

  return { test: (text) => search(text, 0) >= 0, search, find };
}

type Matches = (code: number) => boolean;

/** What the first three characters of a match can be; undefined where this does not know. */
function beginnings(hint: string): (Matches | undefined)[] {
  const found: (Matches | undefined)[] = [];
  let at = 0;
  while (found.length < 3 && at < hint.length) {
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
  return found.slice(0, 3);
}

function closing(hint: string, open: number): number {
  let depth = 0;
  for (let at = open; at < hint.length; at++) {
    if (hint[at] === "(") depth++;
    if (hint[at] === ")" && --depth === 0) return at;
  }
  return hint.length;
}
