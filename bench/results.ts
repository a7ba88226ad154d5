// What a bench finds: tables of figures, the same for the file of data and for the page that people read.
import type { Difference } from "./statistics.ts";

/** A cost in pairs, a single figure, or the reason why there is none. */
export type Measured = Difference | number | { readonly missing: string };

export interface Row {
  readonly name: string;
  readonly cells: readonly Measured[];
}

export interface Table {
  /** Stable, for whoever compares results: `calls-3.12`. */
  readonly id: string;
  readonly title: string;
  /** What a figure is, such as `ns a call`. */
  readonly unit: string;
  readonly columns: readonly string[];
  readonly rows: readonly Row[];
  readonly notes?: readonly string[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  /** Full version and how it was built. */
  readonly pythons: readonly string[];
  /** Load average of one minute when the bench began; much above 0 means that the figures are of a busy machine. */
  readonly loadAtStart: number;
}

export interface Results {
  readonly format: 1;
  readonly startedAt: string;
  readonly tookS: number;
  readonly commit: string;
  /** Whether the working tree differed from the commit. */
  readonly changed: boolean;
  readonly quick: boolean;
  readonly brief: boolean;
  readonly machine: Machine;
  readonly tables: readonly Table[];
}

export function isDifference(measured: Measured | undefined): measured is Difference {
  return typeof measured === "object" && "median" in measured;
}

/** The figure of one cell, or undefined where that was not measured. */
export function cellOf(tables: readonly Table[], id: string, row: string, column: string): Measured | undefined {
  const table = tables.find((each) => each.id === id);
  const place = table?.columns.indexOf(column) ?? -1;
  return table?.rows.find((each) => each.name === row)?.cells[place];
}
