// "Did you mean": the known word that a mistyped one most probably stands for.

/** The nearest of `words`, or null when none is near enough to be worth saying. */
export function closest(word: string, words: readonly string[]): string | null {
  const most = Math.max(1, Math.floor(word.length / 3));
  const near = words
    .map((candidate) => ({ candidate, typos: typosBetween(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ typos }) => typos <= most)
    // Of two as near, the one as long: a typo swaps or replaces letters more often than it drops one.
    .sort((a, b) => a.typos - b.typos || apart(word, a.candidate) - apart(word, b.candidate));
  return near[0]?.candidate ?? null;
}

function apart(word: string, candidate: string): number {
  return Math.abs(word.length - candidate.length);
}

/** Letters added, dropped, replaced, or swapped with their neighbour (optimal string alignment distance). */
export function typosBetween(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      let typos = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + same);
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (swapped) typos = Math.min(typos, (beforeLast[column - 2] ?? 0) + 1);
      current.push(typos);
    }
    [beforeLast, last] = [last, current];
  }
  return last[b.length] ?? 0;
}
