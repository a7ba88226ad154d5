// The settings in force, and where each came from.
import * as z from "zod";
import { resolveConfiguration } from "../project/configuration.ts";
import { settingKeys } from "../project/configuration-schema.ts";
import { paint } from "../views/paint.ts";
import { table } from "../views/table.ts";
import type { Operation } from "./operation.ts";

const input = z.strictObject({
  origin: z.boolean().optional().describe("Say where each value came from"),
});

const data = z.object({
  root: z.string(),
  settings: z.array(
    z.object({
      key: z.string(),
      value: z.unknown(),
      origins: z
        .array(z.object({ origin: z.string(), place: z.string() }))
        .describe("Empty for a default; several where a list adds up"),
      variable: z.string().describe("The environment variable that sets it"),
      description: z.string(),
    }),
  ),
  origin: z.boolean(),
});

export const configShow: Operation<z.infer<typeof input>, z.infer<typeof data>> = {
  name: "config.show",
  command: "config show",
  summary: "The settings in force, and where each came from",
  description: `Shows every setting as a run would take it. A flag wins over a SPOOR_* variable, that over the project's
spoor.config.json, that over your own file, that over the default; lists add up.

  spoor config show --origin`,
  effect: "reads",
  input,
  data,
  positional: [],
  async run({ origin }, context) {
    const { resolved } = resolveConfiguration(context.project.root, process.env);
    const described = new Map(settingKeys.map((each) => [each.key, each]));
    return {
      about: { project: context.project.name, runs: [], completeness: null, next: [] },
      data: {
        root: context.project.root,
        origin: origin ?? false,
        settings: resolved.map((each) => ({
          key: each.key,
          value: each.key === "name" ? context.project.name : (each.value ?? null),
          origins: each.origins.map((from) => ({ ...from })),
          variable: described.get(each.key)?.variable ?? "",
          description: described.get(each.key)?.description ?? "",
        })),
      },
    };
  },
  text({ about, data }, style) {
    const { name, aside } = paint(style);
    const from = (origins: readonly { origin: string; place: string }[]): string =>
      origins.length === 0 ? "default" : origins.map((each) => each.place).join(", ");
    const lines = table(
      [
        { title: "setting", paint: name },
        { title: "value", cut: "end" },
        ...(data.origin ? [{ title: "from", cut: "start" as const, paint: aside }] : []),
      ],
      data.settings.map((each) => [each.key, valueText(each.value), ...(data.origin ? [from(each.origins)] : [])]),
      style,
    );
    return [aside(`${about.project} · ${data.root}`), ...lines].join("\n");
  },
};

function valueText(value: unknown): string {
  if (value === null) return "(none)";
  if (Array.isArray(value)) return value.length === 0 ? "(none)" : value.join(", ");
  return typeof value === "string" ? value : JSON.stringify(value);
}
