// Has the native core compiled for the interpreters that are measured, before anything is, in a cache of the bench's own.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { findPythonAgent } from "spoor/recording/injection";
import { root } from "../scripts/root.ts";

/** What `SPOOR_CACHE` is while the bench runs. */
export const cacheBase = join(root, ".cache", "bench");

const ensured = new Map<string, string | null>();

/** Why the native core cannot record this interpreter, or null once it can. */
export function withoutNative(python: string): string | null {
  const known = ensured.get(python);
  if (known !== undefined) return known;
  const found = ensure(python);
  ensured.set(python, found);
  return found;
}

function ensure(python: string): string | null {
  try {
    const command = ["-I", join(findPythonAgent(), "native_cache.py"), join(cacheBase, "spoor")];
    const told = execFileSync(python, command, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
    const { core, reason } = JSON.parse(told) as { core: string; reason: string };
    return core === "native" ? null : reason;
  } catch (error) {
    return (error as Error).message.trim().split("\n").at(-1) ?? "native_cache.py failed";
  }
}
