// The processes that can be probed: those whose agents are connected, and for a minute those that went without farewell, since
// they may only have lost their connection.
import type { Hello, ProbeState, ProcessState } from "@spoor/protocol/control";
import { Problem } from "../problem.ts";
import type { Agent } from "./agent.ts";
import { isProcess } from "./events/filter.ts";
import type { SourceLog } from "./events/store.ts";
import { isAlive } from "../store/liveness.ts";
import type { LiveProcess } from "./live.ts";

export interface Process {
  readonly id: string;
  hello: Hello;
  isLocal: boolean;
  agent: Agent | null;
  log: SourceLog;
  state: ProcessState;
  held: boolean;
  /** What it was told to be; null: as it likes. */
  wanted: ProcessState | null;
  /** The probes that it was sent last. */
  desired: ReadonlySet<string>;
  /** Of that set, and of the last one that it answered. */
  revision: number;
  answered: number;
  readonly states: Map<string, ProbeState>;
}

export interface Processes {
  get(id: string): Process | undefined;
  /** The agent of a process that is new or came back; an earlier connection of it is given up. */
  arrive(agent: Agent, log: SourceLog): Process;
  /** Forgotten at once after a farewell, else after a minute. */
  leave(agent: Agent, saidBye: boolean): void;
  all(): Process[];
  /** Those that a user means by an id, a pid or an application name; null means all. */
  meant(words: string | null): Process[];
  /** Problem `process.not_found`, `process.ambiguous`. */
  one(words: string): Process;
  close(): void;
}

export function processes(forgetMs: number): Processes {
  const known = new Map<string, Process>();
  const timers = new Map<string, NodeJS.Timeout>();
  const keep = (id: string): void => {
    clearTimeout(timers.get(id));
    timers.delete(id);
  };
  const meant = (words: string | null): Process[] =>
    [...known.values()].filter(({ hello }) => words === null || isProcess(hello.client, words));
  return {
    get: (id) => known.get(id),
    arrive(agent, log) {
      const { hello, id, isLocal } = agent;
      const { state, held } = hello;
      const before = known.get(id);
      keep(id);
      if (before === undefined) {
        const process: Process = {
          id,
          hello,
          isLocal,
          agent,
          log,
          state,
          held,
          wanted: null,
          desired: new Set<string>(),
          revision: 0,
          answered: 0,
          states: new Map<string, ProbeState>(),
        };
        known.set(id, process);
        return process;
      }
      const old = before.agent;
      Object.assign(before, { hello, isLocal, agent, log, state, held });
      old?.close();
      return before;
    },
    leave(agent, saidBye) {
      const process = known.get(agent.id);
      // Its place may have been taken by a newer connection of the same process.
      if (process?.agent !== agent) return;
      process.agent = null;
      const forget = (): void => {
        keep(agent.id);
        known.delete(agent.id);
      };
      if (saidBye) return forget();
      keep(agent.id);
      timers.set(agent.id, setTimeout(forget, forgetMs).unref());
      return undefined;
    },
    all: () => [...known.values()],
    meant,
    one(words) {
      const found = meant(words).filter(({ agent }) => agent !== null);
      const [process, ...others] = found;
      if (process === undefined) throw notFound(words, [...known.values()]);
      if (others.length > 0) throw ambiguous(words, found);
      return process;
    },
    close() {
      for (const timer of timers.values()) clearTimeout(timer);
    },
  };
}

/** Whether it will not come back. Of a process on another machine only its farewell says so, or a minute without it. */
export function hasEnded({ agent, isLocal, hello }: Process): boolean {
  return agent === null && isLocal && !isAlive({ pid: hello.pid, native_start: hello.nativeStart });
}

/** Parents before their children, which follow them; siblings as they started. */
export function inTrees(all: readonly Process[]): Process[] {
  const ids = new Set(all.map(({ id }) => id));
  const childrenOf = new Map<string | null, Process[]>();
  for (const process of all) {
    const { parent } = process.hello;
    const above = parent !== null && ids.has(parent) ? parent : null;
    childrenOf.set(above, [...(childrenOf.get(above) ?? []), process]);
  }
  const drawn = new Set<Process>();
  const below = (parent: string | null): Process[] =>
    (childrenOf.get(parent) ?? [])
      .toSorted((a, b) => (a.hello.startedAt < b.hello.startedAt ? -1 : 1))
      .flatMap((process) => {
        // A parent of itself, however far, is no tree.
        if (drawn.has(process)) return [];
        drawn.add(process);
        return [process, ...below(process.id)];
      });
  const trees = below(null);
  return [...trees, ...all.filter((process) => !drawn.has(process))];
}

export function describeProcess(process: Process): LiveProcess {
  const { id, hello, agent, state, held, desired } = process;
  return {
    id,
    name: hello.client.applicationName,
    pid: hello.pid,
    parent: hello.parent,
    hostname: hello.client.hostname,
    runtime: hello.client.runtime,
    runtimeVersion: hello.client.runtimeVersion,
    agentVersion: hello.client.agentVersion,
    engine: hello.engine,
    features: hello.features,
    root: hello.root,
    cwd: hello.cwd,
    argv: hello.argv,
    startedAt: hello.startedAt,
    state,
    held,
    connected: agent !== null,
    probes: desired.size,
    run: hello.run?.directory ?? null,
  };
}

function notFound(words: string, known: readonly Process[]): Problem {
  const names = known.map(({ id, hello }) => `${id} (${hello.client.applicationName})`);
  return new Problem({
    code: "process.not_found",
    kind: "usage",
    says: `No connected process is "${words}".`,
    tryNext: names.length === 0 ? "start one with spoor run --live, or spoor.init()" : `one of ${names.join(", ")}`,
    context: { process: words, known: known.map(({ id }) => id) },
  });
}

function ambiguous(words: string, found: readonly Process[]): Problem {
  const ids = found.map(({ id }) => id);
  return new Problem({
    code: "process.ambiguous",
    kind: "usage",
    says: `${found.length} connected processes are "${words}".`,
    tryNext: `name one by its id: ${ids.join(", ")}`,
    context: { process: words, known: ids },
  });
}
