// What probes counted, in each process and over all there ever were. Agents tell sums of their own; where one begins again at
// nothing (it forgot a probe that was disabled for a while), what it told before stays counted. Kept in `counts.json`, since a
// process that ended does not tell again.
import { readFileSync } from "node:fs";
import type { ProbeCounts } from "@spoor/protocol/control";
import { writeFileAtomically } from "../project/run-directory.ts";

export interface Counts {
  /** `process` told this of the probe. */
  tell(probe: string, process: string, counts: ProbeCounts): void;
  of(probe: string, process: string): ProbeCounts;
  total(probe: string): ProbeCounts;
  forget(probe: string): void;
  /** Over all probes, those forgotten too. */
  dropped(): number;
  /** `process` has made this many events so far. */
  tellMade(process: string, made: number): void;
  /** How many events of processes that ended are missing; `missing` says how many of those that a process made. */
  lost(missing: (process: string, made: number) => number): number;
  save(): void;
}

interface Told {
  /** Sums that the agent began anew after. */
  before: ProbeCounts;
  now: ProbeCounts;
}

export const noCounts: ProbeCounts = { hits: 0, sent: 0, unmet: 0, limited: 0, dropped: 0, errors: 0, costNs: 0 };

/** Beyond so many processes of one probe the oldest are added up; one of them that came back would count twice. */
const MOST_PROCESSES = 2000;
const OTHERS = "others";

export function openCounts(path: string): Counts {
  const { probes, made, ...before } = readFile(path);
  let { dropped } = before;
  let isSaved = true;
  const of = (told: Told | undefined): ProbeCounts => (told === undefined ? noCounts : sum(told.before, told.now));
  return {
    tell(probe, process, counts) {
      const processes = probes.get(probe) ?? new Map<string, Told>();
      probes.set(probe, processes);
      const told = processes.get(process) ?? { before: noCounts, now: noCounts };
      const startedAnew = counts.hits < told.now.hits;
      dropped += Math.max(0, counts.dropped - (startedAnew ? 0 : told.now.dropped));
      processes.set(process, { before: startedAnew ? sum(told.before, told.now) : told.before, now: counts });
      if (processes.size > MOST_PROCESSES) addUpOldest(processes);
      isSaved = false;
    },
    of: (probe, process) => of(probes.get(probe)?.get(process)),
    total: (probe) => [...(probes.get(probe)?.values() ?? [])].map(of).reduce(sum, noCounts),
    forget(probe) {
      isSaved = !probes.delete(probe) && isSaved;
    },
    dropped: () => dropped,
    tellMade(process, number) {
      if ((made.get(process) ?? 0) >= number) return;
      // Put at the end: the oldest are first.
      made.delete(process);
      made.set(process, number);
      for (const oldest of made.keys()) {
        if (made.size <= MOST_PROCESSES) break;
        made.delete(oldest);
      }
      isSaved = false;
    },
    lost: (missing) => [...made].reduce((sum, [process, number]) => sum + missing(process, number), 0),
    save() {
      if (isSaved) return;
      const entries = [...probes].map(([probe, processes]) => [probe, Object.fromEntries(processes)]);
      try {
        const kept = { format: 1, dropped, made: Object.fromEntries(made), probes: Object.fromEntries(entries) };
        writeFileAtomically(path, JSON.stringify(kept));
        isSaved = true;
      } catch {
        // A full disk: tried again the next time.
      }
    },
  };
}

function addUpOldest(processes: Map<string, Told>): void {
  for (const [process, told] of processes) {
    if (process === OTHERS) continue;
    const others = processes.get(OTHERS) ?? { before: noCounts, now: noCounts };
    processes.delete(process);
    processes.set(OTHERS, { before: sum(others.before, sum(told.before, told.now)), now: noCounts });
    return;
  }
}

function sum(a: ProbeCounts, b: ProbeCounts): ProbeCounts {
  return {
    hits: a.hits + b.hits,
    sent: a.sent + b.sent,
    unmet: a.unmet + b.unmet,
    limited: a.limited + b.limited,
    dropped: a.dropped + b.dropped,
    errors: a.errors + b.errors,
    costNs: a.costNs + b.costNs,
  };
}

interface Kept {
  readonly probes: Map<string, Map<string, Told>>;
  readonly dropped: number;
  readonly made: Map<string, number>;
}

function readFile(path: string): Kept {
  try {
    const file = JSON.parse(readFileSync(path, "utf8")) as {
      dropped: number;
      made?: Record<string, number>;
      probes: Record<string, Record<string, Told>>;
    };
    const entries = Object.entries(file.probes);
    const probes = new Map(entries.map(([probe, told]) => [probe, new Map(Object.entries(told))]));
    return { probes, dropped: file.dropped, made: new Map(Object.entries(file.made ?? {})) };
  } catch {
    return { probes: new Map(), dropped: 0, made: new Map() };
  }
}
