// Finds where in many texts at once something may be a secret, far cheaper than to look for every shape in each: by the
// hints of spec/redaction.json, which all texts with secrets match. In bytes, by the rarest character of each hint.

/** What the first characters of a hint can be; "" for any. */
export interface HintStart {
  readonly first: string;
  readonly second: string;
  readonly third: string;
  /** Of the first eight places, the one by which a hint is looked for, since its character is rare. */
  readonly at: number;
  readonly rare: string;
}

export interface HintScanner {
  test(text: string): boolean;
  /** Where the first hint at or behind `from` begins in `text`; -1 if nowhere. */
  search(text: string, from: number): number;
  /** The same for a text of ASCII, whose bytes lie between `start` and `end`. `pairs` are the same bytes from the first on, two by two. */
  find(bytes: Uint8Array, pairs: Uint16Array, start: number, end: number, from: number, text: string): number;
}

const exec = Function.prototype.call.bind(RegExp.prototype.exec) as (regex: RegExp, text: string) => unknown;

export function hintScanner(hints: readonly string[], starts: readonly HintStart[]): HintScanner {
  if (hints.length > 31) throw new Error("more hints than bits");
  // One bit a hint, by the first, second and third byte that it can have.
  const first = new Int32Array(256);
  const second = new Int32Array(256);
  const third = new Int32Array(256);
  // For each byte, one bit for how far before it a hint begins that is looked for by it.
  const before = new Uint8Array(256);
  for (let bit = 0; bit < hints.length; bit++) {
    const start = starts[bit] as HintStart;
    mark(first, start.first, 1 << bit);
    mark(second, start.second, 1 << bit);
    mark(third, start.third, 1 << bit);
    mark(before, start.rare, 1 << start.at);
  }
  // The same for two bytes of ASCII at once, which costs no more than a look at one. It is made in few steps, since each process
  // makes it at its start.
  const beforePair = new Uint8Array(1 << 15);
  for (let high = 0; high < 128; high++) {
    const place = high << 8;
    beforePair.fill(before[high] as number, place, place + 128);
  }
  for (let low = 0; low < 128; low++) {
    const distances = before[low] as number;
    if (distances === 0) continue;
    for (let place = low; place < beforePair.length; place += 256) beforePair[place] = 1;
  }
  const anywhere = new RegExp(hints.join("|"), "g");
  const here = new RegExp(hints.join("|"), "y");

  function search(text: string, from: number): number {
    anywhere.lastIndex = from;
    const found = exec(anywhere, text) as { index: number } | null;
    return found === null ? -1 : found.index;
  }

  function find(bytes: Uint8Array, pairs: Uint16Array, start: number, end: number, from: number, text: string): number {
    let at = start + from;
    while (at < end) {
      // Eight at once, since most are nothing.
      if ((at & 1) === 0 && at + 8 <= end && none(pairs, at >> 1)) {
        at += 8;
        continue;
      }
      const most = at + 8 - (at & 1);
      for (const stop = most < end ? most : end; at < stop; at++) {
        const distances = before[bytes[at] as number] as number;
        if (distances === 0) continue;
        // What lies behind the end may be anything: it costs a look at most.
        const three =
          (first[bytes[at] as number] as number) &
          (second[bytes[at + 1] as number] as number) &
          (third[bytes[at + 2] as number] as number);
        if (distances === 1 && three === 0) continue;
        const found = beginning(bytes, start, start + from, at, distances, text);
        if (found >= 0) return found;
      }
    }
    return -1;
  }

  function none(pairs: Uint16Array, at: number): boolean {
    return (
      ((beforePair[pairs[at] as number] as number) |
        (beforePair[pairs[at + 1] as number] as number) |
        (beforePair[pairs[at + 2] as number] as number) |
        (beforePair[pairs[at + 3] as number] as number)) ===
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

function mark(table: Int32Array | Uint8Array, characters: string, bits: number): void {
  if (characters === "") for (let code = 0; code < table.length; code++) table[code] = (table[code] ?? 0) | bits;
  for (let i = 0; i < characters.length; i++) {
    const code = characters.charCodeAt(i);
    table[code] = (table[code] ?? 0) | bits;
  }
}
