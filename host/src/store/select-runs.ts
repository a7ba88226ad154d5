// Which runs a selector means: nothing or `latest` the newest, `-1` the newest, `-2` the one before it, `all`, a
// name, the label given by `run --name` (the newest that has it), the unique beginning of a name, or its three letters
// at the end.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { Problem } from "../problem.ts";
import { typosBetween } from "../project/closest.ts";
import type { Project } from "../project/project.ts";
import { listRuns, readManifest, runPaths } from "../project/run-directory.ts";
import type { RunInfo } from "./store.ts";

/**
 * @returns newest first, at least one.
 * @throws Problem `run.none`, `run.not_found`, `run.ambiguous`, `run.unknown_format`.
 */
export function selectRuns(project: Project, selector = "latest"): RunInfo[] {
  const runs = listRuns(project);
  if (runs.length === 0) throw nothingRecorded(project);
  if (selector === "all") return runs;
  const back = selector === "latest" || selector === "" ? 1 : /^-[1-9]\d*$/.test(selector) ? -Number(selector) : 0;
  if (back > 0) {
    const run = runs[back - 1];
    if (!run) throw notFound(selector, runs, `There are only ${runs.length} recorded runs in ${project.name}.`);
    return [run];
  }
  const exact = runs.filter((run) => run.run === selector);
  if (exact.length > 0) return exact;
  const labelled = runs.find((run) => run.label === selector);
  if (labelled) return [labelled];
  const named = join(project.runsDirectory, selector);
  // A run whose manifest this Spoor cannot read is not in the list; asked for by name, it says why.
  if (/^[\w-]+$/.test(selector) && existsSync(runPaths(named).manifest)) readManifest(named);
  const matching = runs.filter((run) => run.run.startsWith(selector) || run.run.endsWith(`-${selector}`));
  if (matching.length === 1) return matching;
  if (matching.length > 1) throw ambiguous(selector, matching);
  throw notFound(selector, runs, `No recorded run of ${project.name} is called ${JSON.stringify(selector)}.`);
}

function nothingRecorded(project: Project): Problem {
  return new Problem({
    code: "run.none",
    kind: "usage",
    says: `Nothing has been recorded in ${project.name} (${project.root}) yet.`,
    tryNext: "Record a program: spoor run python3 app.py",
    context: { project: project.name, root: project.root },
  });
}

function notFound(selector: string, runs: readonly RunInfo[], says: string): Problem {
  const names = runs.map((run) => run.run);
  const near = names.toSorted((a, b) => typosBetween(selector, a) - typosBetween(selector, b)).slice(0, 3);
  return new Problem({
    code: "run.not_found",
    kind: "usage",
    says,
    tryNext: `Did you mean ${near.join(", ")}? All of them: spoor runs`,
    context: { selector, candidates: near },
  });
}

function ambiguous(selector: string, runs: readonly RunInfo[]): Problem {
  const candidates = runs.slice(0, 10).map((run) => run.run);
  return new Problem({
    code: "run.ambiguous",
    kind: "usage",
    says: `${JSON.stringify(selector)} fits ${runs.length} runs.`,
    tryNext: `Give more of the name: ${candidates.join(", ")}`,
    context: { selector, candidates },
  });
}
