// From what a user types to functions of the recording: exact name, then a suffix at a dot, then a glob, then the same
// without regard to case. The first kind of match that finds anything decides, so that an exact name is never diluted.

import { typosBetween } from "../project/closest.ts";
import { globToRegex } from "./patterns.ts";

export interface Named {
  readonly module: string;
  readonly function: string;
}

/** `shop.cart.Cart.total`. */
export function fullName(named: Named): string {
  return named.module === "" ? named.function : `${named.module}.${named.function}`;
}

/** The functions that a name or pattern means, in their given order. */
export function matchNames<T extends Named>(pattern: string, all: readonly T[]): T[] {
  const wanted = plain(pattern);
  if (/[*?]/.test(wanted)) {
    const exact = all.filter(globMatcher(wanted, ""));
    return exact.length > 0 ? exact : all.filter(globMatcher(wanted, "i"));
  }
  const names = all.map((named) => ({ named, full: plain(fullName(named)) }));
  const own = (named: T) => plain(named.function);
  const lower = wanted.toLowerCase();
  const tries: ((full: string, named: T) => boolean)[] = [
    (full, named) => full === wanted || own(named) === wanted,
    (full) => full.endsWith(`.${wanted}`),
    (full, named) => full.toLowerCase() === lower || own(named).toLowerCase() === lower,
    (full) => full.toLowerCase().endsWith(`.${lower}`),
  ];
  for (const matches of tries) {
    const found = names.filter(({ full, named }) => matches(full, named));
    if (found.length > 0) return found.map(({ named }) => named);
  }
  return [];
}

/** `module:function` is another spelling of `module.function`; `<locals>` need not be typed. */
function plain(name: string): string {
  return name
    .replaceAll(".<locals>", "")
    .replace(/:(?=[^:]*$)/, ".")
    .replace(/\(\)$/, "");
}

function globMatcher(glob: string, flags: string): (named: Named) => boolean {
  const whole = new RegExp(`^(?:.*\\.)?${globToRegex(glob)}$`, flags);
  return (named) => whole.test(plain(fullName(named)));
}

/** Names that look like the one that was typed, the nearest first. */
export function didYouMean(typed: string, all: readonly Named[], most = 5): string[] {
  const wanted = plain(typed).toLowerCase();
  const wantedLast = lastPart(wanted);
  const near = new Map<string, number>();
  for (const named of all) {
    const full = fullName(named);
    const name = plain(full).toLowerCase();
    const last = lastPart(name);
    const byLast = typosBetween(wantedLast, last) / Math.max(wantedLast.length, last.length, 1);
    // Whole names share their packages, so that they must be much alike to mean anything.
    const byFull = (2 * typosBetween(wanted, name)) / Math.max(wanted.length, name.length, 1);
    const inside = wantedLast.length >= 3 && last.includes(wantedLast) ? 0.3 : 1;
    const score = Math.min(byLast, byFull, inside);
    if (score <= 0.4 && name !== wanted && !full.endsWith(">")) near.set(full, score);
  }
  return [...near]
    .toSorted((a, b) => a[1] - b[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, most)
    .map(([name]) => name);
}

function lastPart(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}
