// "Did you mean": the known word that a mistyped one most probably stands for.
import { distance } from "fastest-levenshtein";

/** The nearest of `words`, or null when none is near enough to be worth saying. */
export function closest(word: string, words: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of words) {
    const d = distance(word.toLowerCase(), candidate.toLowerCase());
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  return best;
}
