// The entry of the bundle that holds the parsers: it is loaded by the first file of a process that is not in the cache.
import { instrument } from "../transform/instrument.ts";
import type { Lines } from "../transform/lines.ts";
import type { SourceForm } from "../transform/parse.ts";
import type { Parsed } from "./instrumenter.ts";

export { callAt, firstExpression } from "../transform/expression.ts";

/** In the first of these forms in which the text can be read; null if it can in none. */
export function transform(text: string, forms: readonly SourceForm[], lines: Lines | null): Parsed | null {
  for (const form of forms) {
    const result = instrument(text, { as: form, ...(lines === null ? {} : { lines }) });
    if (!("refused" in result)) return { instrumentation: result, form };
  }
  return null;
}
