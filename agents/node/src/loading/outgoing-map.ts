// The map that goes on with the instrumented text, so that whoever maps stack traces through it (Node itself, tsx) comes to the
// same places as before: inserts move columns to the right, and never a line.
import type { Instrumentation } from "../hooks.ts";
import type { Bases } from "../runtime/runtime.ts";
import { shiftMap } from "../transform/shift-map.ts";
import type { FoundMap } from "./incoming-map.ts";

/** A map in a file of its own is only taken in where Node maps stack traces. */
export function movesMap(map: FoundMap): boolean {
  return map.inline || mapsStackTraces();
}

/** `spliced` is `text` with the inserts. */
export function withShiftedMap(
  text: string,
  spliced: string,
  map: FoundMap,
  instrumentation: Instrumentation,
  bases: Bases,
): string {
  const read = map.read();
  const shifted = read && shiftMap(read.raw, text, instrumentation.inserts, bases);
  if (shifted === null) return spliced;
  // Behind the comment of the text there is nothing that an insert could have moved but what follows it.
  const comment = text.slice(map.from, map.to);
  const at = spliced.lastIndexOf(comment);
  if (at === -1) return spliced;
  const data = Buffer.from(JSON.stringify(shifted)).toString("base64");
  const made = `//# sourceMappingURL=data:application/json;base64,${data}`;
  return spliced.slice(0, at) + made + spliced.slice(at + comment.length);
}

/** By Node itself. */
export function mapsStackTraces(): boolean {
  return (process as unknown as { sourceMapsEnabled?: boolean }).sourceMapsEnabled === true;
}
