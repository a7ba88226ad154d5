// Arrays of texts with own elements from the start, without holes: an accessor that a program puts on Array.prototype is never
// met. Most blocks have few lines, so that arrays of them grow: to make them as long as the cells takes half a millisecond of every start.
import { sliceArray } from "./captured.ts";

/** More than there are cells. `Array.from` would take 3 ms of every start for the same. */
const MOST = 24 * 1024;
const allBlank = ",".repeat(MOST - 1).split(",");

/** At most `MOST`. */
export function blanks(count: number): string[] {
  return sliceArray(allBlank, 0, count);
}

/** These texts with room for one more. To be called before anything is written: there may be no stack left for it. */
export function withRoom(texts: string[], used: number): string[] {
  if (used < texts.length) return texts;
  const more = blanks(2 * texts.length);
  for (let i = 0; i < used; i++) more[i] = texts[i] as string;
  return more;
}
