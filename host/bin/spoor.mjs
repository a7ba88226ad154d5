#!/usr/bin/env node
// Starts Spoor. An installed package has only the bundle, dist/main.mjs. A source checkout also has src/: there the
// bundle is used while it is newer than every source it was made from (it starts several times faster), and otherwise
// the sources run directly, so that an edit is never answered by old code.
import { existsSync, readdirSync, statSync } from "node:fs";
import { register } from "node:module";
import { fileURLToPath } from "node:url";

const bundle = new URL("../dist/main.mjs", import.meta.url);
const source = new URL("../src/main.ts", import.meta.url);
const madeFrom = ["../src/", "../../protocol/src/", "../../agents/python/src/"];

if (!existsSync(source)) {
  await import(bundle.href);
} else if (existsSync(bundle) && statSync(bundle).mtimeMs >= newestMs()) {
  await import(bundle.href);
} else {
  register("./source-condition.mjs", import.meta.url);
  const tsx = await import("tsx/esm/api");
  tsx.register();
  await import(source.href);
}

function newestMs() {
  let newest = 0;
  for (const directory of madeFrom) {
    const root = fileURLToPath(new URL(directory, import.meta.url));
    if (!existsSync(root)) continue;
    for (const name of readdirSync(root, { recursive: true })) {
      if (!/\.(ts|py|c|h)$/.test(name)) continue;
      newest = Math.max(newest, statSync(`${root}/${name}`).mtimeMs);
    }
  }
  return newest;
}
