// TypeScript that Node runs by taking the types out itself (22.6 and newer). The parser needs JavaScript, so they are taken out
// here too, by Node's own function, which puts spaces in their place: offsets stay, and inserts go into the text as it is.
import nodeModule from "node:module";
import { silently } from "./silently.ts";

type Strip = (
  text: string,
  options: { mode: "strip" } | { mode: "transform"; sourceMap: true; sourceUrl: string },
) => string;

const { stripTypeScriptTypes: strip } = nodeModule as unknown as { stripTypeScriptTypes?: Strip };

/** Null where this Node cannot, or where the text is more than types and JavaScript. */
export function withoutTypes(text: string): string | null {
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

const transforms = /--experimental-transform-types\b/.test(
  [...process.execArgv, process.env["NODE_OPTIONS"]].join(" "),
);

/**
 * What Node makes of a file where it was told to compile enums and namespaces as well (22.7 to 25), with a source map: JavaScript,
 * of which offsets are others. Null where it was not told so.
 */
export function withTypesCompiled(text: string, file: string): string | null {
  if (!transforms || strip === undefined) return null;
  const compiled = silently(() => {
    try {
      return strip(text, { mode: "transform", sourceMap: true, sourceUrl: file });
    } catch {
      return null;
    }
  });
  if (compiled !== null && !warned) {
    warned = true;
    // Node warns when it does it, which it need not do any more.
    process.emitWarning(
      "Transform Types is an experimental feature and might change at any time",
      "ExperimentalWarning",
    );
  }
  return compiled;
}

let warned = false;
