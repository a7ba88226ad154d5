// The spool format (spec/spool.md) as constants and types, and a writer of single records for tests and benches.
// Real agents have writers of their own; the store reads spools in SQL.

export const SPOOL_FORMAT = 1;

/** Every kind of record, in the order of the table in spec/spool.md. */
export const SPOOL_KINDS = [
  "H", "F", "T", "K", "C", "R", "X", "S", "U", "Y", "E", "A", "L", "G", "N", "Q", "P", "D", "Z",
] as const; // prettier-ignore

export type SpoolKind = (typeof SPOOL_KINDS)[number];

/** The columns of a record, in order. Those that a kind does not use are left out and written empty. */
export interface SpoolRecord {
  readonly kind: SpoolKind;
  readonly id?: number | undefined;
  /** Nanoseconds since the run's `clock_ns`. */
  readonly t?: number | bigint | undefined;
  readonly parent?: number | undefined;
  readonly ref?: number | string | undefined;
  readonly thread?: number | undefined;
  /** Written as JSON; `undefined` is an empty column, which is not the same as `null`. */
  readonly payload?: unknown;
}

/** Payload of `H`, the first record of every file. */
export interface SpoolHeader {
  /** Process key, `<pid>-<start of the agent in hexadecimal>`. */
  readonly process: string;
  readonly pid: number;
  readonly ppid: number;
  /** Key of the recorded process that started this one. */
  readonly parent: string | null;
  /** The call that was running in the parent at a fork, else 0. */
  readonly parent_call: number;
  readonly born: "spawn" | "fork" | "thread";
  /** Of a worker thread of Node, which is a process of the spool: its number. */
  readonly thread?: number;
  readonly runtime: string;
  readonly runtime_version: string;
  readonly implementation: string;
  readonly executable: string;
  readonly argv: readonly unknown[];
  readonly cwd: string;
  readonly started_at: string;
  readonly agent_version: string;
  readonly engine: string;
  /** Which half of the agent records; recordings of older agents do not say. */
  readonly core?: "native" | "python";
  /** Why it is this one, in a clause. */
  readonly core_reason?: string;
  /** The native core would have been used, had there been one that could be loaded. */
  readonly core_fallback?: boolean;
  /** Of a file that a thread has of its own: the number of the main file that it is beside. */
  readonly beside?: number;
  /** Field 22 of `/proc/<pid>/stat` on Linux, else empty. */
  readonly native_start: string;
}

/** One record as a line, newline included. */
export function spoolLine(record: SpoolRecord): string {
  const { kind, id, t, parent, ref, thread, payload } = record;
  const json = payload === undefined ? "" : JSON.stringify(payload);
  return `${kind}\t${id ?? ""}\t${t ?? ""}\t${parent ?? ""}\t${ref ?? ""}\t${thread ?? ""}\t${json}\n`;
}

export function spoolFileName(processKey: string, segment: number): string {
  return `${processKey}.${String(segment).padStart(6, "0")}.spool`;
}

export interface SpoolFileName {
  readonly processKey: string;
  readonly pid: number;
  readonly segment: number;
  /** `raw`: to be decoded first (spec/raw.md). */
  readonly form: "text" | "raw";
}

/** Null for a name that is not a spool's. */
export function parseSpoolFileName(name: string): SpoolFileName | null {
  const match = /^((\d+)-[0-9a-f]+)\.(\d{6,})\.(spool|raw)$/.exec(name);
  if (!match) return null;
  const [, processKey = "", pid = "", segment = "", ending] = match;
  return { processKey, pid: Number(pid), segment: Number(segment), form: ending === "raw" ? "raw" : "text" };
}
