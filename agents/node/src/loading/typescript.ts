// TypeScript that Node runs by taking the types out itself (22.6 and newer). The parser needs JavaScript, so they are taken out
// here too, by Node's own function, which puts spaces in their place: offsets stay, and inserts go into the text as it is.
import nodeModule from "node:module";
import { silently } from "./silently.ts";

type Strip = (text: string, options: { mode: "strip" }) => string;

/** Null where this Node cannot, or where the text is more than types and JavaScript. */
export function withoutTypes(text: string): string | null {
  const strip = (nodeModule as unknown as { stripTypeScriptTypes?: Strip }).stripTypeScriptTypes;
  if (strip === undefined) return null;
  // It warns that it is experimental; Node warns of the program's own use when it comes to it.
  const stripped = silently(() => {
    try {
      return strip(text, { mode: "strip" });
    } catch {
      return null; // Node says what is wrong with it when it does the same.
    }
  });
  return stripped?.length === text.length ? stripped : null;
}
