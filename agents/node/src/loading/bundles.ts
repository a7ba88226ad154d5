// Bundles of ours, with the code that V8 made of them in an earlier process: compiling the agent takes 5 ms of every start, and
// taking its code from the user's cache a tenth of that. V8 tells by itself whether code is of another V8 or for other flags; it
// does not tell damage, which would end the process. Code is whole when it was kept by a process that had recorded calls: V8 compiles a function
// when it is called first, so that what one has made which only started lacks the greater part, and is replaced.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as startTimer } from "node:timers";
import vm from "node:vm";
import { mix, type Mixed } from "./mix.ts";

export interface Bundles {
  /** What the bundle exports. It is run anew each time. */
  load(name: BundleName): unknown;
  /** Who says whether most of what a recording needs has run by now. */
  watch(hasRun: () => boolean): void;
  /** Keeps the code of what was loaded and was not in the cache, or not wholly. Never throws. */
  keep(): void;
}

export type BundleName = "agent" | "transform";

/** By the content of each bundle, put in by the build. */
declare const SPOOR_BUNDLES: Readonly<Record<BundleName, string>> | undefined;

type Wrapper = (require: unknown, module: { exports: unknown }, exports: unknown) => void;

/** Many processes live no longer. While the code is not whole, each next try comes after twice the time, and this is the last. */
const keptAfterMs = 50;
const lastAfterMs = 3200;
/** Processes with other flags of V8's need code of their own; nobody has so many in use. */
const mostFiles = 24;

/** `cache` is the user's cache of Spoor, null where nobody looked for one. */
export function openBundles(folder: string, require: unknown, cache: string | null): Bundles {
  let pending: Loaded[] = [];
  let waited = 0;
  let hasRun = (): boolean => false;

  function load(name: BundleName): unknown {
    const filename = join(folder, `${name}.cjs`);
    const text = readFileSync(filename, "utf8");
    const path =
      cache === null || typeof SPOOR_BUNDLES === "undefined" ? null : pathOf(cache, `${name}-${SPOOR_BUNDLES[name]}`);
    const known = path === null ? undefined : readCode(path);
    const script = new vm.Script(text, known === undefined ? { filename } : { filename, cachedData: known.code });
    const isKept = known !== undefined && script.cachedDataRejected !== true;
    if (path !== null && !(isKept && known.isWhole)) {
      pending.push({ script, path, isKept });
      if (waited === 0) wait(keptAfterMs);
    }
    const module = { exports: {} };
    (script.runInThisContext() as Wrapper)(require, module, module.exports);
    return module.exports;
  }

  function wait(ms: number): void {
    waited = ms;
    const next = (): void => {
      keep();
      if (pending.length > 0 && waited < lastAfterMs) wait(2 * waited);
    };
    startTimer(next, ms).unref();
  }

  function keep(): void {
    const isWhole = hasRun();
    const due = pending.filter(({ isKept }) => isWhole || !isKept);
    pending = isWhole ? [] : pending;
    for (const each of due) {
      each.isKept = true;
      try {
        writeCode(each.path, each.script.createCachedData(), isWhole);
      } catch {
        // A full disk, a cache of somebody else's.
      }
    }
  }

  return { load, keep, watch: (asked) => void (hasRun = asked) };
}

interface Loaded {
  readonly script: vm.Script;
  readonly path: string;
  isKept: boolean;
}

interface Code {
  readonly code: Buffer;
  readonly isWhole: boolean;
}

function pathOf(cache: string, bundle: string): string {
  return join(cache, "node", `code-${process.versions.v8}-${process.arch}`, `${bundle}-${flagsHash()}`);
}

/** V8 takes its flags from there; those of Node alone, and numbers in them, only make for more files. */
function flagsHash(): string {
  const words = [...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(" ")];
  let hash = 0;
  for (const word of words) {
    if (!word.startsWith("-") || notOfV8.test(word)) continue;
    for (let at = 0; at < word.length; at++) hash = (Math.imul(hash, 31) + word.charCodeAt(at)) | 0;
  }
  return (hash >>> 0).toString(36);
}

const notOfV8 = /^--(?:require|import|loader|experimental-loader|inspect|conditions|env-file|title|test|watch)/;

/** Mark, which tells whether it is whole, length of the code, two words that tell damage. */
const headBytes = 16;
const startMark = 0x63707073; // "sppc"
const wholeMark = 0x77707073; // "sppw"

/**
 * One word of 256 bytes: a file comes into its place whole, and what a disk loses then are pages of it. To look at every word takes
 * as long as half of what is saved.
 */
function sumOf(words: Int32Array): Mixed {
  return mix(words, headBytes / 4, words.length, 64);
}

function readCode(path: string): Code | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return undefined;
  }
  if (bytes.length < headBytes || bytes.length % 4 !== 0 || bytes.byteOffset % 4 !== 0) return undefined;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  const length = words[1] ?? 0;
  const isWhole = words[0] === wholeMark;
  if (!isWhole && words[0] !== startMark) return undefined;
  if (length <= 0 || Math.ceil(length / 4) !== words.length - headBytes / 4) return undefined;
  const { a, b } = sumOf(words);
  return a === words[2] && b === words[3]
    ? { code: bytes.subarray(headBytes, headBytes + length), isWhole }
    : undefined;
}

function writeCode(path: string, code: Buffer, isWhole: boolean): void {
  const bytes = Buffer.alloc(headBytes + 4 * Math.ceil(code.length / 4));
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
  bytes.set(code, headBytes);
  const { a, b } = sumOf(words);
  words.set([isWhole ? wholeMark : startMark, code.length, a, b]);
  const folder = join(path, "..");
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const others = readdirSync(folder);
  if (others.length >= mostFiles) for (const other of others) rmSync(join(folder, other), { force: true });
  const own = `${path}.${process.pid}`;
  writeFileSync(own, bytes, { mode: 0o600, flag: "wx" });
  renameSync(own, path);
}
