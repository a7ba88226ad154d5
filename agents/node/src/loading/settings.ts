// What the host resolved for this run, as far as loading needs it: `config.json` of the run's directory (spec/spool.md).
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { RedactionSettings } from "@spoor/protocol/redaction";

export interface LoadingSettings {
  readonly directory: string;
  readonly root: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly redaction: RedactionSettings;
  /** The user's cache of Spoor; null where nobody looked. */
  readonly cache: string | null;
}

const format = 1;

/** Throws an Error whose message is a clause for the user. */
export function readSettings(directory: string): LoadingSettings {
  const path = join(directory, "config.json");
  const told = JSON.parse(readFileSync(path, "utf8")) as Partial<LoadingSettings> & { format?: unknown };
  if (told.format !== format) throw new Error(`${path} has format ${String(told.format)}; this agent knows ${format}`);
  return {
    directory,
    root: told.root ?? process.cwd(),
    include: told.include ?? [],
    exclude: told.exclude ?? [],
    redaction: told.redaction ?? {},
    cache: told.cache ?? null,
  };
}
