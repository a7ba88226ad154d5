// What is counted instead of recorded: calls of hot functions and of those outside the sample (`N`), and calls of what is
// not recorded (`G`). Counts are written as what was added since they were written last.
import type { Redactor } from "@spoor/protocol/redaction";
import { getFrom, setIn, sliceText, toJson } from "./captured.ts";
import type { Functions, SiteInfo } from "./functions.ts";

export type Why = "hot" | "sampled" | "size";

export interface Counted {
  readonly fn: number;
  readonly why: Why;
  count: number;
  totalNs: number;
  maxNs: number;
  raised: number;
  isDirty: boolean;
}

interface Gap {
  readonly id: number;
  readonly fn: number;
  readonly payload: string;
  count: number;
  isBound: boolean;
  isDirty: boolean;
}

export interface Counters {
  of(fn: number, why: Why): Counted;
  add(counted: Counted, ns: number, raised: boolean): void;
  /** A call at this site of something that is not recorded. */
  gap(site: number): void;
  /** Hands out the lines of all that changed. */
  write(line: (text: string) => void, now: number, thread: number): void;
}

const nothing: Gap = { id: 0, fn: 0, payload: "", count: 0, isBound: false, isDirty: false };
const LONGEST_CALLEE = 200;
const WHY_PLACE = { hot: 0, sampled: 1, size: 2 };

export function createCounters(
  functions: Functions,
  redactor: Redactor,
  includeFor: (from: string) => string | null,
): Counters {
  const counted: (Counted | undefined)[] = [];
  const dirty: Counted[] = [];
  const gaps: (Gap | undefined)[] = [];
  const dirtyGaps: Gap[] = [];
  // By function and callee: several sites can call the same.
  const known = new Map<string, Gap>();
  let lastGap = 0;

  function of(fn: number, why: Why): Counted {
    const place = 4 * fn + WHY_PLACE[why];
    return (counted[place] ??= { fn, why, count: 0, totalNs: 0, maxNs: 0, raised: 0, isDirty: false });
  }

  function add(entry: Counted, ns: number, raised: boolean): void {
    entry.count++;
    entry.totalNs += ns;
    if (ns > entry.maxNs) entry.maxNs = ns;
    if (raised) entry.raised++;
    if (!entry.isDirty) {
      entry.isDirty = true;
      dirty[dirty.length] = entry;
    }
  }

  function gapOf(site: number): Gap {
    // Nobody wrote its constructor, or it would have been entered: nothing is missing.
    if (functions.creates(site)) {
      functions.siteLeft[site] = 0;
      return nothing;
    }
    const info = functions.site(site);
    if (!info.isRecorded) {
      functions.siteLeft[site] = 0;
      return nothing;
    }
    const key = `${info.fn} ${info.callee} ${info.from ?? ""}`;
    let gap = getFrom(known, key) as Gap | undefined;
    if (gap === undefined) {
      gap = {
        id: ++lastGap,
        fn: info.fn,
        payload: gapJson(info, redactor, includeFor),
        count: 0,
        isBound: false,
        isDirty: false,
      };
      setIn(known, key, gap);
    }
    gaps[site] = gap;
    return gap;
  }

  function gap(site: number): void {
    const entry = gaps[site] ?? gapOf(site);
    if (entry === nothing) return;
    entry.count++;
    const left = (functions.siteLeft[site] as number) - 1;
    functions.siteLeft[site] = left;
    if (left <= 0) entry.isBound = true;
    if (!entry.isDirty) {
      entry.isDirty = true;
      dirtyGaps[dirtyGaps.length] = entry;
    }
  }

  function write(line: (text: string) => void, now: number, thread: number): void {
    for (let i = 0; i < dirty.length; i++) {
      const entry = dirty[i] as Counted;
      const { fn, why, count, totalNs, maxNs, raised } = entry;
      line(
        `N\t${fn}\t${now}\t\t${count}\t${thread}\t{"why":"${why}","total_ns":${totalNs},"max_ns":${maxNs},"raised":${raised}}`,
      );
      entry.count = entry.totalNs = entry.maxNs = entry.raised = 0;
      entry.isDirty = false;
    }
    dirty.length = 0;
    for (let i = 0; i < dirtyGaps.length; i++) {
      const entry = dirtyGaps[i] as Gap;
      line(`G\t${entry.id}\t${now}\t${entry.fn}\t${entry.count}\t${entry.isBound ? 1 : 0}\t${entry.payload}`);
      entry.count = 0;
      entry.isDirty = false;
    }
    dirtyGaps.length = 0;
  }

  return { of, add, gap, write };
}

function gapJson({ callee, from }: SiteInfo, redactor: Redactor, includeFor: (from: string) => string | null): string {
  const isClass = callee[0] === "n" && callee[1] === "e" && callee[2] === "w" && callee[3] === " ";
  const text = isClass ? sliceText(callee, 4, callee.length) : callee;
  const isOutside = from !== null && !isNative(from);
  const kind = isClass ? "class" : isOutside ? "javascript" : "native";
  const include = from === null || !isOutside ? null : includeFor(from);
  // As it is written, which may be a call itself, with a secret among its arguments.
  const name = redactor.head(text, text.length > LONGEST_CALLEE ? LONGEST_CALLEE : text.length);
  return `{"module":${toJson(from ?? "")},"name":${toJson(name)},"kind":"${kind}","file":null,"include":${include === null ? "null" : toJson(include)}}`;
}

function isNative(from: string): boolean {
  return from[0] === "n" && from[1] === "o" && from[2] === "d" && from[3] === "e" && from[4] === ":";
}
