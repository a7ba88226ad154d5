// Bundles the Node agent: the file that Node requires first; the agent itself, which that loads where a process is recorded; the
// transform, which only files need that are not in the cache; what runs in the thread of module hooks; and the package that a
// program may import.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildSync, type BuildOptions } from "esbuild";
import { root } from "./root.ts";

const source = join(root, "agents/node/src");

const common: BuildOptions = {
  bundle: true,
  platform: "node",
  target: "node20",
  conditions: ["spoor-source"],
  // Read by V8 at the start of every process; names stay, for errors that users may report.
  minifyWhitespace: true,
  minifySyntax: true,
  legalComments: "none",
  logLevel: "warning",
};

/** Into `directory`, which is made: `register.cjs`, `agent.cjs`, `transform.cjs`, `loader-thread.mjs`, `index.cjs` and `index.mjs`. */
export function buildNodeAgent(directory: string): void {
  const bundles = { agent: "loading/agent-bundle.ts", transform: "loading/transform-bundle.ts" };
  buildSync({
    ...common,
    define: {
      SPOOR_TRANSFORM: JSON.stringify(hashOf(join(source, "transform"))),
      structuredClone: "copiedNode",
    },
    inject: [join(source, "transform/copied-node.ts")],
    entryPoints: Object.entries(bundles).map(([out, path]) => ({ out, in: join(source, path) })),
    outdir: directory,
    outExtension: { ".js": ".cjs" },
    format: "cjs",
    // Functions as they stand, which V8 is given with the code that it made of them before (loading/bundles.ts).
    banner: { js: "(function(require,module,exports){" },
    footer: { js: "})" },
  });
  const contents = Object.keys(bundles).map((name) => [name, shortHash(readFileSync(join(directory, `${name}.cjs`)))]);
  buildSync({
    ...common,
    define: { SPOOR_BUNDLES: JSON.stringify(Object.fromEntries(contents)) },
    entryPoints: { register: join(source, "loading/register.ts"), index: join(source, "index.ts") },
    outdir: directory,
    outExtension: { ".js": ".cjs" },
    format: "cjs",
  });
  buildSync({
    ...common,
    entryPoints: { "loader-thread": join(source, "loading/loader-thread.ts") },
    outdir: directory,
    outExtension: { ".js": ".mjs" },
    format: "esm",
  });
  writePackage(directory);
}

/** The package as a program sees it. */
function writePackage(directory: string): void {
  const names = ["SpoorError", "recording", "start", "stop", "trace"];
  writeFileSync(
    join(directory, "index.mjs"),
    `import agent from "./index.cjs";\nexport const { ${names.join(", ")} } = agent;\n`,
  );
  const { version } = JSON.parse(readFileSync(join(source, "../package.json"), "utf8")) as { version: string };
  const exports = { ".": { import: "./index.mjs", require: "./index.cjs" } };
  writeFileSync(
    join(directory, "package.json"),
    `${JSON.stringify({ name: "@spoor/agent", version, license: "MIT", exports }, null, 2)}\n`,
  );
}

/** The cache of instrumentations is keyed by it. */
function hashOf(folder: string): string {
  return shortHash(...readdirSync(folder).sort().map((name) => readFileSync(join(folder, name)))); // prettier-ignore
}

function shortHash(...parts: readonly Buffer[]): string {
  const hash = createHash("sha1");
  for (const part of parts) hash.update(part);
  return hash.digest("hex").slice(0, 12);
}
