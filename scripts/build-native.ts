// Puts libraries of the native core, compiled here, into a copy of the Python agent that is to be packed: one for every
// interpreter of this machine that can have one. Who installs the package on such a platform needs no compiler then.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { pythons } from "./python-interpreters.ts";

/** As old as the systems are on which Python's own wheels (manylinux2014) still run. */
const oldestGlibc = [2, 17] as const;

const question = `
import sys
sys.path[:0] = [sys.argv[1]]
from spoor import native
print(native.unsupported() or "")
print(native.platform())`;

/** `agent` is the package `spoor` itself. Throws where a core does not compile. */
export async function buildNativeCores(agent: string): Promise<void> {
  for (const { version, executable } of pythons()) {
    const asked = await runCommand(executable, ["-I", "-c", question, join(agent, "..")]);
    const [unsupported = "", platform = ""] = asked.output.split("\n");
    if (unsupported !== "") {
      console.log(`build: no native core for Python ${version}: ${unsupported}`);
      continue;
    }
    const folder = join(agent, "_native/prebuilt", platform);
    const built = await runCommand(executable, ["-I", "-S", join(agent, "_native/build.py"), folder]);
    const library = built.output.trimEnd().split("\n").at(-1) ?? "";
    if (!existsSync(`${library}.built`)) throw new Error(`Python ${version} did not build its core:\n${built.output}`);
    console.log(`build: native core for Python ${version}, ${platform}${sayGlibc(library)}`);
  }
}

/** The newest glibc whose symbols the library names; what is older can load it, and elsewhere loading fails in order. */
export function neededGlibc(library: string): readonly [number, number] | null {
  const text = readFileSync(library, "latin1");
  const versions = [...text.matchAll(/GLIBC_(\d+)\.(\d+)/g)].map(([, major, minor]) => [+(major ?? 0), +(minor ?? 0)]);
  versions.sort(([a = 0, b = 0], [c = 0, d = 0]) => a - c || b - d);
  const [major, minor] = versions.at(-1) ?? [];
  return major === undefined || minor === undefined ? null : [major, minor];
}

function sayGlibc(library: string): string {
  const needed = neededGlibc(library);
  if (needed === null) return "";
  const [major, minor] = needed;
  const isOld = major === oldestGlibc[0] && minor <= oldestGlibc[1];
  return `, for glibc ${major}.${minor} and newer${isOld ? "" : " (older systems will compile their own)"}`;
}
