// Finds where in many texts at once something may be a secret, far cheaper than to look for every shape in each: by the
// hints of spec/redaction.json, which all texts with secrets match. In bytes, four at once: most pairs of them stand at the start of no hint.

/** What the first characters of a hint can be; "" for any. */
export interface HintStart {
  readonly first: string;
  readonly second: string;
  readonly third: string;
}

/** What two bytes beside each other can be where a hint begins at the first of them, the second, or right before both; "" for any. */
export type HintPair = readonly [low: string, high: string];

export interface HintScanner {
  test(text: string): boolean;
  /** Where the first hint at or behind `from` begins in `text`; -1 if nowhere. */
  search(text: string, from: number): number;
  /** The same for a text of ASCII, whose bytes lie between `start` and `end`. `words` are the same bytes from the first on, four by four. */
  find(bytes: Uint8Array, words: Int32Array, start: number, end: number, from: number, text: string): number;
}

const exec = Function.prototype.call.bind(RegExp.prototype.exec) as (regex: RegExp, text: string) => unknown;

/** `wanted`: of each hint those pairs of which there is one wherever it begins. */
export function hintScanner(
  hints: readonly string[],
  starts: readonly HintStart[],
  wanted: readonly HintPair[],
): HintScanner {
  if (hints.length > 31) throw new Error("more hints than bits");
  // One bit a hint, by the first, second and third byte that it can have.
  const first = new Int32Array(256);
  const second = new Int32Array(256);
  const third = new Int32Array(256);
  for (let bit = 0; bit < hints.length; bit++) {
    const start = starts[bit] as HintStart;
    mark(first, start.first, 1 << bit);
    mark(second, start.second, 1 << bit);
    mark(third, start.third, 1 << bit);
  }
  const marked = new Uint8Array(1 << 16);
  for (let i = 0; i < wanted.length; i++) markPair(marked, wanted[i] as HintPair);
  const anywhere = new RegExp(hints.join("|"), "g");
  const here = new RegExp(hints.join("|"), "y");

  function search(text: string, from: number): number {
    anywhere.lastIndex = from;
    const found = exec(anywhere, text) as { index: number } | null;
    return found === null ? -1 : found.index;
  }

  function find(bytes: Uint8Array, words: Int32Array, start: number, end: number, from: number, text: string): number {
    const least = start + from;
    const last = end >> 2;
    let at = least >> 2;
    while (at < last) {
      // Two at once, since most are nothing.
      if (at + 2 <= last && none(words[at] as number, words[at + 1] as number)) {
        at += 2;
        continue;
      }
      // A hint may begin right before a pair, at it, or at its second byte.
      const word = words[at] as number;
      const stop = 4 * at + (marked[word >>> 16] === 0 ? 1 : 3);
      for (let place = 4 * at + (marked[word & 0xffff] === 0 ? 1 : -1); place <= stop; place++) {
        if (place >= least && begins(bytes, place, start, text)) return place - start;
      }
      at++;
    }
    for (let place = least > 4 * last - 1 ? least : 4 * last - 1; place < end; place++) {
      if (begins(bytes, place, start, text)) return place - start;
    }
    return -1;
  }

  function none(one: number, two: number): boolean {
    return (
      ((marked[one & 0xffff] as number) |
        (marked[one >>> 16] as number) |
        (marked[two & 0xffff] as number) |
        (marked[two >>> 16] as number)) ===
      0
    );
  }

  function begins(bytes: Uint8Array, place: number, start: number, text: string): boolean {
    // What lies behind the end may be anything: it costs a look at most.
    const one = first[bytes[place] as number] as number;
    if (one === 0) return false;
    const two = one & (second[bytes[place + 1] as number] as number);
    if (two === 0 || (two & (third[bytes[place + 2] as number] as number)) === 0) return false;
    here.lastIndex = place - start;
    return exec(here, text) !== null;
  }

  return { test: (text) => search(text, 0) >= 0, search, find };
}

function mark(table: Int32Array, characters: string, bits: number): void {
  if (characters === "") for (let code = 0; code < table.length; code++) table[code] = (table[code] ?? 0) | bits;
  for (let i = 0; i < characters.length; i++) {
    const code = characters.charCodeAt(i);
    table[code] = (table[code] ?? 0) | bits;
  }
}

/** In few steps, since each process does it at its start. What lies before the first byte may be anything. */
function markPair(marked: Uint8Array, [low, high]: HintPair): void {
  if (low === "") {
    for (let i = 0; i < high.length; i++) {
      const place = high.charCodeAt(i) << 8;
      marked.fill(1, place, place + 256);
    }
    return;
  }
  for (let i = 0; i < low.length; i++) {
    const code = low.charCodeAt(i);
    if (high === "") for (let place = code; place < marked.length; place += 256) marked[place] = 1;
    else for (let j = 0; j < high.length; j++) marked[code | (high.charCodeAt(j) << 8)] = 1;
  }
}
