// The Nodes that everything must hold on: the one that runs this, and newer ones from the registry's `node` package, kept in
// .cache/node/<major>/. What could not be installed is told, and its tests are skipped.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { root } from "./root.ts";
import { nothing, type Outcome } from "./stages.ts";

export interface Node {
  /** The full version, such as `22.23.3`. */
  readonly version: string;
  /** Such as `22`. */
  readonly major: string;
  readonly executable: string;
}

/** Besides the one that runs this. */
export const wantedMajors = ["22", "24", "26"];

/** Oldest first. SPOOR_TEST_NODES (such as `20,24`) narrows the list while working on something. */
export function nodes(): Node[] {
  const installed = wantedMajors.map(executableOf).filter((path) => existsSync(path));
  const found = new Map<string, Node>();
  for (const executable of [...installed, process.execPath]) {
    const version = execFileSync(executable, ["-p", "process.versions.node"], { encoding: "utf8", env: {} }).trim();
    const major = version.split(".")[0] ?? version;
    found.set(major, { version, major, executable });
  }
  const only = process.env["SPOOR_TEST_NODES"]?.split(",");
  return [...found.values()]
    .filter(({ major }) => only?.includes(major) ?? true)
    .sort((one, other) => Number(one.major) - Number(other.major));
}

/** Installs what is missing; a registry that has it not, or does not answer, is no failure. */
export async function setUpNodes(): Promise<Outcome> {
  let skipped = 0;
  for (const major of wantedMajors) {
    if (process.version.startsWith(`v${major}.`) || existsSync(executableOf(major))) continue;
    const place = placeOf(major);
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, "package.json"), "{}\n");
    const install = ["install", "--no-audit", "--no-fund", `node@${major}`];
    const { code } = await runCommand("npm", install, { cwd: place, check: false });
    if (code === 0 && existsSync(executableOf(major))) continue;
    skipped++;
    console.log(`skipped: Node ${major} could not be installed`);
  }
  return { ...nothing, skipped };
}

function placeOf(major: string): string {
  return join(root, ".cache/node", major);
}

function executableOf(major: string): string {
  return join(placeOf(major), "node_modules/node/bin/node");
}
