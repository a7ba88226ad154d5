// Instrumentations on disk, in the user's cache, by the content of what they were made from: a file that was met before costs no
// parsing. Those of a project stand in one file, one behind the other, which is read at once: a file for each would cost more to
// open than what is in it. An entry holds what is to be put in and where, and the names that it tells, never the text. Writers may
// come at once, die, or be of other versions: what cannot be read is made anew.
import { appendFileSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { decodeInstrumentation, encodeInstrumentation } from "../transform/codec.ts";
import type { Made } from "./instrumenter.ts";
import { hashText, mix } from "./text-hash.ts";

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
/** What nothing was added to for so long is removed when a project is met for the first time. */
const oldestMs = 60 * 86_400_000;

interface Pack {
  readonly bytes: Buffer;
  readonly words: Int32Array;
  /** Where the entries begin, by key. */
  readonly entries: ReadonlyMap<string, number>;
  /** Where the last whole entry ends. */
  readonly end: number;
}

const none: TransformCache = { read: () => null, write: () => undefined };

/** `cache` is the user's cache of Spoor, null where nobody looked for one; `project` is the project's root. */
export function openTransformCache(cache: string | null, project: string, most = mostBytes): TransformCache {
  if (cache === null) return none;
  const path = join(cache, "node", `transform-${version}`, `${hashText("project", project)}.pack`);
  const older = `${path}.old`;
  let packs: readonly [now: Pack, before: Pack] | null = null;
  // Those that this process has made: other paths may have the same text.
  const own = new Map<string, Made>();
  let size = 0;
  let isDamaged = false;

  const load = (): readonly [now: Pack, before: Pack] => {
    if (packs !== null) return packs;
    packs = [readPack(path), readPack(older)];
    const [{ bytes, end }] = packs;
    size = bytes.length;
    isDamaged = end < size;
    return packs;
  };
  const write = (key: string, made: Made): void => {
    own.set(key, made);
    try {
      load();
      if (size === 0) prepare(path);
      // Behind a damaged entry none can be found.
      if (isDamaged || size > most) makeOlder();
      const entry = encode(key, made);
      appendFileSync(path, entry, { mode: 0o600 });
      size += entry.length;
    } catch {
      // A full disk, a cache of somebody else's.
    }
  };
  const makeOlder = (): void => {
    size = 0;
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
      const [now, before] = load();
      const known = own.get(key) ?? find(now, key);
      if (known !== null) return known;
      const made = find(before, key);
      if (made !== null) write(key, made);
      return made;
    },
  };
}

const mark = 0x726f7073; // "spor"
/** Mark, length, check; the key; the lengths of the two parts. */
const keyAt = 12;
const keyLength = 24;
const lengthsAt = keyAt + keyLength;
const headAt = lengthsAt + 8;

function readPack(path: string): Pack {
  let bytes = Buffer.alloc(0);
  try {
    bytes = readFileSync(path);
  } catch {
    // The first time that the project is met.
  }
  // Large ones have memory of their own; small ones may lie anywhere in somebody else's.
  if (bytes.byteOffset % 4 !== 0) bytes = Buffer.from(new Uint8Array(bytes).buffer);
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  const entries = new Map<string, number>();
  let at = 0;
  while (at + headAt <= bytes.length && words[at >> 2] === mark) {
    const length = words[(at + 4) >> 2] ?? 0;
    if (length < headAt || length % 4 !== 0 || at + length > bytes.length) break;
    entries.set(bytes.toString("latin1", at + keyAt, at + keyAt + keyLength), at);
    at += length;
  }
  return { bytes, words, entries, end: at };
}

function find({ bytes, words, entries }: Pack, key: string): Made | null {
  const at = entries.get(key);
  if (at === undefined) return null;
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
    const head = JSON.parse(bytes.toString("utf8", at + headAt, start)) as Pick<Made, "form" | "sources">;
    return { ...head, instrumentation };
  } catch {
    return null;
  }
}

function encode(key: string, { instrumentation, form, sources }: Made): Buffer {
  const instrumented = encodeInstrumentation(instrumentation);
  const json = JSON.stringify({ form, sources });
  const headLength = 4 * Math.ceil(Buffer.byteLength(json) / 4);
  const length = headAt + headLength + 4 * Math.ceil(instrumented.length / 4);
  const bytes = Buffer.alloc(length, " ");
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, length >> 2);
  words[0] = mark;
  words[1] = length;
  bytes.write(key.padEnd(keyLength), keyAt, "latin1");
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
