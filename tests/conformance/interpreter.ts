// Which interpreter a program runs on: the plain one, or that of the environment that has the package it needs.
import { venvFor } from "../../scripts/python-environments.ts";
import type { Python } from "../../scripts/python-interpreters.ts";

/** Undefined where the package has no wheel for this interpreter. */
export async function interpreterFor(python: Python, needs: string | undefined): Promise<string | undefined> {
  if (needs === undefined) return python.executable;
  const { python: executable, without } = await venvFor(python, "web");
  return without.some((requirement) => requirement.startsWith(needs)) ? undefined : executable;
}
