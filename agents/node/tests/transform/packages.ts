// Instruments every script of the packages in a folder and has V8 compile what came out, as a CommonJS module or a module:
//
//     npx tsx -C spoor-source agents/node/tests/transform/packages.ts [FOLDER…]      (default: the repository's node_modules)
//
// Prints what does not compile although the original does, what was refused, how much the text grew, and the time that
// it took for a megabyte: the transform, and what a file from the cache costs.
import { readFileSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { Script, SourceTextModule, compileFunction } from "node:vm";
import { decodeInstrumentation, encodeInstrumentation } from "../../src/transform/codec.ts";
import { instrument } from "../../src/transform/instrument.ts";
import type { SourceForm } from "../../src/transform/parse.ts";
import { splice } from "../../src/transform/splice.ts";

export interface Totals {
  files: number;
  bytes: number;
  grown: number;
  functions: number;
  sites: number;
  cachedBytes: number;
  transformMs: number;
  cachedMs: number;
  /** Bodies that could not be put into `try`. */
  unwrapped: number;
  readonly broken: string[];
  readonly refused: string[];
}

// Only there with --experimental-vm-modules.
const Module = SourceTextModule as undefined | (new (text: string) => object);

/** What V8 says against it, null if it compiles it. */
export function complaint(text: string, as: SourceForm): string | null {
  try {
    const compiled =
      as === "commonjs"
        ? compileFunction(text, ["exports", "require", "module", "__filename", "__dirname"])
        : as === "script"
          ? new Script(text)
          : Module && new Module(text);
    return compiled ? null : "no modules here";
  } catch (error) {
    return String(error);
  }
}

export function checkFile(path: string, totals: Totals): void {
  const source = readFileSync(path, "utf8");
  const forms: SourceForm[] = path.endsWith(".mjs")
    ? ["module"]
    : path.endsWith(".cjs")
      ? ["commonjs"]
      : ["commonjs", "module"];
  const as = forms.find((form) => complaint(source, form) === null);
  if (!as) return;
  const start = process.hrtime.bigint();
  const made = instrument(source, { as });
  const end = process.hrtime.bigint();
  if ("refused" in made) {
    totals.refused.push(`${path}: ${made.message}`);
    return;
  }
  const bytes = encodeInstrumentation(made);
  const cached = process.hrtime.bigint();
  const decoded = decodeInstrumentation(bytes);
  const text = decoded ? splice(source, decoded, { functions: 1000, sites: 2000 }) : "";
  const done = process.hrtime.bigint();
  const problem = complaint(text, as);
  if (problem !== null) totals.broken.push(`${path}: ${problem}`);
  totals.files++;
  totals.bytes += source.length;
  totals.grown += text.length;
  totals.functions += made.functions.length;
  totals.sites += made.sites.length;
  totals.cachedBytes += bytes.length;
  totals.transformMs += Number(end - start) / 1e6;
  totals.cachedMs += Number(done - cached) / 1e6;
  const { head, tail, texts } = made.inserts;
  const isBareEntry = (_: number, insert: number): boolean =>
    /const \S+=\S+\.e/.test(texts[head[insert] ?? 0] ?? "") && !/try\{/.test(texts[tail[insert] ?? 0] ?? "");
  totals.unwrapped += head.filter(isBareEntry).length - (as === "module" ? 1 : 0);
}

export function newTotals(): Totals {
  const times = { transformMs: 0, cachedMs: 0, unwrapped: 0 };
  return { files: 0, bytes: 0, grown: 0, functions: 0, sites: 0, cachedBytes: 0, ...times, broken: [], refused: [] };
}

export function scriptsIn(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.[cm]?js$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folders = process.argv.slice(2);
  if (folders.length === 0) folders.push(resolve(import.meta.dirname, "../../../../node_modules"));
  const totals = newTotals();
  for (const folder of folders) for (const path of scriptsIn(folder)) checkFile(path, totals);
  for (const line of [...totals.refused.map((one) => `refused ${one}`), ...totals.broken.map((one) => `BROKEN ${one}`)])
    console.log(line);
  const mega = totals.bytes / 1e6;
  console.log(
    `${totals.files} files, ${mega.toFixed(1)} MB, ${totals.functions} functions (${totals.unwrapped} not in try), ` +
      `${totals.sites} sites; grown x${(totals.grown / totals.bytes).toFixed(2)}; ` +
      `${(totals.transformMs / mega).toFixed(0)} ms/MB, from the cache ${(totals.cachedMs / mega).toFixed(1)} ms/MB ` +
      `(${(totals.cachedBytes / totals.bytes).toFixed(2)} bytes a character)`,
  );
}
