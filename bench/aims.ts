// What the figures are held against. An aim is not a test: a busy machine misses it and nothing is wrong with the code.
import { liveAims } from "./live-aims.ts";
import { nodeAims } from "./node-aims.ts";
import { inFullRow, peerWorkloads, spoorRow, viztracerRow, viztracerValuesRow } from "./parts/peers.ts";
import { importColumn, startColumn, startRow } from "./parts/start.ts";
import { processorColumn, suiteRow } from "./parts/suites.ts";
import type { Core } from "./recording.ts";
import { cellOf, isDifference, type Measured, type Table } from "./results.ts";
import { suiteNames } from "./suites.ts";

export interface Aim {
  readonly says: string;
  /** At most or at least this, in the unit of the figure. */
  readonly limit: number;
  readonly atLeast?: boolean;
  readonly unit: string;
  /** Where the figure comes from, in words. */
  readonly from: string;
  readonly find: (tables: readonly Table[]) => number | undefined;
  /** What nothing could go below, where that is known: what the clock alone costs. In the unit of the figure. */
  readonly floor?: (tables: readonly Table[]) => number | undefined;
}

export interface Judged {
  readonly aim: Aim;
  readonly figure: number | undefined;
  readonly met: boolean | undefined;
  readonly floor: number | undefined;
}

const monitoringMinors = ["3.12", "3.13"];
const suiteMinors = ["3.11", "3.12", "3.13"];
/** Nanoseconds of a call whose arguments are these, on the default level of values. */
const withValues: readonly (readonly [string, number])[] = [
  ["tiny", 130],
  ["takes_text", 160],
  ["takes_dict", 240],
  ["takes_object", 240],
  ["takes_list", 420],
  ["takes_all", 750],
];
const small = ["tiny", "takes_text", "takes_dict", "takes_list", "takes_object", "takes_all", "fib"];
const programs: readonly (readonly [string, number])[] = [
  ["richards", 3],
  ["json_parser", 1.9],
  ["differing", 1.4],
];
/** Those of which both tools record the same calls: with the others VizTracer records the libraries too. */
const comparable = [...programs.map(([name]) => name), "deltablue"];
const best = "best of the rounds";

export const aims: readonly Aim[] = [
  ...monitoringMinors.flatMap((minor): Aim[] => [
    {
      says: `a call without values on ${minor}`,
      limit: 90,
      unit: "ns",
      from: `the dearest of the small programs, ${best}`,
      find: (tables) =>
        greatest(small.flatMap((workload) => nsOf(tables, minor, spoorRow("native", "none"), workload))),
    },
    againstViztracer(minor, "without values", 1, small, [spoorRow("native", "none"), viztracerRow]),
    ...withValues.map(([workload, limit]) => inFullAim(minor, "native", workload, limit)),
    againstViztracer(minor, "every value in full", 1 / 6, small, [inFullRow("native"), viztracerValuesRow]),
    againstViztracer(minor, "of programs, values: default", 1 / 6, comparable, [
      spoorRow("native", "default"),
      viztracerValuesRow,
    ]),
    ...programs.map(([workload, limit]): Aim => ({
      says: `${peerWorkloads[workload]}, values: default, on ${minor}`,
      limit,
      unit: "times bare",
      from: best,
      find: (tables) => {
        const cell = peerCell(tables, minor, spoorRow("native", "default"), workload);
        return isDifference(cell) ? 1 + cell.min / cell.bare : undefined;
      },
    })),
    callAim(minor, spoorRow("python", "none"), "tiny", 1500),
    ...["tiny", "takes_dict", "takes_object"].map((workload) => inFullAim(minor, "python", workload, 4000)),
    {
      says: `code that is not recorded on ${minor}`,
      limit: 1.01,
      unit: "times bare",
      from: "the dearest of four programs, median ratio",
      find: (tables) => greatest(ratiosOf(tables, `filtered-${minor}`, "spoor, native core")),
    },
    {
      says: `importing on ${minor}`,
      limit: 1.03,
      unit: "times bare",
      from: "processor time of twenty imports, median ratio",
      find: (tables) => startCell(tables, minor, importColumn)?.ratio,
    },
    {
      says: `interpreter start on ${minor}`,
      limit: 10,
      unit: "ms more",
      from: "processor time, median",
      find: (tables) => startCell(tables, minor, startColumn)?.median,
    },
  ]),
  ...suiteMinors.flatMap((minor) =>
    suiteNames.map((name): Aim => ({
      says: `tests of ${name}, values: default, on ${minor}`,
      limit: 1.35,
      unit: "times bare",
      from: "processor time of the whole process, median ratio",
      find: (tables) => {
        const cell = cellOf(tables, `suites-${minor}`, suiteRow(name, "native", "default"), processorColumn);
        return isDifference(cell) ? cell.ratio : undefined;
      },
    })),
  ),
  {
    says: "sealing",
    limit: 700_000,
    atLeast: true,
    unit: "calls a second",
    from: "the slowest of the sizes",
    find: (tables) => least(columnOf(tables, "sealing", "calls a second")),
  },
  {
    says: "any answer on the command line",
    limit: 500,
    unit: "ms more than `node -e 0`",
    from: "the slowest command, median of the pairs",
    find: (tables) => greatest(columnOf(tables, "queries", "wall")),
  },
  ...nodeAims,
  ...liveAims,
];

/** Each aim with its figure; undefined where this run of the bench did not measure it. */
export function judge(tables: readonly Table[], of: readonly Aim[] = aims): Judged[] {
  return of.map((aim) => {
    const [figure, floor] = [aim.find(tables), aim.floor?.(tables)];
    if (figure === undefined) return { aim, figure, floor, met: undefined };
    return { aim, figure, floor, met: aim.atLeast ? figure >= aim.limit : figure <= aim.limit };
  });
}

function inFullAim(minor: string, core: Core, workload: string, limit: number): Aim {
  return callAim(minor, inFullRow(core), workload, limit);
}

function callAim(minor: string, row: string, workload: string, limit: number): Aim {
  return {
    says: `${peerWorkloads[workload]}, ${row.replace("spoor, ", "")}, on ${minor}`,
    limit,
    unit: "ns",
    from: best,
    find: (tables) => nsOf(tables, minor, row, workload)[0],
  };
}

function againstViztracer(
  minor: string,
  what: string,
  limit: number,
  workloads: readonly string[],
  [own, its]: readonly [string, string],
): Aim {
  return {
    says: `a call ${what} on ${minor}`,
    limit,
    unit: `of ${its}`,
    from: `the dearest of the programs, ${best}`,
    find: (tables) =>
      greatest(
        workloads.flatMap((workload) => {
          const [ours] = nsOf(tables, minor, own, workload);
          const [theirs] = nsOf(tables, minor, its, workload);
          return ours === undefined || theirs === undefined ? [] : [ours / theirs];
        }),
      ),
  };
}

function nsOf(tables: readonly Table[], minor: string, row: string, workload: string): number[] {
  const cell = peerCell(tables, minor, row, workload);
  return isDifference(cell) ? [cell.min] : [];
}

function peerCell(tables: readonly Table[], minor: string, row: string, workload: string): Measured | undefined {
  return cellOf(tables, `peers-${minor}`, row, peerWorkloads[workload] ?? workload);
}

function startCell(tables: readonly Table[], minor: string, column: string) {
  const cell = cellOf(tables, "start", startRow(minor, "native"), column);
  return isDifference(cell) ? cell : undefined;
}

function ratiosOf(tables: readonly Table[], id: string, row: string): number[] {
  const cells = tables.find((table) => table.id === id)?.rows.find(({ name }) => name === row)?.cells ?? [];
  return cells.filter(isDifference).map((cell) => cell.ratio);
}

function columnOf(tables: readonly Table[], id: string, column: string): number[] {
  const rows = tables.find((table) => table.id === id)?.rows ?? [];
  return rows.flatMap((row) => figureOf(cellOf(tables, id, row.name, column)));
}

function figureOf(cell: Measured | undefined): number[] {
  if (isDifference(cell)) return [cell.median];
  return typeof cell === "number" ? [cell] : [];
}

function greatest(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values);
}

function least(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.min(...values);
}
