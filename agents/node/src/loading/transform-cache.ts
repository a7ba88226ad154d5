// Instrumentations on disk, in the user's cache, by the content of what they were made from: a file that was met before costs no
// parsing. A file holds what is to be put in and where, and the names that it tells, never the text. Writers may come at once, die,
// or be of other versions: what cannot be read is made anew.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decodeInstrumentation, encodeInstrumentation } from "../transform/codec.ts";
import type { Made } from "./instrumenter.ts";

export interface TransformCache {
  /** Null if it is not there, or not whole. */
  read(key: string): Made | null;
  /** Never throws: a cache that cannot be written is as good as none. */
  write(key: string, made: Made): void;
}

/** What the transform was built from, put in by the build: another one may make something else of the same text. */
declare const SPOOR_TRANSFORM: string | undefined;
const version = typeof SPOOR_TRANSFORM === "string" ? SPOOR_TRANSFORM : "source";

/** Files of one folder, of which there are 64; the oldest go when there are more. */
const mostFiles = 256;
const folderDigits = 63;

/** `cache` is the user's cache of Spoor; null where nobody looked for one. */
export function openTransformCache(cache: string | null): TransformCache {
  if (cache === null) return { read: () => null, write: () => undefined };
  const home = join(cache, "node", `transform-${version}`);
  const place = (key: string): { folder: string; file: string } => {
    const folder = join(home, (Number.parseInt(key.slice(0, 2), 16) & folderDigits).toString(16).padStart(2, "0"));
    return { folder, file: join(folder, key) };
  };
  return {
    read(key) {
      try {
        return decode(readFileSync(place(key).file));
      } catch {
        return null;
      }
    },
    write(key, made) {
      const { folder, file } = place(key);
      try {
        const bytes = encode(made);
        const own = `${file}.${process.pid}`;
        try {
          writeFileSync(own, bytes, { mode: 0o600, flag: "wx" });
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
          mkdirSync(folder, { recursive: true, mode: 0o700 });
          writeFileSync(own, bytes, { mode: 0o600, flag: "wx" });
        }
        renameSync(own, file);
        if (Number.parseInt(key.slice(-2), 16) % 32 === 0) prune(folder);
      } catch {
        // A full disk, a cache of somebody else's.
      }
    },
  };
}

/** Length of the first part, the first part as JSON, then the instrumentation. */
function encode({ instrumentation, form, sources }: Made): Uint8Array {
  const bytes = encodeInstrumentation(instrumentation);
  let head = JSON.stringify({ form, sources });
  // What follows begins where 32-bit numbers may.
  head += " ".repeat((4 - ((Buffer.byteLength(head) + 4) % 4)) % 4);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(head));
  return Buffer.concat([length, Buffer.from(head), bytes, Buffer.from("end\n")]);
}

function decode(file: Buffer): Made | null {
  if (file.length < 8 || file.toString("latin1", file.length - 4) !== "end\n") return null;
  const start = 4 + file.readUInt32LE(0);
  const instrumentation = decodeInstrumentation(file.subarray(start, file.length - 4));
  if (instrumentation === null) return null;
  return { ...(JSON.parse(file.toString("utf8", 4, start)) as Pick<Made, "form" | "sources">), instrumentation };
}

function prune(folder: string): void {
  const files = readdirSync(folder).map((name) => {
    const path = join(folder, name);
    return { path, usedMs: statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0 };
  });
  files.sort((one, other) => other.usedMs - one.usedMs);
  for (const { path } of files.slice(mostFiles)) rmSync(path, { force: true });
}

/**
 * 128 bits of two texts. No cryptography: its module alone takes 3 ms to load, and whoever can write to the cache can write to
 * the program as well.
 */
export function hashText(about: string, text: string): string {
  let [a, b, c, d] = [0x9e3779b9 | 0, 0x85ebca6b | 0, 0xdeadbeef | 0, 0x41c6ce57 | 0];
  for (const part of [about, text]) {
    for (let at = 0; at < part.length; at++) {
      const unit = part.charCodeAt(at);
      a = Math.imul(a ^ unit, 2654435761);
      b = Math.imul(b ^ unit, 1597334677);
      c = Math.imul(c ^ unit, 2246822519);
      d = Math.imul(d ^ unit, 3266489917);
    }
    a ^= part.length;
    c ^= part.length;
  }
  return mixed(a, b) + mixed(b, c) + mixed(c, d) + mixed(d, a);
}

function mixed(one: number, other: number): string {
  const all = Math.imul(one ^ (one >>> 16), 2246822507) ^ Math.imul(other ^ (other >>> 13), 3266489909);
  return ((all ^ (all >>> 16)) >>> 0).toString(16).padStart(8, "0");
}
