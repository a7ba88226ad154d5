// The daemon's inside, put together: agents that are connected, the probes that they are to have, and the events that they send.
// Whoever asks (the operations) sees it as `Live`.
import { readFileSync, rmSync } from "node:fs";
import { resolveConfiguration } from "../project/configuration.ts";
import { serveAgent, type Agent } from "./agent.ts";
import { parsePlace, parseProbe } from "./armed.ts";
import type { Connection } from "./connection.ts";
import { openCounts } from "./counts.ts";
import type { DaemonPlaces } from "./daemon-directory.ts";
import { concerns, desires } from "./desired.ts";
import { usualCompaction, type CompactionOptions } from "./events/compaction.ts";
import type { EventLog } from "./events/log.ts";
import { followers } from "./events/follow.ts";
import { pageOfEvents } from "./events/paging.ts";
import { openEventStore, SEGMENT_BYTES } from "./events/store.ts";
import { startUpkeep } from "./events/upkeep.ts";
import type { Health, Live, Probe } from "./live.ts";
import { metricTotals } from "./metrics.ts";
import { fitsProbe, openProbes, type KeptProbe } from "./probes.ts";
import { describeProcess, hasEnded, inTrees, processes as makeProcesses, type Process } from "./processes.ts";
import { eventPlaces } from "./project-of.ts";
import { checkPlace } from "./resolving.ts";
import { startSink, type Sink } from "./sink.ts";

export interface LiveOptions {
  readonly places: DaemonPlaces;
  readonly version: string;
  readonly log: (line: string) => void;
  /** For the settings of projects and of the user. */
  readonly env: NodeJS.ProcessEnv;
  readonly compaction?: CompactionOptions;
  readonly upkeepMs?: number;
  readonly segmentBytes?: number;
  /** Where events are forwarded to; null: nowhere. */
  readonly sink: { readonly url: string } | null;
  readonly retryMs?: number;
  readonly sinkAnswerMs?: number;
  readonly silenceMs?: number;
  readonly forgetMs?: number;
  readonly answerMs?: number;
}

const LONGEST_RETRY_MS = 30_000;
/** How long a probe that expired can still be looked at, and be given more time. */
const EXPIRED_MS = 86_400_000;

function sinkOf(
  { sink, places, env, version, log, retryMs = 500, sinkAnswerMs = 15_000 }: LiveOptions,
  logs: () => readonly EventLog[],
): Sink | null {
  const { events } = resolveConfiguration(null, env);
  const url = sink?.url ?? events.sink;
  if (url === null) {
    // What is kept without a sink is not for the next one.
    rmSync(places.sink, { force: true });
    return null;
  }
  return startSink({
    url,
    secret: sinkSecret(places, env),
    logs,
    stateFile: places.sink,
    queueBytes: events.sinkQueueBytes,
    version,
    say: log,
    retryMs,
    longestMs: LONGEST_RETRY_MS,
    answerMs: sinkAnswerMs,
  });
}

function sinkSecret({ sinkSecret }: DaemonPlaces, env: NodeJS.ProcessEnv): string | null {
  if (env["SPOOR_SINK_SECRET"]) return env["SPOOR_SINK_SECRET"];
  try {
    return readFileSync(sinkSecret, "utf8").trim() || null;
  } catch {
    return null;
  }
}

export interface OpenLive {
  readonly live: Live;
  /** One agent that dialled. */
  accept(connection: Connection): void;
  /** What is known only once HTTP is served. */
  setHttp(http: Health["http"]): void;
  /** Told in `health` until the daemon ends. */
  addTrouble(sentence: string): void;
  close(): Promise<void>;
}

export function createLive(options: LiveOptions): OpenLive {
  const { places, version, log, env, silenceMs = 15_000, forgetMs = 60_000, answerMs = 1000 } = options;
  const { compaction = usualCompaction, upkeepMs = 5000, segmentBytes = SEGMENT_BYTES } = options;
  const startedAt = new Date().toISOString();
  const probes = openProbes(places.probes, log);
  const counts = openCounts(places.counts);
  const processes = makeProcesses(forgetMs);
  const desired = desires(resolveConfiguration(null, env).probeBudget);
  const eventsAt = eventPlaces(places.events, places.directory);
  const store = openEventStore({ places: eventsAt, projectsFile: places.projects, segmentBytes });
  const following = followers();
  const metrics = metricTotals();
  const agents = new Set<Agent>();
  const answers = new Set<() => void>();
  const troubles: string[] = [];
  let http: Health["http"] = null;

  store.onWritten((batches) => {
    following.tell(batches);
    metrics.add(batches);
    sink?.wake();
  });
  const sink = sinkOf(options, store.logs);
  const upkeep = startUpkeep({
    logs: store.logs,
    env,
    own: eventsAt.own,
    compaction,
    neededFrom: (log) => sink?.neededFrom(log) ?? Infinity,
    lost: (log, segment) => sink?.giveUp(log, segment),
    everyMs: upkeepMs,
    say: log,
  });

  const accept = (connection: Connection): void =>
    serveAgent(
      connection,
      version,
      { silenceMs },
      {
        arrived(agent) {
          agents.add(agent);
          const log = store.open({ client: agent.hello.client, root: agent.isLocal ? agent.hello.root : null });
          const process = processes.arrive(agent, log);
          if (log.last() >= agent.hello.firstEvent) agent.stored(log.last());
          desired.send(process, probes.all(), true);
        },
        state(agent, { state, held }) {
          const process = processes.get(agent.id);
          if (process?.agent !== agent) return;
          Object.assign(process, { state, held });
          // The program has had its own way since: what was wanted before is not to be wanted again.
          if (process.wanted !== null && process.wanted !== state) {
            process.wanted = null;
            desired.send(process, probes.all());
          }
        },
        probes(agent, { revision, probes: states }) {
          const process = processes.get(agent.id);
          if (process?.agent !== agent) return;
          for (const state of states) if (process.desired.has(state.id)) process.states.set(state.id, state);
          process.answered = Math.max(process.answered, revision);
          for (const tell of answers) tell();
        },
        events(agent, { first, events }, message) {
          const process = processes.get(agent.id);
          if (process === undefined) return;
          const { log } = process;
          // Whoever is connected by then: its number may have come over the connection before.
          log.append({ first, events, message }, (to) => processes.get(agent.id)?.agent?.stored(to));
          if (!log.isFull()) return;
          agent.pause();
          log.onRoom(() => agent.resume());
        },
        counts(agent, said) {
          if (said.made !== undefined) counts.tellMade(agent.id, said.made);
          const known = new Set(probes.all().map(({ id }) => id));
          for (const [probe, each] of Object.entries(said.probes))
            if (known.has(probe)) counts.tell(probe, agent.id, each);
        },
        bye(agent) {
          counts.save();
          processes.leave(agent, true);
          agent.close();
        },
        gone(agent) {
          agents.delete(agent);
          processes.leave(agent, false);
          for (const tell of answers) tell();
        },
        log,
      },
    );

  /** The processes for which it made a difference. */
  const sendAll = (): Process[] => {
    for (const { id, wanted } of probes.all()) {
      const { expiresAt } = wanted.settings;
      if (expiresAt === null || expiresAt > Date.now() - EXPIRED_MS) continue;
      probes.remove(id);
      counts.forget(id);
      metrics.forget(id);
    }
    const told = processes.all().filter((process) => desired.send(process, probes.all()));
    planExpiry();
    return told;
  };
  let expiry: NodeJS.Timeout | undefined;
  const planExpiry = (): void => {
    clearTimeout(expiry);
    const now = Date.now();
    const ends = probes.all().flatMap(({ wanted }) => wanted.settings.expiresAt ?? []);
    const next = Math.min(...ends.flatMap((at) => [at, at + EXPIRED_MS]).filter((at) => at > now));
    if (next === Infinity) return;
    expiry = setTimeout(sendAll, Math.min(next - now + 1, 2 ** 31 - 1)).unref();
  };
  planExpiry();
  const saving = setInterval(() => {
    counts.save();
    probes.save();
  }, 1000).unref();

  /** Until every process has answered the revision that it was sent last, or is gone. */
  const settled = async (waitedFor: readonly Process[]): Promise<void> => {
    const isSettled = (): boolean =>
      waitedFor.every(({ agent, answered, revision }) => agent === null || answered >= revision);
    let tell: () => void = () => undefined;
    let timer: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve) => {
        tell = () => isSettled() && resolve();
        timer = setTimeout(resolve, answerMs);
        answers.add(tell);
        tell();
      });
    } finally {
      clearTimeout(timer);
      answers.delete(tell);
    }
  };
  const concernedBy = (probe: KeptProbe): Process[] =>
    processes.all().filter((process) => concerns(probe, process, Date.now()));
  const describe = (probe: KeptProbe): Probe => {
    const { id, createdAt, wanted } = probe;
    return {
      id,
      createdAt,
      ...wanted,
      processes: concernedBy(probe).map((process) => ({
        process: process.id,
        state: process.states.get(id) ?? { id, state: "waiting" },
        counts: counts.of(id, process.id),
      })),
      counts: counts.total(id),
    };
  };
  const sent = async (changed: readonly KeptProbe[]): Promise<Probe[]> => {
    await settled(sendAll());
    return changed.map(describe);
  };

  /** None of a process that may still deliver them. */
  const missing = (id: string, made: number): number => {
    const process = processes.get(id);
    // Whoever lived under the daemon before has a minute to come back.
    if (process === undefined && Date.now() < Date.parse(startedAt) + forgetMs) return 0;
    if (process !== undefined && !hasEnded(process)) return 0;
    return Math.max(0, made - store.last(id));
  };

  const live: Live = {
    async health() {
      const { received, stored, malformed } = store.counts();
      const forwarded = sink?.health() ?? null;
      const silent = forwarded?.failing == null ? null : `the sink does not take events: ${forwarded.failing}`;
      const more = [probes.trouble(), upkeep.trouble(), silent].filter((each) => each !== null);
      const all = [...troubles, ...store.troubles(), ...more];
      return {
        status: all.length === 0 ? "ok" : "degraded",
        troubles: all,
        version,
        pid: process.pid,
        startedAt,
        http,
        probes: probes.all().length,
        events: { received, stored, dropped: counts.dropped() + malformed, lost: counts.lost(missing) },
        sink: forwarded,
        processes: await live.processes(),
      };
    },
    processes: () => Promise.resolve(inTrees(processes.all()).map(describeProcess)),
    async add(wanted) {
      parseProbe(wanted);
      const asked = processes.meant(wanted.settings.process);
      await checkPlace(wanted.place, parsePlace(wanted.place), asked, answerMs);
      const [probe] = await sent([probes.add(wanted)]);
      if (probe === undefined) throw new Error("a probe that was added is there");
      return probe;
    },
    async change(id, change) {
      const [probe] = await sent([probes.change(id, change)]);
      if (probe === undefined) throw new Error("a probe that was changed is there");
      return probe;
    },
    async remove(id) {
      const kept = probes.get(id);
      const probe = describe(kept);
      probes.remove(id);
      counts.forget(id);
      metrics.forget(id);
      // Answered when no process has it any more.
      await settled(sendAll());
      return probe;
    },
    probe: (id) => Promise.resolve(describe(probes.get(id))),
    probes: (filter) => {
      const meant = filter.process === undefined ? null : processes.meant(filter.process);
      const concernsMeant = (probe: KeptProbe): boolean =>
        meant === null ||
        probe.wanted.settings.process === filter.process ||
        meant.some((process) => concerns(probe, process, Date.now()));
      const fitting = probes.all().filter((probe) => fitsProbe(filter, probe) && concernsMeant(probe));
      return Promise.resolve(fitting.map(describe));
    },
    setTags(tags, enabled) {
      const meant = probes.all().filter(({ wanted }) => wanted.settings.tags.some((tag) => tags.includes(tag)));
      return sent(meant.map(({ id }) => probes.change(id, { settings: { enabled } })));
    },
    async setState(words, state) {
      const process = processes.one(words);
      process.wanted = state;
      desired.send(process, probes.all());
      await settled([process]);
      return describeProcess(process);
    },
    events: (filter, limit, cursor) => pageOfEvents(store.logs(), filter, limit, cursor),
    follow: (filter, signal, capacity) => following.follow(filter, signal, capacity),
    metrics: () => Promise.resolve(metrics.all()),
  };
  return {
    live,
    accept,
    setHttp: (given) => void (http = given),
    addTrouble: (sentence) => void troubles.push(sentence),
    async close() {
      clearInterval(saving);
      clearTimeout(expiry);
      for (const agent of agents) agent.close();
      await upkeep.close();
      await sink?.close();
      await store.close();
      counts.save();
      probes.save();
      processes.close();
    },
  };
}
