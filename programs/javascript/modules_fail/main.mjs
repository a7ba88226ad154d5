// Modules whose own code fails: one that throws, one in which something native does, a CommonJS module, one that ends the program.
import { createRequire } from "node:module";

async function tries(load) {
  try {
    return await load();
  } catch (error) {
    return error.message; // probe: tries
  }
}

function requires(name) {
  try {
    return createRequire(import.meta.url)(name);
  } catch (error) {
    return error.message; // probe: requires
  }
}

console.log(await tries(() => import("./throws.mjs")));
console.log(await tries(() => import("./native.mjs")));
console.log(requires("./common.cjs"));
await import("./fatal.mjs");
