// `npx tsx -C spoor-source bench/docs.ts RESULTS.json…`: puts the figures of kept results into the guides, between
// `<!-- figures: NAME -->` and `<!-- end -->`. A name is the id of a table, or one of the drawings below; what the results do
// not have stays as it was.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { judge } from "./aims.ts";
import { nodeAims } from "./node-aims.ts";
import { drawAims, drawMachine, drawRows, number } from "./page.ts";
import { policy } from "./parts/peers.ts";
import { everything, type Level, levels, rowName } from "./parts/levels.ts";
import { root } from "../scripts/root.ts";
import { cellOf, isDifference, type Measured, type Results, type Table } from "./results.ts";

/** The figures of one name as lines of Markdown, or null where they were not measured. */
export function drawFigures(name: string, results: readonly Results[]): string[] | null {
  const tables = results.flatMap((each) => each.tables);
  switch (name) {
    case "machine":
      return results.length === 0 ? null : results.map((each) => `Figures of ${drawMachine(each)}.`);
    case "aims":
      return tables.length === 0 ? null : drawAims(judge(tables));
    case "node-aims":
      return tables.some(({ id }) => id.startsWith("node-")) ? drawAims(judge(tables, nodeAims)) : null;
    case "calls":
      return drawCalls(tables);
    case "levels-summary":
      return drawLevels(tables);
    default: {
      const table = tables.findLast(({ id }) => id === name);
      if (table === undefined) return null;
      // The policy stands in words of the page's own above the tables.
      const notes = (table.notes ?? []).filter((note) => note !== policy).flatMap((note) => ["", note]);
      return [`In ${table.unit}${versionOf(table)}.`, "", ...drawRows(table), ...notes];
    }
  }
}

/** The page with its figures replaced. */
export function fillPage(page: string, results: readonly Results[]): string {
  return page.replaceAll(/<!-- figures: ([\w.-]+) -->\n[\s\S]*?<!-- end -->/g, (whole, name: string) => {
    const lines = drawFigures(name, results);
    return lines === null ? whole : [`<!-- figures: ${name} -->`, "", ...lines, "", "<!-- end -->"].join("\n");
  });
}

function versionOf(table: Table): string {
  const [, version] = /\b((?:CPython|Node) [\d.]+)/.exec(table.title) ?? [];
  return version === undefined ? "" : `; ${version}`;
}

/** One call by level of values and program, a column for each interpreter: the best of the rounds. */
function drawCalls(tables: readonly Table[]): string[] | null {
  const own = tables.filter(({ id }) => id.startsWith("calls-"));
  const [first] = own;
  if (first === undefined) return null;
  const wanted = [
    "spoor, without values",
    "spoor, values: default, every value in full",
    "spoor, values: default",
    "spoor, past the hot limit",
    "bare (itself)",
  ];
  const rows = wanted.filter((row) => first.rows.some(({ name }) => name === row));
  const minors = own.map(({ id }) => id.replace("calls-", ""));
  return [
    `| | program | ${minors.join(" | ")} |`,
    `|---|---|${minors.map(() => "---:|").join("")}`,
    ...rows.flatMap((row) =>
      first.columns.map((program) => {
        const cells = own.map(({ id }) => best(cellOf(own, id, row, program)));
        return `| ${row} | ${program} | ${cells.join(" | ")} |`;
      }),
    ),
  ];
}

function best(cell: Measured | undefined): string {
  if (isDifference(cell)) return number(cell.min);
  return typeof cell === "number" ? number(cell) : "-";
}

/** One row for each level: between which bounds its costs lie, and how much of what programs pass it shows. */
function drawLevels(tables: readonly Table[]): string[] | null {
  const cost = tables.findLast(({ id }) => id === "levels");
  if (cost === undefined) return null;
  const range = (level: Level, column: string) => {
    const cells = cost.rows
      .filter(({ name }) => name.startsWith(`${level.name}: `))
      .map(({ cells: found }) => found[cost.columns.indexOf(column)])
      .filter((cell) => typeof cell === "number");
    return cells.length === 0 ? "-" : `${number(Math.min(...cells))} to ${number(Math.max(...cells))}`;
  };
  const share = (table: string, level: Level, kinds: readonly string[]) => {
    if (level.values === "none") return "0 %";
    const cells = kinds.map((kind) => cellOf(tables, table, rowName(undefined, level), kind));
    return `${number(cells.reduce<number>((sum, cell) => sum + (typeof cell === "number" ? cell : 0), 0))} %`;
  };
  const all = ["scalar", "whole"];
  const some = ["parts closed", "cut"];
  return [
    "| `--values` | bytes a call | ns a call | times bare | arguments whole | opened, with something left out | results whole | opened, with something left out |",
    "|---|---:|---:|---:|---:|---:|---:|---:|",
    ...levels
      .filter((level) => range(level, "times bare") !== "-")
      .map((level) => {
        const costs = ["bytes a call", "ns a call, processor", "times bare"].map((column) => range(level, column));
        const shown = ["levels-arguments", "levels-results"].flatMap((table) => [
          share(table, level, all),
          share(table, level, some),
        ]);
        const [word = "", ...more] = level.name.split(",");
        return `| ${[`\`${word}\``, ...more].join(",")} | ${[...costs, ...shown].join(" | ")} |`;
      }),
    "",
    `Costs are those of the cheapest and the dearest of ${new Set(cost.rows.map(({ name }) => name.split(": ")[1])).size} programs; shares are the ${everything}.`,
  ];
}

if (process.argv[1] === import.meta.filename) {
  const results = process.argv.slice(2).map((path) => JSON.parse(readFileSync(path, "utf8")) as Results);
  const guides = join(root, "docs", "guides");
  for (const name of readdirSync(guides)) {
    const path = join(guides, name);
    const page = readFileSync(path, "utf8");
    const filled = fillPage(page, results);
    if (filled !== page) {
      writeFileSync(path, filled);
      console.log(`filled ${name}`);
    }
  }
}
