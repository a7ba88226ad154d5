// Changes one setting in a configuration file, the project's or the user's own.
import * as z from "zod";
import { checkConfiguration, nested, parseSetting, unknownSetting } from "../project/configuration.ts";
import { settingKeys, type SettingKey } from "../project/configuration-schema.ts";
import {
  projectFilePath,
  readConfigurationFile,
  userFilePath,
  writeConfigurationFile,
} from "../project/project-file.ts";
import type { Answer, Context, Operation } from "./operation.ts";

const user = z.boolean().optional().describe("In your own file, for all projects, not in the project's");
const keyField = z.string().describe("The setting, such as limits.depth");

const setInput = z.strictObject({
  key: keyField,
  value: z.string().describe("Its value; items of a list are separated by commas"),
  user,
});
const unsetInput = z.strictObject({ key: keyField, user });

const data = z.object({ file: z.string(), key: z.string(), value: z.unknown().describe("Null where it was removed") });
type Data = z.infer<typeof data>;

export const configSet: Operation<z.infer<typeof setInput>, Data> = {
  name: "config.set",
  command: "config set",
  summary: "Change a setting of the project, or of all your projects",
  description: `Writes one setting into spoor.config.json, or with --user into your own file. A value that would not be
accepted is not written.

  spoor config set values shallow
  spoor config set redaction.names 'pin,iban'`,
  effect: "touches",
  input: setInput,
  data,
  positional: ["key", "value"],
  async run(given, context) {
    const setting = settingOf(given.key);
    return change(setting, parseSetting(setting, given.value), given.user, context);
  },
  text: ({ data }) => `${data.key} = ${JSON.stringify(data.value)} in ${data.file}`,
};

export const configUnset: Operation<z.infer<typeof unsetInput>, Data> = {
  name: "config.unset",
  command: "config unset",
  summary: "Remove a setting from a configuration file",
  description: `Removes one setting from spoor.config.json, or with --user from your own file; the layer below it counts again.

  spoor config unset values`,
  effect: "touches",
  input: unsetInput,
  data,
  positional: ["key"],
  async run(given, context) {
    return change(settingOf(given.key), undefined, given.user, context);
  },
  text: ({ data }) => `${data.key} is no longer set in ${data.file}`,
};

function settingOf(key: string): SettingKey {
  const setting = settingKeys.find((each) => each.key === key);
  if (setting === undefined) throw unknownSetting(key, "config");
  return setting;
}

function change(setting: SettingKey, value: unknown, inUserFile: boolean | undefined, context: Context): Answer<Data> {
  const file = inUserFile ? userFilePath(process.env) : projectFilePath(context.project.root);
  if (value !== undefined) checkConfiguration(nested(setting.key, value), "config set");
  const before = readConfigurationFile(file);
  const after = withValue(before, setting.key.split("."), value);
  if (JSON.stringify(before) !== JSON.stringify(after)) writeConfigurationFile(file, after);
  return {
    about: { project: context.project.name, runs: [], completeness: null, next: [] },
    data: { file, key: setting.key, value: value ?? null },
  };
}

/** A copy with the value at a path, or without it; a section that becomes empty goes too. */
function withValue(object: Record<string, unknown>, path: readonly string[], value: unknown): Record<string, unknown> {
  const [first = "", ...rest] = path;
  const { [first]: old, ...others } = object;
  if (rest.length === 0) return value === undefined ? others : { ...object, [first]: value };
  const section = withValue((old as Record<string, unknown> | undefined) ?? {}, rest, value);
  return Object.keys(section).length === 0 ? others : { ...object, [first]: section };
}
