// Which interpreters the tests of this folder run on: the oldest, one of each engine in the middle, and the newest.
import { pythons, type Python } from "../../scripts/python-interpreters.ts";
import {
  EnvironmentUnavailable,
  venvFor,
  type Environment,
  type RequirementSet,
} from "../../scripts/python-environments.ts";

const all = pythons();

export const matrix: Python[] = all.filter(
  (each, at) => at === 0 || at === all.length - 1 || ["3.11", "3.12"].includes(each.minor),
);

/** For what does not depend on the interpreter: one of each engine. */
export const engines: Python[] = [
  all.findLast((each) => minorNumber(each) < 12),
  all.findLast((each) => minorNumber(each) >= 12),
].filter((each) => each !== undefined);

export function minorNumber({ minor }: Python): number {
  return Number(minor.split(".")[1]);
}

/** The environment, or the reason why this machine has none. */
export async function environmentFor(python: Python, set: RequirementSet): Promise<Environment | string> {
  try {
    return await venvFor(python, set);
  } catch (error) {
    if (error instanceof EnvironmentUnavailable) return error.message;
    throw error;
  }
}
