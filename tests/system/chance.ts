// What tests of chance share: the seed that repeats them, and how many ends at random moments there are in all
// (SPOOR_TEST_ENDS, a thousand of them for those who have a quarter of an hour).

const ends = Number(process.env["SPOOR_TEST_ENDS"] ?? 36);

export const seed = Number(process.env["SPOOR_TEST_SEED"] ?? Date.now() % 1_000_000);
console.log(`seed ${seed} (SPOOR_TEST_SEED repeats it), ${ends} ends (SPOOR_TEST_ENDS)`);

/** A part of all ends for each of so many, at least one. */
export function share(part: number, among: number): number {
  return Math.max(1, Math.round((ends * part) / Math.max(1, among)));
}

/** Numbers from 0 to 1, the same ones for the same seed. */
export function randomFrom(start: number): () => number {
  let state = start >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
