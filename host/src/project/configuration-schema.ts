// What may be written in `spoor.config.json` and in the user's `config.json`, as one zod schema. The published JSON
// Schema (spec/spoor.config.schema.json), the settings' keys and their SPOOR_* variables are derived from it.
import * as z from "zod";
import { parseDurationNs, parseSizeBytes } from "./units.ts";

export const valuesLevels = ["full", "default", "shallow", "none"] as const;
export const cores = ["auto", "native", "python"] as const;

const patterns = z.array(z.string().min(1));
const count = z.int().min(0);

const size = z.union([z.int().positive(), z.string().refine(isSize, "expected a size such as 500MB or 2GiB")]);
const duration = z.string().refine(isDuration, "expected a duration such as 12h or 14d");

export const configurationSchema = z.strictObject({
  $schema: z.string().optional().describe("Where the JSON Schema of this file is, for editors."),
  name: z.string().min(1).optional().describe("The project's name, shown in every answer and usable as -c NAME."),
  include: patterns
    .optional()
    .describe("Modules (requests.*) or paths (src/**) to record besides the project's own code."),
  exclude: patterns.optional().describe("Modules or paths not to record; wins over include."),
  values: z.enum(valuesLevels).optional().describe("How much of arguments and results to record."),
  sample: z.number().min(0).max(1).optional().describe("Fraction of root calls to record, 0 to 1."),
  hot: count
    .optional()
    .describe("Full records of one function in one process; later calls are counted and timed only."),
  hotValues: count
    .optional()
    .describe(
      "Records of one function with the insides of objects and containers; of later ones, one in sixty-four has them. More than hot: all have.",
    ),
  size: size
    .optional()
    .describe("Most bytes of spool that one run may write, such as 2GiB; later calls are only counted."),
  core: z
    .enum(cores)
    .optional()
    .describe(
      "What records: the native core where there is one (auto), that or nothing (native), pure Python (python).",
    ),
  compile: z
    .boolean()
    .optional()
    .describe("Compile the native core for an interpreter when it is first used, where a C compiler is."),
  timeout: z.number().positive().optional().describe("Seconds after which a recorded command is ended."),
  quiet: z.boolean().optional().describe("Say nothing on stderr after a recording."),
  report: z.boolean().optional().describe("Print the report after a recording."),
  gapCalls: count
    .optional()
    .describe("Calls of one unrecorded callee that are counted before the count becomes 'at least'."),
  events: z
    .strictObject({
      age: duration.optional().describe("How long the events of live processes are kept, such as 14d."),
      size: size.optional().describe("Most bytes of kept events of one project, such as 1GiB; the oldest go first."),
      sink: z
        .url({ protocol: /^https?$/ })
        .optional()
        .describe("Where the daemon forwards events to, as batches by HTTP POST; read from the user's file."),
      sinkQueue: size
        .optional()
        .describe("Most bytes of events that wait for a sink which does not answer, such as 512MiB."),
    })
    .optional()
    .describe("What the daemon does with the events of live processes."),
  probes: z
    .strictObject({
      budget: z
        .number()
        .positive()
        .max(1)
        .optional()
        .describe(
          "Share of one core that the probes of a live process may take, 0 to 1; the dearest is disarmed above it. Read from the user's file.",
        ),
    })
    .optional()
    .describe("What probes of live processes may do."),
  limits: z
    .strictObject({
      depth: count.optional().describe("How deep into nested values."),
      items: count.optional().describe("Items of a list, tuple, set or dict."),
      fields: count.optional().describe("Fields of an object."),
      text: count.optional().describe("Characters of a string."),
      bytes: count.optional().describe("Soft budget of one record, in bytes."),
    })
    .optional()
    .describe("Bounds of one captured value."),
  redaction: z
    .strictObject({
      names: patterns.optional().describe("More names whose values are secrets."),
      patterns: z
        .array(z.string().refine(isRegularExpression, "expected a regular expression"))
        .optional()
        .describe("Regular expressions of more secrets inside strings."),
      allow: patterns.optional().describe("Names that are not secrets though they look like it."),
    })
    .optional()
    .describe("What counts as a secret besides the built-in rules."),
});

/** The content of a configuration file. */
export type ConfigurationFile = z.infer<typeof configurationSchema>;

export type SettingType = "list" | "number" | "boolean" | "text";

export interface SettingKey {
  /** Dotted, as in `spoor config set limits.depth 3`. */
  readonly key: string;
  readonly type: SettingType;
  readonly variable: string;
  readonly description: string;
}

/** Every setting that a file can hold, in the order of the schema; `$schema` is for editors and not one. */
export const settingKeys: readonly SettingKey[] = flatten("", configurationSchema);

/** The JSON Schema for editors, as published in spec/. */
export function configurationJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(configurationSchema, { io: "input" });
  return { $schema, title: "Spoor configuration (spoor.config.json)", ...rest };
}

function flatten(prefix: string, schema: z.ZodObject): SettingKey[] {
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    if (name === "$schema") return [];
    const key = prefix + name;
    const inner = field instanceof z.ZodOptional ? (field.unwrap() as z.ZodType) : (field as z.ZodType);
    if (inner instanceof z.ZodObject) return flatten(`${key}.`, inner);
    return [
      {
        key,
        type: typeOf(inner),
        variable: variableOf(key),
        description: (field as z.ZodType).description ?? inner.description ?? "",
      },
    ];
  });
}

function typeOf(schema: z.ZodType): SettingType {
  if (schema instanceof z.ZodArray) return "list";
  if (schema instanceof z.ZodNumber) return "number";
  if (schema instanceof z.ZodBoolean) return "boolean";
  return "text";
}

/** `limits.depth` is `SPOOR_LIMITS_DEPTH`, `gapCalls` is `SPOOR_GAP_CALLS`. */
function variableOf(key: string): string {
  return `SPOOR_${key
    .replaceAll(/([a-z])([A-Z])/g, "$1_$2")
    .replaceAll(".", "_")
    .toUpperCase()}`;
}

function isSize(text: string): boolean {
  try {
    parseSizeBytes(text);
    return true;
  } catch {
    return false;
  }
}

function isDuration(text: string): boolean {
  try {
    parseDurationNs(text);
    return true;
  } catch {
    return false;
  }
}

function isRegularExpression(text: string): boolean {
  try {
    return new RegExp(text).source !== "";
  } catch {
    return false;
  }
}
