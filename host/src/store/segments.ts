// The sealed pieces of a run, `segments/NNNNNN/`: which there are, what the last one knows about the run so far
// (`segment.json`), and the Parquet files that hold a table.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../problem.ts";
import type { ProcessState } from "./processes.ts";
import type { TableName } from "./schema.ts";

export const SEGMENT_FORMAT = 1;

/** `segment.json`. All but `consumed` is about the whole run up to this segment. */
export interface SegmentState {
  readonly format: number;
  /** Spool files whose records are in this segment: never read again, deleted when met. */
  readonly consumed: readonly string[];
  readonly processes: readonly ProcessState[];
  /** True once an exception that an earlier segment holds was written anew: the row of the later segment counts. */
  readonly amends: boolean;
  /** What processes that died had left empty of the spool that was allocated for them: agents may take it again. */
  readonly returned_bytes: number;
  /** True if this segment ended the run: no call is open any more. */
  readonly final: boolean;
}

export interface Segments {
  readonly directory: string;
  /** Names of the sealed pieces, oldest first. */
  readonly names: readonly string[];
  readonly last: SegmentState;
}

export const NO_SEGMENT: SegmentState = {
  format: SEGMENT_FORMAT,
  consumed: [],
  processes: [],
  amends: false,
  returned_bytes: 0,
  final: false,
};

export function readSegments(directory: string): Segments {
  const names = existsSync(directory) ? readdirSync(directory).filter((name) => /^\d{6,}$/.test(name)) : [];
  names.sort((a, b) => Number(a) - Number(b));
  const newest = names.at(-1);
  if (newest === undefined) return { directory, names, last: NO_SEGMENT };
  const text = readFileSync(join(directory, newest, "segment.json"), "utf8");
  const last: SegmentState = { ...NO_SEGMENT, ...(JSON.parse(text) as Partial<SegmentState>) };
  if (last.format !== SEGMENT_FORMAT) {
    throw new Problem({
      code: "run.unknown_format",
      kind: "environment",
      says: `The sealed segment ${join(directory, newest)} has format ${String(last.format)}; this Spoor knows format ${SEGMENT_FORMAT}.`,
      tryNext: "Use the version of Spoor that recorded it, or a newer one.",
    });
  }
  return { directory, names, last };
}

/** Files of a table that grows from segment to segment. */
export function tableFiles(segments: Segments, table: Exclude<TableName, "processes">): string[] {
  return segments.names
    .map((name) => join(segments.directory, name, `${table}.parquet`))
    .filter((path) => existsSync(path));
}

/** A file that each segment writes anew, so that only the last one counts. */
export type CarriedFile = "processes" | "open" | "open_exceptions";

export function carriedFile(segments: Segments, file: CarriedFile): string | null {
  const newest = segments.names.at(-1);
  if (newest === undefined) return null;
  const path = join(segments.directory, newest, `${file}.parquet`);
  return existsSync(path) ? path : null;
}

export function nextSegmentName(segments: Segments): string {
  return String(Number(segments.names.at(-1) ?? 0) + 1).padStart(6, "0");
}
