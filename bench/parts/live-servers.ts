// What live probes cost a web server under load: Flask, Django and FastAPI on the servers that they really run on. A bare server and
// a live one stand side by side; in each round the bare one and each state of the live one are asked for a thousand requests, once
// in one order and once in the other, so that a machine that is slow for a while is slow for all. What a request takes of the
// processor is the server's own (all threads), and says more on a busy machine than requests a second do.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EnvironmentUnavailable, venvFor } from "../../scripts/python-environments.ts";
import type { Python } from "../../scripts/python-interpreters.ts";
import type { Bench, Part } from "../bench.ts";
import { startLineProcess, type LineProcess } from "../lines.ts";
import { startDaemon, type BenchDaemon } from "../live/daemon.ts";
import {
  applications,
  copyApplications,
  hotLine,
  paths,
  startServer,
  threadTimes,
  usedNs,
  type Application,
  type LiveServer,
} from "../live/servers.ts";
import { nodeFolder } from "../node/recording.ts";
import { plainEnvironment } from "../recording.ts";
import type { Row, Table } from "../results.ts";
import { median, quantile } from "../statistics.ts";

export const states = {
  bare: "bare",
  asleep: "live, asleep",
  awake: "awake, no probe",
  unmet: "false condition in each request",
  snapshots: "10 snapshots a second",
} as const;
type State = keyof typeof states;

const columns = {
  processor: "µs of processor a request",
  share: "requests of a processor second, % of bare",
  spread: "± over the pairs",
  perSecond: "requests a second",
  throughput: "requests a second, % of bare",
  p50: "p50, ms",
  p99: "p99, ms",
} as const;
export const shareColumn = columns.share;
export const serverRow = (application: string, state: State): string => `${application}: ${states[state]}`;

/** What one turn of some hundred requests took. */
interface Took {
  readonly processorUs: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const minors = ["3.11", "3.12", "3.13"];
const connections = 8;

export const liveServers: Part = {
  name: "live-servers",
  says: "Flask, Django and FastAPI under load, bare, asleep and probed",
  onRequest: true,
  async run(bench) {
    const tables: Table[] = [];
    const env = plainEnvironment(bench.scratch);
    await using load = startLineProcess([process.execPath, join(nodeFolder, "load.cjs")], { env, cwd: bench.scratch });
    for (const python of bench.pythons.filter(({ minor }) => minors.includes(minor))) {
      if (bench.quick && python.minor !== "3.13") continue;
      bench.log(python.version);
      const rows: Row[] = [];
      for (const application of Object.keys(applications) as Application[]) {
        bench.log(`  ${application}`);
        rows.push(...(await measure({ bench, load, python, application })));
      }
      tables.push({
        id: `live-servers-${python.minor}`,
        title: `Live web servers under load, CPython ${python.version}`,
        unit: "the unit of each column",
        columns: Object.values(columns),
        rows,
        notes: [
          `One process that answers, ${connections} connections, a request that does next to nothing: nearly all of it is framework and server. Of each pair of servers the best turn counts, of latencies the median one; the figure is the median of the pairs, ± half of what lies between their quartiles.`,
        ],
      });
    }
    return tables;
  },
};

interface Asked {
  readonly bench: Bench;
  readonly load: LineProcess;
  readonly python: Python;
  readonly application: Application;
}

async function measure(asked: Asked): Promise<Row[]> {
  const { bench, application } = asked;
  const missing = (why: string): Row[] => [
    { name: application, cells: Object.values(columns).map(() => ({ missing: why })) },
  ];
  let bin: string;
  try {
    ({ bin } = await venvFor(asked.python, "web"));
  } catch (error) {
    if (error instanceof EnvironmentUnavailable) return missing(error.message);
    throw error;
  }
  // Where things lie in memory differs between processes and makes one some per cent faster than the other: several of each.
  const [pairs, rounds] = bench.quick ? [2, 3] : [bench.rounds(9), 4];
  const found: Record<State, Took>[] = [];
  for (let pair = 0; pair < pairs; pair++) found.push(await measurePair(asked, bin, rounds));
  return (Object.keys(states) as State[]).map((state): Row => {
    const of = (figure: (took: Took) => number) => median(found.map((pair) => figure(pair[state])));
    const shares = found.map((pair) => (100 * pair.bare.processorUs) / pair[state].processorUs);
    const throughputs = found.map((pair) => (100 * pair[state].perSecond) / pair.bare.perSecond);
    const cells = [
      of((took) => took.processorUs),
      median(shares),
      (quantile(shares, 0.75) - quantile(shares, 0.25)) / 2,
      of((took) => took.perSecond),
      median(throughputs),
      of((took) => took.p50Ms),
      of((took) => took.p99Ms),
    ];
    return { name: serverRow(application, state), cells };
  });
}

/** Two servers, alternately: the best turn of each state, and of latencies the median one. */
async function measurePair(asked: Asked, bin: string, rounds: number): Promise<Record<State, Took>> {
  const { bench, application } = asked;
  using daemon = await startDaemon(bench);
  const line = copyApplications(daemon.root);
  const place = { application, bin, project: daemon.root };
  await using bare = await startServer(bench, place, null);
  await using live = await startServer(bench, place, daemon);
  const process = await processOf(daemon, live.pid);
  for (const server of [bare, live]) await turn(asked.load, server, 1500);
  const order = Object.keys(states) as State[];
  const turns = new Map<State, Took[]>(order.map((state) => [state, []]));
  for (let round = 0; round < rounds; round++) {
    for (const state of [...order, ...order.toReversed()]) {
      await enter(daemon, { state, process, line });
      const server = state === "bare" ? bare : live;
      await turn(asked.load, server, 150);
      turns.get(state)?.push(await turn(asked.load, server, 1000));
    }
  }
  return Object.fromEntries([...turns].map(([state, took]) => [state, bestOf(took)])) as Record<State, Took>;
}

async function turn(load: LineProcess, server: LiveServer, requests: number): Promise<Took> {
  const before = threadTimes(server.pid);
  const told = await load.ask(JSON.stringify({ port: server.port, requests, connections, paths }));
  const { seconds, p50Ms, p99Ms } = told as { seconds: number; p50Ms: number; p99Ms: number };
  const used = usedNs(before, threadTimes(server.pid));
  return { processorUs: used / requests / 1000, perSecond: requests / seconds, p50Ms, p99Ms };
}

/** What disturbs a turn makes it dearer and never cheaper. */
function bestOf(all: readonly Took[]): Took {
  return {
    processorUs: Math.min(...all.map((took) => took.processorUs)),
    perSecond: Math.max(...all.map((took) => took.perSecond)),
    p50Ms: median(all.map((took) => took.p50Ms)),
    p99Ms: median(all.map((took) => took.p99Ms)),
  };
}

/** Has the live process be in that state, with no probe of another one. */
async function enter(
  daemon: BenchDaemon,
  { state, process, line }: { state: State; process: string; line: number },
): Promise<void> {
  const { points } = (await daemon.ask("GET", "/points")) as { points: { id: string }[] };
  for (const { id } of points) await daemon.ask("DELETE", `/points/${id}`);
  const place = { file: hotLine.file, line };
  switch (state) {
    case "bare":
    case "asleep":
      await daemon.ask("POST", `/processes/${process}/sleep`);
      break;
    case "awake":
      await daemon.ask("POST", `/processes/${process}/wake`);
      break;
    case "unmet":
      await daemon.ask("POST", `/processes/${process}/wake`);
      await daemon.ask("POST", "/tracepoints", { ...place, condition: "user_id < 0" });
      break;
    case "snapshots":
      await daemon.ask("POST", `/processes/${process}/wake`);
      await daemon.ask("POST", "/tracepoints", { ...place, rateLimit: 10 });
      break;
  }
}

/** Its id, once the daemon knows it. */
async function processOf(daemon: BenchDaemon, pid: number): Promise<string> {
  for (let tries = 0; tries < 100; tries++) {
    const { processes } = (await daemon.ask("GET", "/processes")) as { processes: { id: string; pid: number }[] };
    const found = processes.find((each) => each.pid === pid);
    if (found !== undefined) return found.id;
    await sleep(100);
  }
  throw new Error(`the daemon does not know process ${pid}`);
}
