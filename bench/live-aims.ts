// What the figures of live probes are held against.
import type { Aim } from "./aims.ts";
import { applications } from "./live/servers.ts";
import { serverRow, shareColumn } from "./parts/live-servers.ts";
import { ownRow } from "./parts/probes.ts";
import { cellOf, type Measured, type Table } from "./results.ts";

/** Those whose interpreter tells of single lines of single functions. */
const minors = ["3.12", "3.13"];

const hits = [
  ["false condition", 1500],
  ["snapshot, five variables", 15_000],
] as const;

const states = [
  ["asleep", 99],
  ["awake", 99],
  ["unmet", 95],
] as const;

export const liveAims: readonly Aim[] = minors.flatMap((minor): Aim[] => [
  ...hits.map(([column, limit]): Aim => ({
    says: `a hit, ${column}, on ${minor}`,
    limit,
    unit: "ns",
    from: "processor time of the thread over bare, best of the rounds",
    find: (tables) => numberOf(cellOf(tables, `probes-${minor}`, ownRow, column)),
  })),
  ...states.flatMap(([state, limit]) =>
    Object.keys(applications).map((application): Aim => ({
      says: `${serverRow(application, state)}, on ${minor}`,
      limit,
      atLeast: true,
      unit: "% of bare",
      from: "requests of a processor second, median of the pairs of servers",
      find: (tables: readonly Table[]) =>
        numberOf(cellOf(tables, `live-servers-${minor}`, serverRow(application, state), shareColumn)),
    })),
  ),
]);

function numberOf(cell: Measured | undefined): number | undefined {
  return typeof cell === "number" ? cell : undefined;
}
