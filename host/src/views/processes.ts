// Live processes as text: a table, children under the process that forked them.
import type { ProcessAnswer, Seen } from "../answers/live.ts";
import type { Style } from "../operations/operation.ts";
import { counted } from "./numbers.ts";
import { paint } from "./paint.ts";
import { seenLines } from "./seen.ts";
import { table } from "./table.ts";
import { visible } from "./visible.ts";

/** A daemon younger than this has not been found by every process yet. */
const findingMs = 6000;

interface Processes {
  readonly processes: readonly ProcessAnswer[];
  /** Null where the answer is about one process. */
  readonly daemonStartedAt: string | null;
  readonly seen: Seen;
}

export function processesText({ processes, daemonStartedAt, seen }: Processes, style: Style, now = Date.now()): string {
  const { aside, handle, missing, name } = paint(style);
  const young = daemonStartedAt !== null && now - Date.parse(daemonStartedAt) < findingMs;
  const finding = young ? [missing("the daemon has just started: processes find it within 5 seconds; ask again")] : [];
  if (processes.length === 0) {
    return [
      aside("no process waits for probes; only those of Python can"),
      ...finding,
      "",
      ...seenLines(seen, style),
    ].join("\n");
  }
  const rows = ordered(processes).map(({ process, depth }) => [
    `${"  ".repeat(depth)}${process.id}`,
    visible(process.name),
    process.connected ? stateOf(process) : "gone?",
    visible(`${process.runtime} ${process.runtimeVersion}, ${process.engine}`),
    String(process.probes),
    visible(process.argv.join(" ")),
  ]);
  const away = processes.filter((each) => !each.connected).length;
  return [
    ...table(
      [
        { title: "process", paint: handle },
        { title: "name", cut: "end", paint: name },
        { title: "state" },
        { title: "runs on", cut: "end", paint: aside },
        { title: "probes", align: "right" },
        { title: "command", cut: "end" },
      ],
      rows,
      style,
    ),
    ...(away > 0 ? [missing(`gone?: ${counted(away, "process", "processes")} without farewell; may come back`)] : []),
    ...finding,
    "",
    ...seenLines(seen, style),
  ].join("\n");
}

function stateOf(process: ProcessAnswer): string {
  return process.state === "asleep" && process.held ? "held asleep" : process.state;
}

interface Placed {
  readonly process: ProcessAnswer;
  readonly depth: number;
}

/** Parents before their children; a child whose parent is not there stands alone. */
function ordered(processes: readonly ProcessAnswer[]): Placed[] {
  const ids = new Set(processes.map((each) => each.id));
  const childrenOf = (parent: string | null, depth: number): Placed[] =>
    processes
      .filter(
        (each) =>
          (each.parent !== null && ids.has(each.parent) && each.parent !== each.id ? each.parent : null) === parent,
      )
      .flatMap((process) => [{ process, depth }, ...(depth > 20 ? [] : childrenOf(process.id, depth + 1))]);
  return childrenOf(null, 0);
}
