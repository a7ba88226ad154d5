// The daemon under load: events a second from eight processes over the real socket, kept exactly once, and what that takes of the
// processor and of memory. The senders run on the same cores.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { startDaemon } from "../live/daemon.ts";
import { startLoad } from "../live/load.ts";
import { projectAt } from "spoor/project/find-project";
import { runUserSql } from "spoor/store/boxed-sql";
import type { Bench, Part } from "../bench.ts";
import type { Measured, Row, Table } from "../results.ts";

const processes = 8;

export const liveEvents: Part = {
  name: "live-events",
  says: "the daemon under 50,000 events a second from 8 processes",
  onRequest: true,
  async run(bench) {
    const seconds = bench.quick ? 10 : 60;
    const rows: Row[] = [];
    for (const perSecond of bench.quick ? [50_000] : [10_000, 50_000]) {
      const cells = await measure(bench, perSecond, seconds);
      rows.push({ name: `${perSecond.toLocaleString("en-GB")} a second`, cells });
    }
    const table: Table = {
      id: "live-events",
      title: `Events kept by the daemon, from ${processes} processes on the same cores, for ${seconds} s`,
      unit: "the unit of each column",
      columns: [
        "events made",
        "a second",
        "dropped by agents",
        "kept twice or never",
        "processor seconds a second",
        "most MB",
      ],
      rows,
    };
    return [table];
  },
};

async function measure(bench: Bench, perSecond: number, seconds: number): Promise<Measured[]> {
  using daemon = await startDaemon(bench);
  const load = startLoad({
    socket: daemon.agentsSocket,
    root: daemon.root,
    processes,
    perSecond: perSecond / processes,
    characters: 60,
  });
  let mostMb = 0;
  for (let second = 0; second < seconds; second++) {
    await sleep(1000);
    mostMb = Math.max(mostMb, statusOf(daemon.pid, "VmRSS") / 1024);
  }
  const sent = await load.end();
  const used = processorS(daemon.pid);
  const made = sent.reduce((sum, each) => sum + each.made, 0);
  const rate = sent.reduce((sum, each) => sum + each.made / each.seconds, 0);
  const dropped = sent.reduce((sum, each) => sum + each.dropped, 0);
  const { rows } = await runUserSql(
    projectAt(daemon.root),
    undefined,
    "select process, count(*), count(distinct number), max(number) from events group by all",
    { timeoutMs: 120_000 },
  );
  let wrong = 0;
  for (const each of sent) {
    const [, count = 0, distinct = 0] = (rows.find(([id]) => id === each.id) ?? []) as number[];
    wrong += count - distinct + Math.abs(each.made - distinct);
  }
  bench.log(
    `${made} events, ${rate.toFixed(0)} a second, ${dropped} dropped, ${wrong} wrong, ${mostMb.toFixed(0)} MB, ${used.toFixed(1)} s of processor`,
  );
  return [made, rate, dropped, wrong, used / seconds, mostMb];
}

/** In KiB. */
function statusOf(pid: number, name: string): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
}

function processorS(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
