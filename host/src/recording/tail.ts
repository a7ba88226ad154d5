// The last bytes of a stream, however long it is.

export interface Tail {
  add(chunk: Buffer): void;
  /** What is kept, from the start of a line where something was cut off before it. */
  text(): string;
  /** All bytes that were added. */
  bytes(): number;
}

export function tailOf(mostBytes: number): Tail {
  let kept = Buffer.alloc(0);
  let total = 0;
  return {
    add(chunk) {
      total += chunk.length;
      kept = Buffer.concat([kept, chunk]);
      if (kept.length > mostBytes) kept = kept.subarray(kept.length - mostBytes);
    },
    text() {
      const text = kept.toString("utf8");
      if (total === kept.length) return text;
      const newline = text.indexOf("\n");
      return newline === -1 ? text : text.slice(newline + 1);
    },
    bytes: () => total,
  };
}
