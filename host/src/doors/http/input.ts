// From a request to the input of an operation: what the path names, what the query says (typed by the schema), what the body has.
import * as z from "zod";
import type { LiveOperation } from "../../operations/operation.ts";
import { Problem } from "../../problem.ts";

export const maxBodyBytes = 1024 * 1024;

interface Property {
  readonly type?: string;
  readonly items?: Property;
  readonly anyOf?: readonly Property[];
  readonly http?: boolean;
}

const properties = new WeakMap<LiveOperation, Readonly<Record<string, Property>>>();

/** The fields of its input by name, as JSON Schema. */
export function propertiesOf(operation: LiveOperation): Readonly<Record<string, Property>> {
  let found = properties.get(operation);
  if (found === undefined) {
    const schema = z.toJSONSchema(operation.input, { io: "input", unrepresentable: "any" });
    found = (schema.properties ?? {}) as Record<string, Property>;
    properties.set(operation, found);
  }
  return found;
}

/** Repeated names are lists. Throws `usage.invalid` for a name that there is not. */
export function inputOfQuery(operation: LiveOperation, query: URLSearchParams): Record<string, unknown> {
  return Object.fromEntries(
    [...new Set(query.keys())].map((name) => {
      const property = propertiesOf(operation)[name];
      const given = query.getAll(name);
      if (property === undefined || property.http === false) throw unknownField(name);
      if (property.type === "array") return [name, given.map((each) => typed(each, property.items ?? {}))];
      if (given.length > 1) throw invalid(name, "it is given more than once");
      return [name, typed(given[0] ?? "", property)];
    }),
  );
}

/** What is no number stays text, for the schema to refuse. */
function typed(text: string, { type }: Property): unknown {
  if (type === "boolean")
    return text === "true" || text === "1" ? true : text === "false" || text === "0" ? false : text;
  if (type !== "number" && type !== "integer") return text;
  return text.trim() !== "" && !Number.isNaN(Number(text)) ? Number(text) : text;
}

/** A body that is a JSON object, whatever type it says it has: curl says that it is a form. */
export async function inputOfBody(
  body: ReadableStream<Uint8Array> | null,
  told: string | undefined,
): Promise<Record<string, unknown>> {
  const text = body === null ? "" : await readBody(body, told);
  if (text.trim() === "") return {};
  let given: unknown;
  try {
    given = JSON.parse(text);
  } catch (error) {
    throw new Problem({
      code: "request.not_json",
      kind: "usage",
      says: `The body is not JSON: ${(error as Error).message}.`,
      tryNext: `-d '{"file":"handlers.py","line":42}'`,
    });
  }
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw invalid("body", "it is not an object");
  return given as Record<string, unknown>;
}

/** Refused by what it says it is, before a byte is read; by what has come, where it says nothing. */
async function readBody(body: ReadableStream<Uint8Array>, told: string | undefined): Promise<string> {
  if (told !== undefined && Number(told) > maxBodyBytes) throw tooLarge();
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > maxBodyBytes) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function tooLarge(): Problem {
  return new Problem({
    code: "request.too_large",
    kind: "usage",
    says: "The body is longer than 1 MiB.",
    tryNext: "",
    context: { maxBytes: maxBodyBytes },
  });
}

function unknownField(name: string): Problem {
  return invalid(name, "there is no such parameter");
}

function invalid(field: string, says: string): Problem {
  return new Problem({
    code: "usage.invalid",
    kind: "usage",
    says: `"${field}" is not valid: ${says}.`,
    tryNext: "GET /openapi.json",
    context: { field },
  });
}
