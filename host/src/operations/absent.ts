// What can be said about a name that matches no recorded function. "Not called" is claimed only where it is proven: the
// body of its module was recorded in every run that is asked, so that a call of any function in it would have been seen,
// and nothing was sampled, dropped, cut off or is still going on. Everything else is "not recorded", with the pattern
// that would record it, or "unknown".

import type { Completeness, Store } from "../store/store.ts";
import { sawEverything } from "../views/completeness.ts";
import { counted } from "../views/numbers.ts";
import type { Absent } from "../answers/absent.ts";
import type { FunctionShape } from "../answers/call.ts";
import { didYouMean, fullName, matchNames, type Named } from "../queries/function-names.ts";
import { modulePattern } from "../queries/patterns.ts";

interface Callee extends Named, Record<string, unknown> {
  readonly module: string;
  readonly function: string;
  readonly include: string | null;
  readonly calls: number;
}

/** The verdict on `name`, which matched none of `functions`. */
export async function absent(
  store: Store,
  name: string,
  functions: readonly FunctionShape[],
  completeness: Completeness,
): Promise<Absent> {
  const callees = await store.query<Callee>(`
    SELECT module, callee AS function, any_value(include) AS include, sum(calls)::BIGINT AS calls
    FROM gaps GROUP BY module, callee ORDER BY calls DESC`);
  const base = { name, include: null, calls_seen: 0, did_you_mean: didYouMean(name, [...functions, ...callees]) };

  const gap = matchNames(name, callees)[0];
  if (gap !== undefined) return { ...base, ...asGap(gap) };

  const excluded = completeness.exclude.find((pattern) => covers(pattern, name));
  if (excluded !== undefined) {
    const says = `${name} was not recorded: it is excluded by ${excluded}.`;
    return { ...base, verdict: "not_recorded", says };
  }

  const modules = modulesOf(name, functions);
  if (modules.length > 0) return { ...base, ...(await inRecorded(store, name, modules, completeness)) };

  const neighbour = callees.find((callee) => callee.module !== "" && name.startsWith(`${callee.module}.`));
  if (neighbour !== undefined) {
    const says = `${neighbour.module} was not recorded, so calls of ${name} would not have been seen.`;
    return { ...base, verdict: "not_recorded", says, include: neighbour.include };
  }
  const says = `No function named ${name} was seen. Whether it was called is unknown: its module is not among the recorded ones, or the name has none.`;
  return { ...base, verdict: "unknown", says };
}

/** True if the pattern names what is asked, or a module or class that it is in. */
function covers(pattern: string, name: string): boolean {
  const matches = new RegExp(modulePattern(pattern));
  const parts = name.split(".");
  return parts.some((_, index) => matches.test(parts.slice(0, index + 1).join(".")));
}

function asGap(gap: Callee): Partial<Absent> & Pick<Absent, "verdict" | "says"> {
  const how = gap.include === null ? "It is native code, which cannot be recorded" : "It is outside what was recorded";
  return {
    verdict: "not_recorded",
    says: `${fullName(gap)} was not recorded, but ${counted(gap.calls, "call")} of it by recorded code ${gap.calls === 1 ? "was" : "were"} seen. ${how}.`,
    include: gap.include,
    calls_seen: gap.calls,
  };
}

async function inRecorded(
  store: Store,
  name: string,
  modules: readonly string[],
  completeness: Completeness,
): Promise<Pick<Absent, "verdict" | "says">> {
  const bodies = await store.query<{ module: string; runs: number }>(
    `SELECT module, count(DISTINCT run) AS runs FROM functions WHERE kind = 'module'
      AND module IN (SELECT unnest(from_json($modules::JSON, '["VARCHAR"]'))) GROUP BY module`,
    { modules: JSON.stringify(modules) },
  );
  const where = modules.join(", ");
  const fromFirstLine = modules.every((module) =>
    bodies.some((body) => body.module === module && body.runs === completeness.runs.length),
  );
  if (fromFirstLine && sawEverything(completeness)) {
    return {
      verdict: "not_called",
      says: `No function ${name} of ${where} was called: it was recorded from its first line, and nothing was lost. (A method that is inherited is recorded under the class that defines it.)`,
    };
  }
  const why = completeness.live
    ? "the run is still going on"
    : fromFirstLine
      ? "the recording is incomplete"
      : "recording may have begun after the module was loaded";
  return {
    verdict: "unknown",
    says: `No call of ${name} was seen in ${where}, but ${why}, so there may have been some.`,
  };
}

/**
 * Recorded modules to which a name that matches nothing must belong if it exists: it starts with the whole name of one
 * (`shop.cart.` or `shop.cart.Cart.`), or with a class that is known there (`Cart.`). The rest of the name must not be
 * able to mean a module below it: from `shop` being recorded nothing follows for `shop.other.f`.
 */
function modulesOf(name: string, functions: readonly FunctionShape[]): string[] {
  if (/[*?]/.test(name) || !name.includes(".")) return [];
  const known = (owner: string, each: FunctionShape) =>
    each.function === owner || each.function.startsWith(`${owner}.`);
  const found = functions.filter((each) => {
    if (!name.startsWith(`${each.module}.`)) return known(ownerOf(name), each);
    const rest = name.slice(each.module.length + 1);
    return !rest.includes(".") || known(ownerOf(rest), each);
  });
  return [...new Set(found.map((each) => each.module))];
}

function ownerOf(name: string): string {
  return name.slice(0, name.lastIndexOf("."));
}
