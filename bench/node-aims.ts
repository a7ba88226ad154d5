// What the figures of the Node recorder are held against.
import type { Aim } from "./aims.ts";
import { nodeRows, nodeWorkloadNames } from "./parts/node-calls.ts";
import { bareRow, cachedRow, coldRow, leastColumn } from "./parts/node-loading.ts";
import { serverNames, type ServerName } from "./parts/node-servers.ts";
import { nodeStartColumn } from "./parts/node-start.ts";
import { vitestColumn } from "./parts/node-vitest.ts";
import { cellOf, isDifference, type Measured, type Table } from "./results.ts";

/** Those with figures of everything; starts are measured on all. */
const majors = ["20", "24"];
const startMajors = ["20", "22", "24", "26"];
/** Nanoseconds of a call whose argument and result are these, every value in full. */
const withValues: readonly (readonly [string, number])[] = [
  ["numbers", 150],
  ["text20", 220],
  ["object", 800],
  ["array", 350],
];
/** Those that do next to nothing but call, once each. */
const small = ["none", "numbers", "text20", "text200", "object", "array", "method", "recursion"];
const servers: readonly (readonly [ServerName, string, number])[] = [
  ["fastify", nodeRows.usual, 1.45],
  ["fastify", nodeRows.none, 1.15],
  ["express", nodeRows.usual, 1.2],
  ["express", nodeRows.none, 1.08],
];
const best = "best of the rounds";
const medianRatio = "median ratio";

export const nodeAims: readonly Aim[] = [
  ...majors.flatMap((major): Aim[] => [
    ...withValues.map(([workload, limit]): Aim => ({
      says: `${nodeWorkloadNames[workload]}, values: default, on Node ${major}`,
      limit,
      unit: "ns",
      from: `every value in full, ${best}`,
      find: (tables) => least(tables, major, nodeRows.full, workload),
    })),
    {
      says: `a call without values on Node ${major}`,
      limit: 110,
      unit: "ns",
      from: `the dearest of the small programs, ${best}`,
      find: (tables) => greatest(small.map((workload) => least(tables, major, nodeRows.none, workload))),
    },
    {
      says: `a call while hooks are paused on Node ${major}`,
      limit: 15,
      unit: "ns",
      from: `the dearest of the small programs, ${best}`,
      find: (tables) => greatest(small.map((workload) => least(tables, major, nodeRows.paused, workload))),
    },
    {
      says: `one await on Node ${major}`,
      limit: 20,
      unit: "ns",
      from: `${best}; a suspension and a resumption have a time each`,
      find: (tables) => least(tables, major, nodeRows.full, "one_await"),
      floor: (tables) => numberOf(cellOf(tables, `node-calls-${major}`, nodeRows.clock, columnOf("one_await"))),
    },
    {
      says: `a call on Node ${major}`,
      limit: 1 / 50,
      unit: "of appmap-node",
      from: `every value in full, the dearest of the programs, ${best}`,
      find: (tables) =>
        greatest(
          // It tells nothing of an await.
          Object.keys(nodeWorkloadNames)
            .filter((name) => name !== "one_await")
            .map((workload) => {
              const ours = least(tables, major, nodeRows.full, workload);
              const theirs = least(tables, major, nodeRows.appmap, workload);
              return ours === undefined || theirs === undefined ? undefined : ours / theirs;
            }),
        ),
    },
    ...servers.map(([server, row, limit]): Aim => ({
      says: `${serverNames[server]}, ${row.replace("spoor, ", "")}, on Node ${major}`,
      limit,
      unit: "times bare",
      from: `processor time of a request, ${medianRatio}`,
      find: (tables) => ratioOf(cellOf(tables, `node-servers-${major}`, row, serverNames[server])),
    })),
    {
      says: `a vitest project on Node ${major}`,
      limit: 1.15,
      unit: "times bare",
      from: `wall time, ${medianRatio}`,
      find: (tables) => ratioOf(cellOf(tables, "node-vitest", `Node ${major}`, vitestColumn)),
    },
    ...(
      [
        [coldRow, 200],
        [cachedRow, 10],
      ] as const
    ).map(([row, limit]): Aim => ({
      says: `loading code, ${row}, on Node ${major}`,
      limit,
      unit: "ms a megabyte",
      from: "the thread's processor time over that without the recorder, best of the processes",
      find: (tables) => {
        const [whole, bare] = [row, bareRow].map((each) =>
          numberOf(cellOf(tables, "node-loading", each, leastColumn(major))),
        );
        return whole === undefined || bare === undefined ? undefined : whole - bare;
      },
    })),
  ]),
  ...startMajors.map((major): Aim => ({
    says: `start of Node ${major}`,
    limit: 35,
    unit: "ms more",
    from: "processor time, median",
    find: (tables) => {
      const cell = cellOf(tables, "node-start", `Node ${major}`, nodeStartColumn);
      return isDifference(cell) ? cell.median : undefined;
    },
  })),
];

function columnOf(workload: string): string {
  return nodeWorkloadNames[workload] ?? workload;
}

function least(tables: readonly Table[], major: string, row: string, workload: string): number | undefined {
  const cell = cellOf(tables, `node-calls-${major}`, row, columnOf(workload));
  return isDifference(cell) ? cell.min : undefined;
}

function ratioOf(cell: Measured | undefined): number | undefined {
  return isDifference(cell) ? cell.ratio : undefined;
}

function numberOf(cell: Measured | undefined): number | undefined {
  return typeof cell === "number" ? cell : undefined;
}

function greatest(figures: readonly (number | undefined)[]): number | undefined {
  const measured = figures.filter((figure) => figure !== undefined);
  return measured.length === 0 ? undefined : Math.max(...measured);
}
