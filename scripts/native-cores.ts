// The native cores that the tests use: compiled into .cache, as `spoor run` compiles them into a user's cache.
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { pythons, type Python } from "./python-interpreters.ts";
import { root } from "./root.ts";
import { nothing, type Outcome } from "./stages.ts";

export type Core = "native" | "python";

/** What the agent takes for the user's cache while the tests run (vitest.config.ts sets SPOOR_CACHE to its parent). */
export const cache = join(root, ".cache/spoor");

const found = new Map<string, Promise<string | null>>();

/** Null once there is a native core for this interpreter, else why there is none. */
export function nativeCore(python: Python): Promise<string | null> {
  const known = found.get(python.executable) ?? compile(python);
  found.set(python.executable, known);
  return known;
}

/** Every core that can record on this interpreter. A suite that runs once per core goes through these. */
export async function coresOf(python: Python): Promise<Core[]> {
  return (await nativeCore(python)) === null ? ["native", "python"] : ["python"];
}

/** Versions whose pure engine is that of the one before and of the one after them. */
const between = ["3.9", "3.10"];

/** The same for what takes minutes: by default not the pure core where it is that of its neighbours; SPOOR_TEST_CORES=all. */
export async function coresTestedOf(python: Python): Promise<Core[]> {
  const cores = await coresOf(python);
  return process.env["SPOOR_TEST_CORES"] === "all" || !between.includes(python.minor) ? cores : cores.slice(0, 1);
}

/** The stage of `npm test`: a core that does not compile where one should is a failure. */
export async function compileNativeCores(): Promise<Outcome> {
  let failed = 0;
  for (const python of pythons()) {
    const why = await nativeCore(python);
    console.log(
      `Python ${python.version}: ${why === null ? "native and pure Python core" : `pure Python core, ${why}`}`,
    );
    if (why !== null && !why.startsWith("the native core is for")) failed++;
  }
  return { ...nothing, failed };
}

async function compile(python: Python): Promise<string | null> {
  const script = join(root, "agents/python/src/spoor/native_cache.py");
  const { code, output } = await runCommand(python.executable, ["-I", "-S", script, cache, "again"], { check: false });
  if (code !== 0) return output.trim();
  const told = JSON.parse(output.trimEnd().split("\n").at(-1) ?? "") as { core: Core; reason: string };
  return told.core === "native" ? null : told.reason;
}
