// `tsx scripts/python.ts list` shows the interpreters that tests run on; `setup [set…]` makes their environments now,
// instead of when a test first needs one.
import { cpus } from "node:os";
import { EnvironmentUnavailable, pythonsOf, requirementSets, sourceOf, venvFor } from "./python-environments.ts";
import type { RequirementSet } from "./python-environments.ts";
import { missingMinors, pythons } from "./python-interpreters.ts";
import { inParallel } from "./parallel.ts";
import requirements from "./python-requirements.json" with { type: "json" };

const [command, ...names] = process.argv.slice(2);

if (command === "list") {
  list();
} else if (command === "setup") {
  await setup(names.length > 0 ? names.map(setNamed) : requirementSets);
} else {
  console.error(`Usage: tsx scripts/python.ts list | setup [${requirementSets.join("|")}]…`);
  process.exitCode = 2;
}

function list(): void {
  for (const { version, executable } of pythons()) console.log(`${version.padEnd(8)} ${executable}`);
  for (const minor of missingMinors()) console.log(`${minor.padEnd(8)} not on this machine, so not tested`);
}

async function setup(sets: RequirementSet[]): Promise<void> {
  const wanted = sets.flatMap((set) => pythonsOf(set).map((python) => ({ set, python })));
  await inParallel(wanted, cpus().length, async ({ set, python }) => {
    const label = `${python.version.padEnd(8)} ${set.padEnd(7)}`;
    try {
      const { without } = await venvFor(python, set);
      console.log(`${label} ready${without.length > 0 ? `, without ${without.join(", ")}` : ""}`);
    } catch (error) {
      if (!(error instanceof EnvironmentUnavailable)) throw error;
      console.log(`${label} skipped: ${error.message}`);
    }
  });
  if (sets.includes("suites") && pythonsOf("suites").length > 0) {
    for (const pin of requirements.suites.sources) {
      await sourceOf(pin.replace(/==.*/, ""));
      console.log(`${pin} unpacked`);
    }
  }
}

function setNamed(name: string): RequirementSet {
  const set = requirementSets.find((candidate) => candidate === name);
  if (!set) throw new Error(`There is no requirement set ${name}; there are ${requirementSets.join(", ")}.`);
  return set;
}
