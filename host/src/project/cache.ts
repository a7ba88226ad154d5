// Where this user's cache of Spoor is: what can be made again at any time, such as compiled cores. Agents look in the
// same place (their native.py), which a run's `config.json` names, since a program may have another home.
import { homedir } from "node:os";
import { join, resolve } from "node:path";

export function cacheDirectory(env: NodeJS.ProcessEnv): string {
  const home = env["HOME"] || homedir();
  const usual = process.platform === "darwin" ? join(home, "Library/Caches") : join(home, ".cache");
  return join(resolve(env["SPOOR_CACHE"] || env["XDG_CACHE_HOME"] || usual), "spoor");
}
