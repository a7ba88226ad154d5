// Finds the CPythons of this machine, one per minor version, for everything that must hold on each of them.
// Every candidate is asked what it really is: file names lie (shims, virtual environments, `python3`).
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";

export interface Python {
  /** The full version, such as `3.12.1`. */
  version: string;
  /** The language version, such as `3.12`. */
  minor: string;
  /** Absolute path of the interpreter itself, never of a shim or a virtual environment. */
  executable: string;
}

/** What Spoor promises to record. Newer interpreters are tested too where the machine has them. */
export const promisedMinors = ["3.8", "3.9", "3.10", "3.11", "3.12", "3.13", "3.14", "3.15"];

const question = `
import json, platform, sys
print(json.dumps({
    "version": "%d.%d.%d" % sys.version_info[:3],
    "minor": "%d.%d" % sys.version_info[:2],
    "executable": getattr(sys, "_base_executable", None) or sys.executable,
    "recordable": platform.python_implementation() == "CPython" and sys.version_info >= (3, 8)
        and sys.version_info.releaselevel == "final" and "t" not in getattr(sys, "abiflags", ""),
}))`;

let found: Python[] | undefined;

/**
 * Every CPython from 3.8 on, oldest first; of one minor version the newest patch. Pre-releases and free-threaded builds
 * are passed over. SPOOR_TEST_PYTHONS (such as `3.8,3.12`) narrows the list while working on something.
 */
export function pythons(): Python[] {
  found ??= findPythons();
  const only = process.env["SPOOR_TEST_PYTHONS"]?.split(",").map((minor) => minor.trim());
  return only ? found.filter((python) => only.includes(python.minor)) : found;
}

/** Promised minor versions that this machine does not have; tests say that they skip these. */
export function missingMinors(): string[] {
  const present = new Set(pythons().map((python) => python.minor));
  return promisedMinors.filter((minor) => !present.has(minor));
}

/** Orders dotted versions by number: 3.9 before 3.10. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a.split(".").map(Number), b.split(".").map(Number)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

function findPythons(): Python[] {
  const byMinor = new Map<string, Python>();
  for (const candidate of candidates()) {
    const python = ask(candidate);
    if (!python) continue;
    const known = byMinor.get(python.minor);
    if (!known || compareVersions(known.version, python.version) < 0) byMinor.set(python.minor, python);
  }
  return [...byMinor.values()].sort((a, b) => compareVersions(a.version, b.version));
}

function candidates(): string[] {
  const pyenv = join(process.env["PYENV_ROOT"] ?? join(homedir(), ".pyenv"), "versions");
  const paths = namesIn(pyenv).map((version) => join(pyenv, version, "bin", "python"));
  for (const directory of new Set((process.env["PATH"] ?? "").split(delimiter))) {
    for (const name of namesIn(directory)) {
      if (/^python3(\.\d+)?(\.exe)?$/.test(name)) paths.push(join(directory, name));
    }
  }
  return paths.filter((path) => existsSync(path));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return []; // Not there or not ours to read; PATH may name anything.
  }
}

function ask(executable: string): Python | undefined {
  try {
    const answer = execFileSync(executable, ["-I", "-c", question], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 20_000,
    });
    const { recordable, ...python } = JSON.parse(answer) as Python & { recordable: boolean };
    return recordable ? python : undefined;
  } catch {
    return undefined; // A pyenv shim of a version that is not selected, or Python 2.
  }
}
