// Bundles the host into host/dist/, and copies the Python agent beside it, so that the npm package carries
// all it needs but DuckDB's native binding. Bundled because DuckDB's client alone, unbundled, costs 100 ms of every
// start.
import { cp, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "./root.ts";

const entry = join(root, "host/src/main.ts");
const dist = join(root, "host/dist");
const pythonAgent = join(root, "agents/python/src/spoor");

// Bundled CommonJS packages call `require` for Node's own modules, which an ES module does not have.
const banner = [
  'import { createRequire as spoorCreateRequire } from "node:module";',
  "const require = spoorCreateRequire(import.meta.url);",
].join("\n");

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });
await cp(pythonAgent, join(dist, "python/spoor"), {
  recursive: true,
  filter: (path) => !/__pycache__|\.py[co]$|\.so$/.test(path),
});
const result = await build({
  entryPoints: [entry],
  outdir: dist,
  outExtension: { ".js": ".mjs" },
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  // What is imported dynamically stays in files of its own: `spoor --version` need not read DuckDB's client.
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  conditions: ["spoor-source"],
  // Native code cannot be bundled; the package depends on it and Node finds it at run time.
  external: ["@duckdb/node-bindings", "@duckdb/node-bindings-*"],
  banner: { js: banner },
  sourcemap: true,
  minify: false,
  metafile: true,
  logLevel: "warning",
});
const bytes = Object.values(result.metafile.outputs).reduce((sum, output) => sum + output.bytes, 0);
console.log(`build: host/dist/main.mjs, its chunks and source maps, ${(bytes / 1e6).toFixed(1)} MB`);
