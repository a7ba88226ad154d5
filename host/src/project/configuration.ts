// Resolves the settings of a recording from their layers: flag over SPOOR_* environment over the project's file over
// the user's file over defaults. One value replaces another; lists add up, so that a user's own redaction names or a
// flag's --include never lose what the project configured.
import { Problem } from "../problem.ts";
import { closest } from "./closest.ts";
import { configurationSchema, settingKeys, type ConfigurationFile, type SettingKey } from "./configuration-schema.ts";
import { projectFilePath, readConfigurationFile, userFilePath } from "./project-file.ts";
import type { Core, RecordingSettings, ValuesLevel } from "./settings.ts";
import { parseDurationNs, parseSizeBytes } from "./units.ts";

/** Where a value came from, lowest first. */
export type Origin = "default" | "user file" | "project file" | "environment" | "flag";

export interface ResolvedSetting {
  readonly key: string;
  readonly value: unknown;
  /** More than one only for lists. */
  readonly origins: readonly { readonly origin: Origin; readonly place: string }[];
}

export interface Configuration {
  readonly settings: RecordingSettings;
  readonly timeoutS: number | null;
  readonly quiet: boolean;
  readonly report: boolean;
  /** Whether the native core may be compiled for interpreters that have none. */
  readonly compile: boolean;
  readonly events: EventSettings;
  /** The share of one core that the probes of a process may take. */
  readonly probeBudget: number;
  readonly resolved: readonly ResolvedSetting[];
}

/** What the daemon does with events of live processes. */
export interface EventSettings {
  readonly ageMs: number;
  readonly sizeBytes: number;
  readonly sink: string | null;
  readonly sinkQueueBytes: number;
}

interface Layer {
  readonly origin: Origin;
  readonly place: string;
  readonly file: ConfigurationFile;
}

/** As the agents have them for themselves when nobody tells them otherwise. */
const limitsOf: Readonly<Record<ValuesLevel, RecordingSettings["limits"]>> = {
  full: { depth: 4, items: 100, fields: 100, text: 4096, bytes: 16_384 },
  default: { depth: 2, items: 20, fields: 20, text: 256, bytes: 512 },
  shallow: { depth: 0, items: 20, fields: 20, text: 256, bytes: 512 },
  none: { depth: 0, items: 0, fields: 0, text: 0, bytes: 0 },
};

/** `root` is null where there is no project yet. Throws the Problems `config.unreadable` and `config.invalid`. */
export function resolveConfiguration(
  root: string | null,
  env: NodeJS.ProcessEnv,
  flags: ConfigurationFile = {},
): Configuration {
  const userPath = userFilePath(env);
  const layers: Layer[] = [
    { origin: "user file", place: userPath, file: checkedFile(userPath) },
    ...(root === null ? [] : [projectLayer(root)]),
    ...environmentLayers(env),
    { origin: "flag", place: "command line", file: flags },
  ];
  const resolved = settingKeys.map((key) => resolveOne(key, layers));
  const value = (key: string): unknown => resolved.find((each) => each.key === key)?.value;
  const level = (value("values") ?? "default") as ValuesLevel;
  const limits = limitsOf[level];
  const limit = (key: keyof RecordingSettings["limits"]): number =>
    (value(`limits.${key}`) as number | undefined) ?? limits[key];
  const list = (key: string): string[] => value(key) as string[];
  const settings: RecordingSettings = {
    include: list("include"),
    exclude: list("exclude"),
    values: level,
    limits: {
      depth: limit("depth"),
      items: limit("items"),
      fields: limit("fields"),
      text: limit("text"),
      bytes: limit("bytes"),
    },
    redaction: {
      names: list("redaction.names"),
      patterns: list("redaction.patterns"),
      allow: list("redaction.allow"),
    },
    hot: value("hot") as number,
    hotValues: value("hotValues") as number,
    gapCalls: value("gapCalls") as number,
    sample: value("sample") as number,
    sizeBytes: parseSizeBytes(String(value("size"))),
    core: value("core") as Core,
  };
  return {
    settings,
    timeoutS: (value("timeout") as number | undefined) ?? null,
    quiet: value("quiet") as boolean,
    report: value("report") as boolean,
    compile: value("compile") as boolean,
    events: {
      ageMs: parseDurationNs(value("events.age") as string, "d") / 1e6,
      sizeBytes: parseSizeBytes(String(value("events.size"))),
      sink: (value("events.sink") as string | undefined) ?? null,
      sinkQueueBytes: parseSizeBytes(String(value("events.sinkQueue"))),
    },
    probeBudget: value("probes.budget") as number,
    resolved: resolved.map((each) => {
      const [section, name] = each.key.split(".");
      if (section !== "limits" || each.value !== undefined) return each;
      return { ...each, value: limits[name as keyof RecordingSettings["limits"]] };
    }),
  };
}

const defaults: Readonly<Record<string, unknown>> = {
  values: "default",
  sample: 1,
  hot: 10_000,
  hotValues: 1000,
  size: "2GiB",
  quiet: false,
  report: false,
  gapCalls: 1000,
  core: "auto",
  compile: true,
  "events.age": "14d",
  "events.size": "1GiB",
  "events.sinkQueue": "512MiB",
  "probes.budget": 0.02,
};

function resolveOne(setting: SettingKey, layers: readonly Layer[]): ResolvedSetting {
  const given = layers.filter((layer) => valueAt(layer.file, setting.key) !== undefined);
  if (setting.type === "list") {
    const all = given.flatMap((layer) => valueAt(layer.file, setting.key) as string[]);
    return { key: setting.key, value: [...new Set(all)], origins: given.map(placeOf) };
  }
  const last = given.at(-1);
  if (last === undefined) return { key: setting.key, value: defaults[setting.key], origins: [] };
  return { key: setting.key, value: valueAt(last.file, setting.key), origins: [placeOf(last)] };
}

function placeOf(layer: Layer): { origin: Origin; place: string } {
  return { origin: layer.origin, place: layer.place };
}

function valueAt(file: ConfigurationFile, key: string): unknown {
  let value: unknown = file;
  for (const part of key.split(".")) value = (value as Record<string, unknown> | undefined)?.[part];
  return value;
}

function projectLayer(root: string): Layer {
  const place = projectFilePath(root);
  return { origin: "project file", place, file: checkedFile(place) };
}

/** One layer a variable, so that the origin of a value names the variable. */
function environmentLayers(env: NodeJS.ProcessEnv): Layer[] {
  return settingKeys.flatMap((setting) => {
    const text = env[setting.variable];
    if (text === undefined || text === "" || setting.key === "name") return [];
    const file = checkConfiguration(nested(setting.key, parseSetting(setting, text)), setting.variable);
    return [{ origin: "environment" as const, place: setting.variable, file }];
  });
}

function checkedFile(path: string): ConfigurationFile {
  return checkConfiguration(readConfigurationFile(path), path);
}

/** A setting's text, from the environment or the command line, as the schema wants it; a wrong one stays text for it to refuse. */
export function parseSetting(setting: SettingKey, text: string): unknown {
  switch (setting.type) {
    case "list":
      return text
        .split(",")
        .map((item) => item.trim())
        .filter((item) => item !== "");
    case "number": {
      const number = Number(text);
      return text.trim() === "" || Number.isNaN(number) ? text : number;
    }
    case "boolean":
      if (/^(true|yes|on|1)$/i.test(text)) return true;
      return /^(false|no|off|0)$/i.test(text) ? false : text;
    case "text":
      return text;
  }
}

/** `nested("limits.depth", 3)` is `{limits: {depth: 3}}`. */
export function nested(key: string, value: unknown): Record<string, unknown> {
  return key
    .split(".")
    .reverse()
    .reduce<unknown>((inner, part) => ({ [part]: inner }), value) as Record<string, unknown>;
}

/** Throws the Problem `config.invalid` that names the place and the key, and what was probably meant. */
export function checkConfiguration(value: Record<string, unknown>, place: string): ConfigurationFile {
  const checked = configurationSchema.safeParse(value);
  if (checked.success) return checked.data;
  const issue = checked.error.issues[0];
  const path = issue?.path.join(".") ?? "";
  if (issue?.code === "unrecognized_keys") {
    const prefix = path === "" ? "" : `${path}.`;
    throw unknownSetting(`${prefix}${issue.keys[0] ?? ""}`, place);
  }
  throw new Problem({
    code: "config.invalid",
    kind: "usage",
    says: `${place}: "${path}" is not valid: ${issue?.message ?? "unknown reason"}.`,
    tryNext: `spoor config show   (what "${path}" may be: docs/reference/cli.md)`,
    context: { place, key: path },
  });
}

export function unknownSetting(key: string, place: string): Problem {
  const last = key.split(".").at(-1) ?? key;
  const known = settingKeys.map((each) => each.key);
  const suggestion = closest(key, known) ?? known.find((each) => each.endsWith(`.${last}`)) ?? null;
  return new Problem({
    code: "config.unknown_key",
    kind: "usage",
    says: `${place}: there is no setting "${key}".`,
    tryNext: suggestion === null ? "spoor config show   (lists every setting)" : `did you mean "${suggestion}"?`,
    context: { place, key, suggestion },
  });
}
