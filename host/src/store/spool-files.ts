// What lies in a run's `spool/`: which files there are, whose they are, how far each can be read, and which of them
// will never change again (spec/spool.md, "Files"). Files in the raw form are told by raw-files.ts.

import { closeSync, fstatSync, openSync, readdirSync, readSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseSpoolFileName, SPOOL_FORMAT, type SpoolFileName, type SpoolHeader } from "@spoor/protocol/spool";
import { rawEnd, rawFirstLine } from "./raw-files.ts";

export interface SpoolFile {
  readonly name: string;
  readonly path: string;
  readonly processKey: string;
  readonly pid: number;
  readonly segment: number;
  readonly form: SpoolFileName["form"];
  readonly sizeBytes: number;
  /** Its last line is a `Z` record: it will never change. */
  readonly complete: boolean;
  /** That record says that the process ended its recording. */
  readonly exited: boolean;
  readonly first: FirstLine;
}

/** What the first line says. `none`: no byte was written; `unfinished`: the line has no end. */
export type FirstLine =
  | { readonly is: "header"; readonly startedNs: number; readonly header: Partial<SpoolHeader> }
  | { readonly is: "unknown_format"; readonly format: string }
  | { readonly is: "no_header" }
  | { readonly is: "unfinished" }
  | { readonly is: "none" };

const HEAD_BYTES = 64 * 1024;
const TAIL_BYTES = 4096;

/**
 * Spool files of a run by process and segment; a file that vanishes while we look was sealed by somebody else.
 * @param unchanged what was seen before, by name, of files that need not be opened again.
 */
export function listSpoolFiles(spoolDirectory: string, unchanged?: ReadonlyMap<string, SpoolFile>): SpoolFile[] {
  let names: string[];
  try {
    names = readdirSync(spoolDirectory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
  const files: SpoolFile[] = [];
  for (const name of names) {
    const before = unchanged?.get(name);
    if (before !== undefined) {
      files.push(before);
      continue;
    }
    const parsed = parseSpoolFileName(name);
    if (!parsed) continue;
    const path = join(spoolDirectory, name);
    const looked = look(path, parsed.form);
    if (looked) files.push({ ...parsed, ...looked, name, path });
  }
  return files.sort((a, b) => a.pid - b.pid || compare(a.processKey, b.processKey) || a.segment - b.segment);
}

function look(
  path: string,
  form: SpoolFile["form"],
): Pick<SpoolFile, "sizeBytes" | "complete" | "exited" | "first"> | null {
  const file = openQuietly(path);
  if (file === null) return null;
  try {
    const sizeBytes = fstatSync(file).size;
    let head = readAt(file, 0, Math.min(HEAD_BYTES, sizeBytes));
    // A command line can be long; a header that does not fit is read whole.
    const isWhole = form === "text" ? head.includes(10) || head.includes(0) : rawFirstLine(head) !== null;
    if (!isWhole && sizeBytes > HEAD_BYTES) head = readAt(file, 0, sizeBytes);
    const tailBytes = Math.min(TAIL_BYTES, sizeBytes);
    const tail = readAt(file, sizeBytes - tailBytes, tailBytes);
    if (form === "text") return { sizeBytes, ...lastLine(tail), first: firstLine(head) };
    const line = rawFirstLine(head);
    const first: FirstLine = line === null ? { is: sizeBytes === 0 ? "none" : "unfinished" } : firstOfRaw(line);
    return { sizeBytes, ...rawEnd(tail), first };
  } finally {
    closeSync(file);
  }
}

function firstLine(head: Buffer): FirstLine {
  const nul = head.indexOf(0);
  const text = nul < 0 ? head : head.subarray(0, nul);
  const end = text.indexOf(10);
  if (text.length === 0) return { is: "none" };
  if (end < 0) return { is: "unfinished" };
  const columns = text.toString("utf8", 0, end).split("\t");
  const [kind, format = "", t = "", , , , payload = ""] = columns;
  if (kind !== "H" || !/^\d+$/.test(format)) return { is: "no_header" };
  // Of a format that we do not know, nothing but kind and version can be relied on.
  if (Number(format) !== SPOOL_FORMAT) return { is: "unknown_format", format };
  if (columns.length !== 7 || !/^-?\d+$/.test(t)) return { is: "no_header" };
  try {
    const header = JSON.parse(payload) as unknown;
    if (header === null || typeof header !== "object" || Array.isArray(header)) return { is: "no_header" };
    return { is: "header", startedNs: Number(t), header };
  } catch {
    return { is: "no_header" };
  }
}

function firstOfRaw(line: NonNullable<ReturnType<typeof rawFirstLine>>): FirstLine {
  return line.is === "line" ? firstLine(Buffer.from(line.text)) : { is: "unknown_format", format: line.format };
}

function lastLine(tail: Buffer): { complete: boolean; exited: boolean } {
  if (tail.length === 0 || tail[tail.length - 1] !== 10) return { complete: false, exited: false };
  const line = tail.toString("latin1", tail.lastIndexOf(10, -2) + 1);
  const complete = line.startsWith("Z\t");
  return { complete, exited: complete && /"why"\s*:\s*"exit"/.test(line) };
}

/** How far a file can be read now, and whether bytes of an unfinished record follow. */
export interface ValidText {
  readonly bytes: Buffer;
  readonly truncated: boolean;
}

/** Null if the file has vanished. Files are at most 16 MiB, so they are read whole. */
export function readValidText(path: string): ValidText | null {
  const file = openQuietly(path);
  if (file === null) return null;
  try {
    const all = readAt(file, 0, fstatSync(file).size);
    const nul = all.indexOf(0);
    const text = nul < 0 ? all : all.subarray(0, nul);
    const end = text.lastIndexOf(10) + 1;
    return { bytes: text.subarray(0, end), truncated: hasBytes(all.subarray(end)) };
  } finally {
    closeSync(file);
  }
}

/** Writes the readable part of a file elsewhere. Files are never cut in place: a process may have them mapped. */
export function copyValidText(from: string, to: string): { truncated: boolean; sizeBytes: number } | null {
  const text = readValidText(from);
  if (text === null) return null;
  writeFileSync(to, text.bytes, { mode: 0o600 });
  return { truncated: text.truncated, sizeBytes: text.bytes.length };
}

const ZEROS = Buffer.alloc(64 * 1024);

function hasBytes(rest: Buffer): boolean {
  for (let at = 0; at < rest.length; at += ZEROS.length) {
    const chunk = rest.subarray(at, at + ZEROS.length);
    if (!chunk.equals(ZEROS.subarray(0, chunk.length))) return true;
  }
  return false;
}

function openQuietly(path: string): number | null {
  try {
    return openSync(path, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function readAt(file: number, position: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(length);
  let got = 0;
  while (got < length) {
    const read = readSync(file, buffer, got, length - got, position + got);
    if (read === 0) break;
    got += read;
  }
  return buffer.subarray(0, got);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
