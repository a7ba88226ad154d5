// What an operation takes, read off its zod schema by way of JSON Schema: the one source of flags, help, completion
// and reference.
import * as z from "zod";
import type { AnyOperation } from "../operations/operation.ts";

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
  /** What help calls it among the positional arguments. */
  readonly argument: string;
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
  readonly flag?: string;
  readonly cli?: boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

/**
 * The fields in the order of the schema, without those that a command line has no need of. What a schema's `.meta()` may say:
 * `placeholder`, `flag` (its spelling), `cli: false`.
 */
export function fieldsOf(operation: AnyOperation): Field[] {
  const schema = z.toJSONSchema(operation.input, { io: "input", unrepresentable: "any" }) as Schema;
  const positions = operation.positional.map((name) => name.replace(/^\.\.\./, ""));
  const properties = Object.entries(schema.properties ?? {}).filter(([, property]) => property.cli !== false);
  return properties.map(([name, property]) => {
    const shape = spelled(property);
    const list = shape.type === "array";
    const one = list ? (shape.items ?? {}) : shape;
    const position = positions.indexOf(name);
    return {
      name,
      flag: `--${property.flag ?? kebab(name)}`,
      short: operation.short?.[name] ?? null,
      type: typeOf(one),
      list,
      choices: one.enum ?? [],
      placeholder: property.placeholder ?? placeholderOf(name, one),
      description: property.description ?? "",
      required: (schema.required ?? []).includes(name),
      defaultText: defaultTextOf(property),
      position: position === -1 ? null : position,
      argument: property.placeholder ?? name,
      rest: operation.positional.includes(`...${name}`),
    };
  });
}

/** Of a field that takes several shapes, the one that words of a command line can have. */
function spelled(schema: Schema): Schema {
  const spellable = ["array", "string", "number", "integer"];
  const found = spellable.flatMap((type) => schema.anyOf?.filter((each) => each.type === type) ?? []);
  return found[0] ?? schema;
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
