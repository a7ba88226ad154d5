// The probes that were asked for, kept in `probes.json` at each change: written whole and renamed, so that a daemon that is
// killed leaves the old set or the new one. Ids are never given twice.
import { readFileSync, renameSync } from "node:fs";
import { Problem } from "../problem.ts";
import { closest } from "../project/closest.ts";
import { writeFileAtomically } from "../project/run-directory.ts";
import { parseProbe, type ParsedProbe } from "./armed.ts";
import type { ProbeFilter, ProbeSettings, ProbeWhat, WantedProbe } from "./live.ts";

export interface KeptProbe {
  readonly id: string;
  readonly createdAt: number;
  /** Goes up with each change: an agent's state of a probe is about one edition of it. */
  readonly edition: number;
  readonly wanted: WantedProbe;
  readonly parsed: ParsedProbe;
}

export interface ProbeChange {
  readonly settings?: Partial<ProbeSettings>;
  readonly what?: Partial<ProbeWhat>;
}

export interface Probes {
  all(): readonly KeptProbe[];
  /** Problem `probe.not_found`. */
  get(id: string): KeptProbe;
  add(wanted: WantedProbe): KeptProbe;
  change(id: string, change: ProbeChange): KeptProbe;
  remove(id: string): KeptProbe;
  /** Why the last change is not on disk; null if it is. */
  trouble(): string | null;
  /** Tries again what could not be written. */
  save(): void;
}

interface File {
  readonly format: 1;
  readonly last: number;
  readonly probes: readonly (Omit<KeptProbe, "parsed"> & { readonly parsed?: undefined })[];
}

export function openProbes(path: string, log: (line: string) => void): Probes {
  const kept = new Map<string, KeptProbe>();
  const file = readFile(path, log);
  let last = file.last;
  for (const { id, createdAt, edition, wanted } of file.probes) {
    try {
      kept.set(id, { id, createdAt, edition, wanted, parsed: parseProbe(wanted) });
    } catch (error) {
      // Of a daemon that knew more of the language.
      log(`probe ${id} is not kept: ${(error as Error).message}`);
    }
  }
  let trouble: string | null = null;
  let isSaved = true;
  const save = (): void => {
    if (isSaved) return;
    const probes = [...kept.values()].map(({ id, createdAt, edition, wanted }) => ({ id, createdAt, edition, wanted }));
    try {
      writeFileAtomically(path, `${JSON.stringify({ format: 1, last, probes } satisfies File, null, 1)}\n`);
      isSaved = true;
      trouble = null;
    } catch (error) {
      trouble = `the probes are not kept across restarts: ${(error as Error).message}`;
    }
  };
  const put = (probe: KeptProbe): KeptProbe => {
    kept.set(probe.id, probe);
    isSaved = false;
    save();
    return probe;
  };
  const get = (id: string): KeptProbe => {
    const probe = kept.get(id);
    if (probe === undefined) throw notFound(id, [...kept.keys()]);
    return probe;
  };
  return {
    all: () => [...kept.values()],
    get,
    add(wanted) {
      const parsed = parseProbe(wanted);
      last += 1;
      const id = `${wanted.what.type.slice(0, 1)}${last}`;
      return put({ id, createdAt: Date.now(), edition: 1, wanted, parsed });
    },
    change(id, { settings, what }) {
      const before = get(id);
      const wanted = {
        place: before.wanted.place,
        settings: { ...before.wanted.settings, ...settings },
        // Its type stays: what another type asks for would not be in it.
        what: { ...before.wanted.what, ...what, type: before.wanted.what.type } as ProbeWhat,
      };
      return put({ ...before, edition: before.edition + 1, wanted, parsed: parseProbe(wanted) });
    },
    remove(id) {
      const probe = get(id);
      kept.delete(id);
      isSaved = false;
      save();
      return probe;
    },
    trouble: () => trouble,
    save,
  };
}

/** All of the filter but its process. */
export function fitsProbe({ type, enabled, tag }: ProbeFilter, { wanted }: KeptProbe): boolean {
  const { settings, what } = wanted;
  if (type !== undefined && what.type !== type) return false;
  if (enabled !== undefined && settings.enabled !== enabled) return false;
  return tag === undefined || settings.tags.includes(tag);
}

function readFile(path: string, log: (line: string) => void): File {
  const empty: File = { format: 1, last: 0, probes: [] };
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return empty;
  }
  try {
    const file = JSON.parse(text) as File;
    if (file.format === 1 && Number.isSafeInteger(file.last) && Array.isArray(file.probes)) return file;
  } catch {
    // Told below.
  }
  log(`${path} cannot be read, and is kept as ${path}.unread; there are no probes`);
  try {
    renameSync(path, `${path}.unread`);
  } catch {
    // Then it is written over.
  }
  return empty;
}

function notFound(id: string, known: readonly string[]): Problem {
  const near = closest(id, known);
  return new Problem({
    code: "probe.not_found",
    kind: "usage",
    says: `There is no probe "${id}".`,
    tryNext: near === null ? "spoor probe list" : `did you mean ${near}?`,
    context: { id },
  });
}
