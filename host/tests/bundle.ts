// The host as one bundle, made anew when a source has changed: tests that start many processes would otherwise wait for
// the sources to be compiled in each.
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { buildNodeAgent } from "../../scripts/build-node-agent.ts";

const root = join(dirname(fileURLToPath(import.meta.url)), "../..");
const cache = join(root, ".cache/test-host");
const sources = ["host/src", "protocol/src", "agents/node/src"].map((path) => join(root, path));

/** Absolute path of the file of the Node agent that Node requires first. */
export function testNodeAgent(): string {
  return join(dirname(testBundle()), "node/register.cjs");
}

/** Absolute path of main.mjs; several test files may ask at once. */
export function testBundle(): string {
  const key = String(newestMs());
  const finished = join(cache, key);
  if (!existsSync(finished)) {
    mkdirSync(cache, { recursive: true });
    const made = mkdtempSync(join(cache, "new-"));
    make(made);
    try {
      renameSync(made, finished);
    } catch {
      // Somebody else was quicker.
      rmSync(made, { recursive: true, force: true });
    }
    for (const old of readdirSync(cache)) {
      const isOld = statSync(join(cache, old)).mtimeMs < Date.now() - 3_600_000;
      if (old !== key && isOld) rmSync(join(cache, old), { recursive: true, force: true });
    }
  }
  return join(finished, "dist/main.mjs");
}

function make(directory: string): void {
  buildSync({
    entryPoints: [join(root, "host/src/main.ts")],
    outdir: join(directory, "dist"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["spoor-source"],
    external: ["@duckdb/node-bindings", "@duckdb/node-bindings-*"],
    banner: {
      js: 'import { createRequire as spoorCreateRequire } from "node:module"; const require = spoorCreateRequire(import.meta.url);',
    },
    logLevel: "error",
  });
  copyFileSync(join(root, "host/package.json"), join(directory, "package.json"));
  buildNodeAgent(join(directory, "dist/node"));
  mkdirSync(join(directory, "dist/python"));
  symlinkSync(join(root, "agents/python/src/spoor"), join(directory, "dist/python/spoor"));
}

function newestMs(): number {
  let newest = 0;
  for (const source of sources) {
    for (const name of readdirSync(source, { recursive: true, encoding: "utf8" })) {
      newest = Math.max(newest, statSync(join(source, name)).mtimeMs);
    }
  }
  return newest;
}
