// The one line that every answer carries: what the recording saw, and what it did not. Zeroes are left out, save that
// nothing dropped is said aloud: a reader must be able to tell "nothing was lost" from "nobody counted".

import type { Style } from "../operations/operation.ts";
import type { Completeness } from "../store/store.ts";
import { wrap } from "./fit.ts";
import { counted, thousands } from "./numbers.ts";
import { paint } from "./paint.ts";

/** The completeness line as one sentence, without line breaks. */
export function completenessSentence(seen: Completeness): string {
  const notSeen = missing(seen);
  return `saw: ${[...saw(seen), ...state(seen)].join(", ")}; not: ${notSeen.join(", ")}`;
}

/** The completeness line, wrapped to the terminal. */
export function completenessLines(seen: Completeness, style: Style): string[] {
  const incomplete = lost(seen).length > 0;
  const { aside, missing } = paint(style);
  return wrap(completenessSentence(seen), style.columns, "  ").map(incomplete ? missing : aside);
}

/** True if nothing of what the recording was asked to see is missing: the ground on which "never" can be said. */
export function sawEverything(seen: Completeness): boolean {
  return !seen.live && lost(seen).length === 0;
}

function saw(seen: Completeness): string[] {
  const open = seen.open === 0 ? "" : ` (${openCalls(seen)})`;
  const own = ["own code", ...seen.include].join(" + ");
  const without = seen.exclude.length === 0 ? "" : ` without ${seen.exclude.join(", ")}`;
  const runs = seen.runs.length === 1 ? [] : [counted(seen.runs.length, "run")];
  return [
    ...runs,
    counted(seen.processes, "process", "processes"),
    `${counted(seen.calls, "call")}${open} of ${own}${without}`,
  ];
}

function openCalls(seen: Completeness): string {
  return `${thousands(seen.open)} ${seen.live ? "not returned yet" : "never returned"}`;
}

function state(seen: Completeness): string[] {
  return [
    ...(seen.live ? ["still running"] : []),
    ...(seen.recovered ? ["recovered after its recorder died"] : []),
    ...pure(seen),
  ];
}

/** Nothing is missing for that, but it cost the program more: worth knowing where times are read. */
function pure(seen: Completeness): string[] {
  const all = seen.pure.reduce((sum, { processes }) => sum + processes, 0);
  if (all === 0) return [];
  const which = all === seen.processes ? "" : `${counted(all, "process", "processes")} `;
  const reasons = seen.pure.map(({ reason }) => reason.replace(/^no native library for this interpreter: /, ""));
  return [`${which}recorded in pure Python: ${[...new Set(reasons)].join("; ")}`];
}

function missing(seen: Completeness): string[] {
  const atLeast = seen.gapCallsAtLeast ? "at least " : "";
  const outside =
    seen.gaps === 0
      ? []
      : [`${counted(seen.gaps, "callee")} outside it (${atLeast}${counted(seen.gapCalls, "call")}, see gaps)`];
  const values =
    seen.valuesLevel === "none"
      ? ["values (--no-values)"]
      : seen.valuesLevel === "shallow"
        ? ["values below the first level"]
        : [];
  const gone = lost(seen);
  return [...outside, ...values, ...hot(seen), ...requests(seen), ...(gone.length === 0 ? ["0 dropped"] : gone)];
}

/** Calls of hot functions are counted exactly, so nothing of their number is lost. */
function hot(seen: Completeness): string[] {
  const { hot: calls, suspensions } = seen.counted;
  return [
    ...(calls === 0 ? [] : [`${counted(calls, "call")} of hot functions counted only`]),
    ...(suspensions === 0 ? [] : [`${counted(suspensions, "suspension")} counted only`]),
  ];
}

/** Of no call that belongs to a request is anything lost, only that it does. */
const ofRequests: ReadonlySet<string> = new Set(["request_unseen", "request_strands"]);

function requests(seen: Completeness): string[] {
  return seen.drops.filter(({ why }) => ofRequests.has(why)).map(({ count, note }) => `${thousands(count)} ${note}`);
}

/** What makes "never" unsafe to say. */
function lost(seen: Completeness): string[] {
  const parts: string[] = [];
  if (seen.counted.sampled > 0) {
    parts.push(`${counted(seen.counted.sampled, "call")} not sampled`);
  }
  if (seen.counted.size > 0) {
    parts.push(`${counted(seen.counted.size, "call")} past the size limit counted only`);
  }
  for (const drop of seen.drops) if (!ofRequests.has(drop.why)) parts.push(dropped(drop));
  if (seen.corrupt > 0) parts.push(counted(seen.corrupt, "unreadable record"));
  if (seen.processesTruncated > 0) {
    parts.push(`the end of ${counted(seen.processesTruncated, "process", "processes")}`);
  }
  return parts;
}

function dropped(drop: Completeness["drops"][number]): string {
  const why = drop.why.replaceAll("_", " ");
  const note = drop.note === "" ? "" : `: ${drop.note}`;
  return `${thousands(drop.count)} dropped (${why}${note})`;
}
