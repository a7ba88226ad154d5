// Bundles the host into host/dist/, with the Node agent, and copies the Python agent beside it, so that the npm package carries
// all it needs but DuckDB's native binding. Bundled because DuckDB's client alone, unbundled, costs 100 ms of every
// start. `npm run build -- --native` adds the native core for the interpreters of this machine; `--into DIR` builds
// elsewhere.
import { cp, mkdir, rm } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { build } from "esbuild";
import { buildNativeCores } from "./build-native.ts";
import { buildNodeAgent } from "./build-node-agent.ts";
import { root } from "./root.ts";

const entry = join(root, "host/src/main.ts");
const { values: given } = parseArgs({
  options: { native: { type: "boolean", default: false }, into: { type: "string", default: join(root, "host/dist") } },
});
const dist = resolve(given.into);
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
  // What was compiled in the checkout is of this machine and of sources that may have changed since.
  filter: (path) => !/__pycache__|\.py[co]$|\.so(\.\w+)?$|_native\/(lib|prebuilt)$/.test(path),
});
if (given.native) await buildNativeCores(join(dist, "python/spoor"));
buildNodeAgent(join(dist, "node"));
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
console.log(`build: ${relative(root, dist)}/main.mjs, its chunks and source maps, ${(bytes / 1e6).toFixed(1)} MB`);
