// Durations and sizes as people write them (`10ms`, `2GiB`), parsed once at the door into numbers with a unit.
import { Problem } from "../problem.ts";

const durationNs: Readonly<Record<string, number>> = {
  ns: 1,
  us: 1e3,
  µs: 1e3,
  ms: 1e6,
  s: 1e9,
  m: 60e9,
  h: 3_600e9,
  d: 86_400e9,
  w: 604_800e9,
};

const sizeBytes: Readonly<Record<string, number>> = {
  b: 1,
  k: 1024,
  kb: 1e3,
  kib: 1024,
  m: 1024 ** 2,
  mb: 1e6,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1e9,
  gib: 1024 ** 3,
  t: 1024 ** 4,
  tb: 1e12,
  tib: 1024 ** 4,
};

/** `1.5s`, `10ms`, `7d` in nanoseconds; a bare number counts `bareUnit`s. Throws the Problem `duration.invalid`. */
export function parseDurationNs(text: string, bareUnit = "s"): number {
  const match = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-zµ]*)\s*$/iu.exec(text);
  const unit = durationNs[match?.[2] === "" ? bareUnit : (match?.[2] ?? "").toLowerCase()];
  if (!match || unit === undefined) {
    throw new Problem({
      code: "duration.invalid",
      kind: "usage",
      says: `"${text}" is not a duration.`,
      tryNext: "write a number and a unit: 500us, 10ms, 2s, 5m, 1h, 7d",
      context: { text },
    });
  }
  return Math.round(Number(match[1]) * unit);
}

/** `2GiB`, `500MB`, `1024` in bytes. Throws the Problem `size.invalid`. */
export function parseSizeBytes(text: string): number {
  const match = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-z]*)\s*$/iu.exec(text);
  const unit = sizeBytes[(match?.[2] || "b").toLowerCase()];
  if (!match || unit === undefined) {
    throw new Problem({
      code: "size.invalid",
      kind: "usage",
      says: `"${text}" is not a size.`,
      tryNext: "write a number and a unit: 500MB, 2GiB",
      context: { text },
    });
  }
  return Math.round(Number(match[1]) * unit);
}

/** 2147483648 as `2GiB`: exact where a binary unit divides it, else bytes. The inverse of parseSizeBytes. */
export function formatSize(bytes: number): string {
  for (const [name, unit] of [
    ["TiB", 1024 ** 4],
    ["GiB", 1024 ** 3],
    ["MiB", 1024 ** 2],
    ["KiB", 1024],
  ] as const) {
    if (bytes >= unit && bytes % unit === 0) return `${bytes / unit}${name}`;
  }
  return `${bytes}B`;
}

/** A size for people to read, rounded: `3.4 MiB`. */
export function sayBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit] ?? "B"}`;
}
