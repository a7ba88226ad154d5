// Instrumentations on disk, in the user's cache, by the content of what they were made from: a file that was met before costs no
// parsing. Those of a project stand in one file, one behind the other, which is read at once: a file for each would cost more to
// open than what is in it. An entry holds what is to be put in and where, and the names that it tells, never the text. Writers may
// come at once, die, or be of other versions: what cannot be read is made anew.
import {
  closeSync, fstatSync, mkdirSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync, writeSync,
} from "node:fs"; // prettier-ignore
import { dirname, join } from "node:path";
import { decodeInstrumentation, encodeInstrumentation } from "../transform/codec.ts";
import type { SourceForm } from "../transform/parse.ts";
import type { Made } from "./instrumenter.ts";
import type { Sources } from "./mapped-lines.ts";
import { mix } from "./mix.ts";
import { hashText } from "./text-hash.ts";

export interface TransformCache {
  /** Null if it is not there, or not whole. */
  read(key: string): Made | null;
  /** Never throws: a cache that cannot be written is as good as none. */
  write(key: string, made: Made): void;
}

/** What the transform was built from, put in by the build: another one may make something else of the same text. */
declare const SPOOR_TRANSFORM: string | undefined;
const version = typeof SPOOR_TRANSFORM === "string" ? SPOOR_TRANSFORM : "source";

/** A file that is longer becomes the older of two; what is still used is written again. */
const mostBytes = 16 * 2 ** 20;
/** Nobody takes so long to write an entry: what is half written then stays so. */
const writtenMs = 10_000;
/** What nothing was added to for so long is removed when a project is met for the first time. */
const oldestMs = 60 * 86_400_000;

interface Entry {
  readonly bytes: Buffer;
  readonly words: Int32Array;
  /** Where it begins. */
  readonly at: number;
  /** It is about to be forgotten. */
  readonly isOld: boolean;
}

type Entries = Map<string, Entry>;

const none: TransformCache = { read: () => null, write: () => undefined };

/** `cache` is the user's cache of Spoor, null where nobody looked for one; `project` is the project's root. */
export function openTransformCache(cache: string | null, project: string, most = mostBytes): TransformCache {
  if (cache === null) return none;
  const path = join(cache, "node", `transform-${version}`, `${hashText("project", project)}.pack`);
  const older = `${path}.old`;
  let entries: Entries | null = null;
  // Those that this process has made: other paths may have the same text.
  const own = new Map<string, Made>();
  /** How much of the file is known, and whether what comes next in it is damaged. */
  let seen = 0;
  let isDamaged = false;

  const load = (): Entries => {
    if (entries === null) {
      entries = new Map();
      readEntries(entries, older, 0, true);
      catchUp(entries);
    }
    return entries;
  };
  /** What was added since, by processes that load the same files at the same time; false if nothing was. */
  const catchUp = (known: Entries): boolean => {
    const { size, end, changedMs } = readEntries(known, path, seen, false);
    const isMore = end > seen;
    seen = end;
    isDamaged = end < size && Date.now() - changedMs > writtenMs;
    return isMore;
  };
  const write = (key: string, made: Made): void => {
    own.set(key, made);
    try {
      const known = load();
      catchUp(known);
      // Processes that start at once make the same ones.
      if (known.get(key)?.isOld === false) return;
      if (seen === 0) prepare(path);
      // Behind a damaged entry none can be found.
      if (isDamaged || seen > most) makeOlder();
      const entry = encode(key, made);
      const file = openSync(path, "a", 0o600);
      try {
        writeSync(file, entry);
        if (fstatSync(file).size === seen + entry.length) seen += entry.length;
      } finally {
        closeSync(file);
      }
    } catch {
      // A full disk, a cache of somebody else's.
    }
  };
  const makeOlder = (): void => {
    seen = 0;
    isDamaged = false;
    try {
      renameSync(path, older);
    } catch {
      // Somebody else was quicker.
    }
  };
  return {
    write,
    read(key) {
      const made = own.get(key);
      if (made !== undefined) return made;
      const known = load();
      const entry = known.get(key) ?? (catchUp(known) ? known.get(key) : undefined);
      const found = entry === undefined ? null : decode(entry);
      if (found !== null && entry?.isOld === true) write(key, found);
      return found;
    },
  };
}

const mark = 0x726f7074; // "tpor"
const forms: readonly SourceForm[] = ["commonjs", "module", "script"];
/** Mark, length, check; the key; how it was parsed; the lengths of the two parts: where its functions were written, if it came with a map, and what is put in. */
const keyAt = 12;
const keyLength = 24;
const formAt = keyAt + keyLength;
const lengthsAt = formAt + 4;
const headAt = lengthsAt + 8;

/** Adds the entries from this place of a file on; gives its size, and where the last whole one ends. A shorter file is a new one. */
function readEntries(entries: Entries, path: string, known: number, isOld: boolean) {
  const { bytes, from, changedMs } = readFrom(path, known);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  let at = 0;
  while (at + headAt <= bytes.length && words[at >> 2] === mark) {
    const length = words[(at + 4) >> 2] ?? 0;
    if (length < headAt || length % 4 !== 0 || at + length > bytes.length) break;
    entries.set(bytes.toString("latin1", at + keyAt, at + keyAt + keyLength), { bytes, words, at, isOld });
    at += length;
  }
  return { size: from + bytes.length, end: from + at, changedMs };
}

/** Nothing where there is no such file. */
function readFrom(path: string, known: number) {
  let file = -1;
  try {
    const { size = 0, mtimeMs: changedMs = 0 } = statSync(path, { throwIfNoEntry: false }) ?? {};
    const from = size < known ? 0 : known;
    if (size === from) return { bytes: Buffer.alloc(0), from, changedMs };
    file = openSync(path, "r");
    // Memory of its own, where 32-bit numbers may lie.
    const bytes = Buffer.allocUnsafeSlow(size - from);
    return { bytes: bytes.subarray(0, readSync(file, bytes, 0, bytes.length, from)), from, changedMs };
  } catch {
    return { bytes: Buffer.alloc(0), from: 0, changedMs: 0 };
  } finally {
    if (file >= 0) closeSync(file);
  }
}

function decode({ bytes, words, at }: Entry): Made | null {
  try {
    const word = at >> 2;
    const length = words[word + 1] ?? 0;
    if (checkOf(words, word, length) !== words[word + 2]) return null;
    const headLength = words[(at + lengthsAt) >> 2] ?? 0;
    const start = at + headAt + headLength;
    const instrumentation = decodeInstrumentation(
      bytes.subarray(start, start + (words[(at + lengthsAt + 4) >> 2] ?? 0)),
    );
    if (instrumentation === null) return null;
    const form = forms[words[(at + formAt) >> 2] ?? -1];
    if (form === undefined) return null;
    const sources = headLength === 0 ? null : (JSON.parse(bytes.toString("utf8", at + headAt, start)) as Sources);
    return { form, sources, instrumentation };
  } catch {
    return null;
  }
}

function encode(key: string, { instrumentation, form, sources }: Made): Buffer {
  const instrumented = encodeInstrumentation(instrumentation);
  const json = sources === null ? "" : JSON.stringify(sources);
  const headLength = 4 * Math.ceil(Buffer.byteLength(json) / 4);
  const length = headAt + headLength + 4 * Math.ceil(instrumented.length / 4);
  const bytes = Buffer.alloc(length, " ");
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, length >> 2);
  words[0] = mark;
  words[1] = length;
  bytes.write(key.padEnd(keyLength), keyAt, "latin1");
  words[formAt >> 2] = forms.indexOf(form);
  words[lengthsAt >> 2] = headLength;
  words[(lengthsAt + 4) >> 2] = instrumented.length;
  bytes.write(json, headAt);
  bytes.set(instrumented, headAt + headLength);
  words[2] = checkOf(words, 0, length);
  return bytes;
}

/**
 * One word of 64 bytes: what goes wrong with a file is that pages of it were never written, or that two have written to the same
 * place, and looking at every word would take as long as hashing the text.
 */
function checkOf(words: Int32Array, word: number, length: number): number {
  return mix(words, word + 3, word + (length >> 2), 16).a;
}

/** The folder is made, and what nobody uses any more is removed. */
function prepare(path: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const oldest = Date.now() - oldestMs;
  for (const place of [dirname(folder), folder]) {
    for (const name of readdirSync(place)) {
      const each = join(place, name);
      if ((statSync(each, { throwIfNoEntry: false })?.mtimeMs ?? oldest) < oldest)
        rmSync(each, { recursive: true, force: true });
    }
  }
}
