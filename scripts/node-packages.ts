// Installs the packages that tests and benches need besides those of the repository, each set on first use, cached under
// .cache/node. What goes into them is data: node-packages.json. A set's directory carries a hash of its list, so that a changed
// list makes a new one, and is complete only when its `ready` file exists.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./command.ts";
import { lockedBy } from "./lock.ts";
import sets from "./node-packages.json" with { type: "json" };
import { root } from "./root.ts";
import { nothing, type Outcome } from "./stages.ts";

export type PackageSet = keyof typeof sets;

/** The `node_modules` with the packages of a set. Throws an Error with npm's output where they cannot be installed. */
export async function packagesOf(set: PackageSet): Promise<string> {
  const { packages } = sets[set];
  const hash = createHash("sha256").update(JSON.stringify(packages)).digest("hex").slice(0, 8);
  const directory = join(root, ".cache/node", `${set}-${hash}`);
  const ready = join(directory, "ready");
  if (!existsSync(ready)) {
    await mkdir(join(root, ".cache/node"), { recursive: true });
    await lockedBy(`${directory}.lock`, async () => {
      if (existsSync(ready)) return;
      await rm(directory, { recursive: true, force: true });
      await mkdir(directory);
      await writeFile(join(directory, "package.json"), "{}\n");
      await runCommand("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", ...packages], {
        cwd: directory,
      });
      await writeFile(ready, "");
    });
  }
  return join(directory, "node_modules");
}

/** Those of tests, before the tests: a failed installation is then told as what it is. */
export async function setUpNodePackages(): Promise<Outcome> {
  await packagesOf("runners");
  await packagesOf("suites");
  return nothing;
}
