// What the figures are held against. An aim is not a test: a busy machine misses it and nothing is wrong with the code.
import { cellOf, isDifference, type Measured, type Table } from "./results.ts";

export interface Aim {
  readonly says: string;
  /** At most or at least this, in the unit of the figure. */
  readonly limit: number;
  readonly atLeast?: boolean;
  readonly unit: string;
  /** Where the figure comes from, in words. */
  readonly from: string;
  readonly find: (tables: readonly Table[]) => number | undefined;
}

export interface Judged {
  readonly aim: Aim;
  readonly figure: number | undefined;
  readonly met: boolean | undefined;
}

const monitoringMinors = ["3.12", "3.13"];

export const aims: readonly Aim[] = [
  ...monitoringMinors.flatMap((minor): Aim[] => [
    callAim(minor, "tiny function", "without values", 1500),
    callAim(minor, "tiny function", "values: default", 4000),
    callAim(minor, "dict of five keys", "values: default", 4000),
    callAim(minor, "object of four fields", "values: default", 4000),
    {
      says: `filtered code on ${minor}`,
      limit: 1.02,
      unit: "times bare",
      from: "the dearer of two programs without exceptions, median ratio",
      find: (tables) => dearestRatio(tables.find((table) => table.id === `filtered-${minor}`)),
    },
  ]),
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
];

/** Each aim with its figure; undefined where this run of the bench did not measure it. */
export function judge(tables: readonly Table[]): Judged[] {
  return aims.map((aim) => {
    const figure = aim.find(tables);
    if (figure === undefined) return { aim, figure, met: undefined };
    return { aim, figure, met: aim.atLeast ? figure >= aim.limit : figure <= aim.limit };
  });
}

function callAim(minor: string, workload: string, mode: string, limit: number): Aim {
  return {
    says: `${workload}, ${mode}, on ${minor}`,
    limit,
    unit: "ns a call",
    from: "best of the rounds",
    find: (tables) => {
      const cell = cellOf(tables, `calls-${minor}`, `spoor, ${mode}`, workload);
      return isDifference(cell) ? cell.min : undefined;
    },
  };
}

function dearestRatio(table: Table | undefined): number | undefined {
  const ratios = table?.rows.flatMap((row) => row.cells.filter(isDifference).map((cell) => cell.ratio));
  return greatest(ratios ?? []);
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
