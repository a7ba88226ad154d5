// What an operation takes, read off its zod schema by way of JSON Schema: the one source of flags, help, completion
// and reference.
import * as z from "zod";
import type { Operation } from "../operations/operation.ts";

export interface Field {
  /** As in the input: `slowerThan`. */
  readonly name: string;
  /** As on the command line: `--slower-than`. */
  readonly flag: string;
  readonly short: string | null;
  readonly type: "boolean" | "number" | "text";
  readonly list: boolean;
  readonly choices: readonly string[];
  /** What its value is called in help: the schema's `placeholder`, given with `.meta()`. */
  readonly placeholder: string;
  readonly description: string;
  readonly required: boolean;
  /** Its default as help shows it; null where there is none worth saying, or its description says it. */
  readonly defaultText: string | null;
  /** Its place among the positional arguments; null for a flag. */
  readonly position: number | null;
  /** Whether it takes all the words that are left. */
  readonly rest: boolean;
}

interface Schema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly description?: string;
  readonly default?: unknown;
  readonly placeholder?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/** The fields in the order of the schema. */
export function fieldsOf(operation: Operation): Field[] {
  const schema = z.toJSONSchema(operation.input, { io: "input", unrepresentable: "any" }) as Schema;
  const positions = operation.positional.map((name) => name.replace(/^\.\.\./, ""));
  return Object.entries(schema.properties ?? {}).map(([name, property]) => {
    const list = property.type === "array";
    const one = list ? (property.items ?? {}) : property;
    const position = positions.indexOf(name);
    return {
      name,
      flag: `--${kebab(name)}`,
      short: operation.short?.[name] ?? null,
      type: typeOf(one),
      list,
      choices: one.enum ?? [],
      placeholder: property.placeholder ?? placeholderOf(name, one),
      description: property.description ?? "",
      required: (schema.required ?? []).includes(name),
      defaultText: defaultTextOf(property),
      position: position === -1 ? null : position,
      rest: operation.positional.includes(`...${name}`),
    };
  });
}

function defaultTextOf({ default: value, description = "" }: Schema): string | null {
  if (value === undefined || value === false || description.includes("default")) return null;
  if (Array.isArray(value) && value.length === 0) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A schema that takes several types, such as a number or a text with a unit, is given as text. */
function typeOf(schema: Schema): Field["type"] {
  if (schema.type === "boolean") return "boolean";
  return schema.type === "number" || schema.type === "integer" ? "number" : "text";
}

function placeholderOf(name: string, schema: Schema): string {
  const choices = schema.enum?.join("|") ?? "";
  if (choices !== "" && choices.length <= 32) return choices;
  return typeOf(schema) === "number" ? "n" : kebab(name);
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
