// What each process is to have armed. Computed whole from the probes at every change, and sent where it differs from what was
// sent; revisions go up also over restarts of the daemon, since an agent ignores a lower one.
import type { ArmedProbe } from "@spoor/protocol/control";
import type { Desire } from "./agent.ts";
import { isProcess } from "./events/filter.ts";
import type { KeptProbe } from "./probes.ts";
import type { Process } from "./processes.ts";

export interface Desires {
  /** Sends what differs; with `anew` also what does not. False: nothing was sent. */
  send(process: Process, probes: readonly KeptProbe[], anew?: boolean): boolean;
}

/** An agent never expires a probe later than this; the daemon takes it away in time anyway. */
const LONGEST_MS = 365 * 86_400_000;

export function desires(budget: number): Desires {
  const sent = new WeakMap<Process, string>();
  let revision = 0;
  return {
    send(process, probes, anew = false) {
      if (process.agent === null) return false;
      const now = Date.now();
      const concerned = probes.filter((probe) => concerns(probe, process, now));
      const editions = concerned.map(({ id, edition }) => `${id}.${edition}`).join(" ");
      const signature = `${process.wanted ?? ""} ${editions}`;
      if (!anew && sent.get(process) === signature) return false;
      sent.set(process, signature);
      revision = Math.max(revision + 1, now);
      process.revision = revision;
      process.desired = new Set(concerned.map(({ id }) => id));
      for (const id of process.states.keys()) if (!process.desired.has(id)) process.states.delete(id);
      const armed = concerned.map((probe) => arm(probe, now));
      process.agent.desire({ type: "desire", revision, state: process.wanted, probes: armed, budget } satisfies Desire);
      return true;
    },
  };
}

/** Whether the process is to arm it. */
export function concerns({ wanted: { settings } }: KeptProbe, { hello }: Process, now: number): boolean {
  if (!settings.enabled || (settings.expiresAt !== null && settings.expiresAt <= now)) return false;
  return settings.process === null || isProcess(hello.client, settings.process);
}

function arm({ id, edition, parsed, wanted }: KeptProbe, now: number): ArmedProbe {
  const { expiresAt } = wanted.settings;
  const expiresInMs = expiresAt === null ? LONGEST_MS : Math.max(1, Math.min(LONGEST_MS, expiresAt - now));
  return { id, edition, expiresInMs, ...parsed };
}
