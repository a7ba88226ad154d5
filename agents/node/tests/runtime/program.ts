// Programs in processes of their own, with a runtime from its bundle: for what breaks or ends a process.
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { spoolLines } from "./recording.ts";

export interface Programs extends Disposable {
  /** `h` are the hooks, `f` is the number of a function with the argument `v`. */
  run(program: string, options?: RunOptions): Ran;
}

interface RunOptions {
  readonly settings?: object;
  /** What a shell does before. */
  readonly shell?: string;
  /** Of Node. */
  readonly flags?: readonly string[];
}

export interface Ran {
  readonly child: SpawnSyncReturns<string>;
  readonly lines: string[];
  /** How many records there are of this kind. */
  count(kind: string): number;
}

export function programs(): Programs {
  const directory = mkdtempSync(join(tmpdir(), "spoor-programs-"));
  const bundle = join(directory, "runtime.cjs");
  buildSync({
    entryPoints: [join(import.meta.dirname, "../../src/runtime/runtime.ts")],
    bundle: true,
    platform: "node",
    format: "cjs",
    conditions: ["spoor-source"],
    outfile: bundle,
  });
  const definition = `{ name: "f", kind: "function", line: 1, column: 0, parameters: ["v"], captures: ["v"], locals: [] }`;

  function run(program: string, { settings = {}, shell = "", flags = [] }: RunOptions = {}): Ran {
    const folder = mkdtempSync(join(directory, "run-"));
    mkdirSync(join(folder, "spool"));
    writeFileSync(join(folder, "config.json"), JSON.stringify({ format: 1, clock_ns: "0", hot: 1e9, ...settings }));
    const start = `
      const runtime = require(${JSON.stringify(bundle)}).createRuntime({ directory: ${JSON.stringify(folder)} });
      const h = runtime.hooks;
      const f = runtime.define({ file: "/p/a.js", module: "a", functions: [${definition}], sites: [] }).functions;`;
    const path = join(folder, "program.cjs");
    writeFileSync(path, `${start}\n${program}`);
    const words = [process.execPath, ...flags, path];
    const child = shell
      ? spawnSync("/bin/sh", ["-c", `${shell}; exec "$@"`, "sh", ...words], { encoding: "utf8" })
      : spawnSync(words[0] ?? "", words.slice(1), { encoding: "utf8" });
    const lines = spoolLines(folder);
    return { child, lines, count: (kind) => lines.filter((line) => line.startsWith(`${kind}\t`)).length };
  }

  return { run, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}
