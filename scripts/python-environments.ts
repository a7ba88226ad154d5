// Makes the virtual environments that tests and tools run in, each on first use, cached under .cache/python. What goes
// into them is data: python-requirements.json. An environment's directory carries a hash of its requirements, so that a
// changed list makes a new one, and is complete only when its `ready` file exists.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { lockedBy } from "./lock.ts";
import { runCommand } from "./command.ts";
import { compareVersions, pythons } from "./python-interpreters.ts";
import type { Python } from "./python-interpreters.ts";
import requirements from "./python-requirements.json" with { type: "json" };
import { root } from "./root.ts";

export type RequirementSet = keyof typeof requirements;

interface Requirements {
  for: string;
  /** First and last minor version, inclusive; null leaves the end open. */
  pythons: (string | null)[];
  newestOnly?: boolean;
  packages: string[];
  /** Installed where a wheel exists. */
  optional: string[];
  /** Source distributions that `sourceOf` may be asked for. */
  sources?: string[];
}

export interface Environment {
  interpreter: Python;
  directory: string;
  /** Absolute path of the environment's own `python`. */
  python: string;
  /** Directory of its console scripts: what activating puts in front of PATH. */
  bin: string;
  /** Optional requirements that have no wheel for this interpreter. */
  without: string[];
}

/** The environment cannot exist on this machine, which is a reason to skip and not to fail. */
export class EnvironmentUnavailable extends Error {}

const sets: Record<RequirementSet, Requirements> = requirements;
const cache = join(root, ".cache", "python");

export const requirementSets = Object.keys(requirements) as RequirementSet[];

/** The interpreters of this machine that a set is meant for, oldest first. */
export function pythonsOf(set: RequirementSet): Python[] {
  const [first, last] = sets[set].pythons;
  const fitting = pythons().filter(
    ({ minor }) => (!first || compareVersions(minor, first) >= 0) && (!last || compareVersions(minor, last) <= 0),
  );
  return sets[set].newestOnly ? fitting.slice(-1) : fitting;
}

/**
 * The virtual environment of one interpreter with one set of packages, made if it is not there. Safe to call from many
 * processes at once. Throws EnvironmentUnavailable where the interpreter cannot make environments, and an Error with
 * pip's output when an installation fails.
 */
export async function venvFor(interpreter: Python, set: RequirementSet): Promise<Environment> {
  const { packages, optional } = sets[set];
  const directory = join(cache, interpreter.version, `${set}-${hashOf([packages, optional, interpreter])}`);
  const windows = process.platform === "win32";
  const bin = join(directory, windows ? "Scripts" : "bin");
  const python = join(bin, windows ? "python.exe" : "python");
  const ready = join(directory, "ready");
  if (!existsSync(ready)) {
    await mkdir(join(cache, interpreter.version), { recursive: true });
    await lockedBy(`${directory}.lock`, async () => {
      if (existsSync(ready)) return;
      await rm(directory, { recursive: true, force: true });
      await makeVenv(interpreter, directory);
      await pip(python, ["install", ...packages]);
      const without = await installOptional(python, optional);
      await writeFile(ready, JSON.stringify(without));
    });
  }
  const without = JSON.parse(readFileSync(ready, "utf8")) as string[];
  return { interpreter, directory, python, bin, without };
}

/**
 * The unpacked source distribution of one pinned package, tests included: the directory that holds its
 * pyproject.toml.
 */
export async function sourceOf(name: string): Promise<string> {
  const pin = Object.values(sets)
    .flatMap((set) => set.sources ?? [])
    .find((candidate) => candidate.startsWith(`${name}==`));
  if (!pin) throw new Error(`No set in python-requirements.json has the source of ${name}.`);
  const directory = join(cache, "sources", pin.replace("==", "-"));
  const ready = join(directory, "ready");
  if (!existsSync(ready)) {
    const newest = pythons().at(-1);
    if (!newest) throw new EnvironmentUnavailable("There is no Python to download a source with.");
    const { python } = await venvFor(newest, "tools");
    await mkdir(join(cache, "sources"), { recursive: true });
    await lockedBy(`${directory}.lock`, async () => {
      if (existsSync(ready)) return;
      await rm(directory, { recursive: true, force: true });
      await pip(python, ["download", "--no-deps", "--no-binary", ":all:", "--dest", directory, pin]);
      const archive = (await readdir(directory)).find((file) => file.endsWith(".tar.gz"));
      if (!archive) throw new Error(`${pin} has no .tar.gz source distribution.`);
      await runCommand(python, ["-m", "tarfile", "-e", join(directory, archive), directory]);
      await writeFile(ready, archive.replace(/\.tar\.gz$/, ""));
    });
  }
  return join(directory, readFileSync(ready, "utf8"));
}

async function makeVenv(interpreter: Python, directory: string): Promise<void> {
  const made = await runCommand(interpreter.executable, ["-I", "-m", "venv", directory], {
    check: false,
  });
  if (made.code === 0) return;
  // Debian's python3 comes without ensurepip unless python3-venv is installed.
  if (/ensurepip|No module named '?venv/.test(made.output)) {
    throw new EnvironmentUnavailable(
      `Python ${interpreter.version} cannot make virtual environments here (no ensurepip).`,
    );
  }
  throw new Error(`Python ${interpreter.version} could not make ${directory}:\n${made.output}`);
}

async function installOptional(python: string, optional: string[]): Promise<string[]> {
  const without: string[] = [];
  for (const requirement of optional) {
    const args = ["install", "--only-binary", ":all:", requirement];
    const { code } = await pip(python, args, { check: false });
    if (code !== 0) without.push(requirement);
  }
  return without;
}

function pip(python: string, args: string[], options: { check?: boolean } = {}) {
  // Not --isolated: a machine's own index, proxy and certificates are configured for pip, and must hold.
  return runCommand(python, ["-m", "pip", "--no-input", "--disable-pip-version-check", "-q", ...args], options);
}

function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 8);
}
