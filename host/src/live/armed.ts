// From a probe as a user wants it to one as an agent gets it: its texts parsed and checked. Throws the Problem
// `probe.condition` with the column of what is wrong.
import { isFault } from "@spoor/protocol/conditions/fault";
import { parseExpression } from "@spoor/protocol/conditions/parse";
import type { Expression, Template } from "@spoor/protocol/conditions/syntax";
import { parseTemplate } from "@spoor/protocol/conditions/template";
import type { ArmedProbe, Place } from "@spoor/protocol/control";
import { Problem } from "../problem.ts";
import type { WantedPlace, WantedProbe } from "./live.ts";

/** All but what depends on the moment. */
export type ParsedProbe = Parsed<ArmedProbe>;
type Parsed<Each> = Each extends ArmedProbe ? Omit<Each, "id" | "edition" | "expiresInMs"> : never;

export function parseProbe({ place, settings, what }: WantedProbe): ParsedProbe {
  const base = {
    place: parsePlace(place),
    tags: settings.tags,
    condition: settings.condition === null ? null : expression(settings.condition, "condition"),
    rateLimit: settings.rateLimit,
    hitLimit: settings.hitLimit,
  };
  switch (what.type) {
    case "tracepoint":
      return {
        ...base,
        type: "tracepoint",
        expressions: what.expressions.map((text) => ({ text, expression: expression(text, "expressions") })),
        globals: what.globals,
        stack: what.stack,
        waitForEnd: what.waitForEnd,
        values: what.values,
      };
    case "logpoint":
      return { ...base, type: "logpoint", message: template(what.message) };
    case "metric":
      return {
        ...base,
        type: "metric",
        metric: {
          name: what.name,
          kind: what.kind,
          expression: what.expression === null ? null : expression(what.expression, "expression"),
          labels: Object.entries(what.labels).map(([name, text]) => ({
            name,
            expression: expression(text, `labels.${name}`),
          })),
          buckets: what.buckets,
        },
      };
  }
}

export function parsePlace(place: WantedPlace): Place {
  if ("file" in place) return { kind: "line", file: place.file, line: place.line };
  const { module } = place;
  return { kind: "function", function: place.function, ...(module === undefined ? {} : { module }) };
}

function expression(text: string, field: string): Expression {
  const parsed = parseExpression(text);
  if (!isFault(parsed)) return parsed;
  throw faulty(text, field, parsed);
}

function template(text: string): Template {
  const parsed = parseTemplate(text);
  if (!isFault(parsed)) return parsed;
  throw faulty(text, "message", parsed);
}

function faulty(text: string, field: string, { column, says }: { column: number; says: string }): Problem {
  return new Problem({
    code: "probe.condition",
    kind: "usage",
    says: `The ${field} "${text}" is wrong at column ${column}: ${says}${says.endsWith("?") ? "" : "."}`,
    tryNext:
      field === "message"
        ? "for example 'user {user.id} pays {total}'; {{ is a brace; an expression is as in a condition, and nothing of the program is called"
        : "for example user.id > 100 and 'book' in items and not (len(items) < 5): comparisons, and/or/not, arithmetic, paths; nothing of the program is called",
    context: { field, text, column },
  });
}
