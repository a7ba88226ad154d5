// What the host resolved for this run, from `config.json` of its directory (spec/spool.md): all that the agent is told.
import { readFileSync } from "node:fs";

export interface Limits {
  readonly level: "full" | "default" | "shallow" | "none";
  readonly depth: number;
  readonly items: number;
  readonly fields: number;
  readonly text: number;
  readonly bytes: number;
}

export interface Settings {
  readonly run: string;
  readonly root: string;
  readonly clock: bigint;
  readonly limits: Limits;
  readonly redaction: { readonly names: string[]; readonly patterns: string[]; readonly allow: string[] };
  readonly hot: number;
  /** Recorded calls of one function whose values are opened; after them one in sixty-four. */
  readonly hotValues: number;
  readonly gapCalls: number;
  readonly sample: number;
  readonly sizeBytes: number;
  /** The user's cache of Spoor; null where nobody looked. */
  readonly cache: string | null;
}

const LIMITS = {
  full: { depth: 4, items: 100, fields: 100, text: 4096, bytes: 16384 },
  default: { depth: 2, items: 20, fields: 20, text: 256, bytes: 512 },
  shallow: { depth: 0, items: 20, fields: 20, text: 256, bytes: 512 },
  none: { depth: 0, items: 20, fields: 20, text: 256, bytes: 512 },
};

type Told = Partial<Omit<Settings, "limits" | "redaction">> & {
  format?: number;
  clock_ns?: string;
  values?: Limits["level"];
  limits?: Partial<Limits>;
  redaction?: Partial<Settings["redaction"]>;
};

/** @throws Error for a directory without a readable `config.json` of format 1. */
export function readSettings(directory: string): Settings {
  const told = JSON.parse(readFileSync(`${directory}/config.json`, "utf8")) as Told;
  if (told.format !== 1)
    throw new Error(`${directory}/config.json has format ${String(told.format)}; this agent knows 1`);
  const level = told.values ?? "default";
  return {
    run: told.run ?? "",
    root: told.root ?? "",
    clock: BigInt(told.clock_ns ?? "0"),
    limits: { ...LIMITS[level], ...told.limits, level },
    redaction: { names: [], patterns: [], allow: [], ...told.redaction },
    hot: told.hot ?? 10_000,
    hotValues: level === "full" ? Infinity : (told.hotValues ?? 1000),
    gapCalls: told.gapCalls ?? 1000,
    sample: told.sample ?? 1,
    sizeBytes: told.sizeBytes ?? 2 ** 31,
    cache: told.cache ?? null,
  };
}
