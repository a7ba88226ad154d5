// ES modules: a cycle whose functions are called before their module has run, a CommonJS module, JSON, a dynamic import,
// top-level await.
import { early } from "./cycle.mjs";
import common, { named } from "./common.cjs";
import { createRequire } from "node:module";

export function late() {
  return "late";
}

console.log(early(), common.whole(1), named(2), createRequire(import.meta.url)("./data.json").value);
const { dynamic } = await import("./dynamic.mjs?query=1");
console.log(await dynamic(), import.meta.url.endsWith("main.mjs"));
