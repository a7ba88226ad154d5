// Draws results as a page of Markdown: the machine, the aims with their figures, and every table.
import { judge, type Judged } from "./aims.ts";
import { isDifference, type Measured, type Results, type Table } from "./results.ts";

export function drawPage(results: Results): string {
  const { machine } = results;
  const missing = [...new Set(results.tables.flatMap(missingReasons))];
  return [
    `# Costs, ${results.startedAt.slice(0, 10)}, commit ${results.commit}${results.changed ? " with changes" : ""}`,
    "",
    ...(results.quick
      ? ["**A quick run: few rounds and few programs. Good for a look, not for a comparison.**", ""]
      : []),
    ...(results.brief ? ["A brief run: everything, in a third of the rounds.", ""] : []),
    `- Machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.kernel}`,
    `- Load average when it began: ${machine.loadAtStart.toFixed(2)}; the whole took ${Math.round(results.tookS)} s`,
    `- Node ${machine.node}`,
    ...machine.pythons.map((python) => `- CPython ${python}`),
    "",
    "A cost is written `best | median xratio`: the best traced round less the best bare one, the median over the rounds of traced",
    "less bare, and the median ratio of traced to bare. Costs of calls are thread CPU time. Most of the free memory was written to",
    "once before: a virtual machine is given it at the first touch, at several microseconds a page.",
    "",
    "## Aims",
    "",
    ...drawAims(judge(results.tables)),
    "",
    ...results.tables.flatMap(drawTable),
    ...(missing.length > 0 ? ["## Not measured", "", ...missing.map((why) => `- ${why}`), ""] : []),
  ].join("\n");
}

export function drawAims(judged: readonly Judged[]): string[] {
  const measured = judged.filter(({ met }) => met !== undefined);
  const lines = measured.map(({ aim, figure = Number.NaN, met, floor }) => {
    const limit = `${aim.atLeast ? "at least" : "at most"} ${number(aim.limit)} ${aim.unit}`;
    const from = floor === undefined ? aim.from : `${aim.from}; the clock alone takes ${number(floor)}`;
    return `| ${aim.says} | ${limit} | ${number(figure)} | ${met ? "met" : "**missed**"} | ${from} |`;
  });
  const others = judged.length - measured.length;
  return [
    "| of | aim | figure | | figure is |",
    "|---|---|---:|---|---|",
    ...lines,
    ...(others > 0 ? ["", `${others} other aims were not measured in this run.`] : []),
  ];
}

function drawTable(table: Table): string[] {
  return [
    `## ${table.title}`,
    "",
    `In ${table.unit}.`,
    "",
    ...drawRows(table),
    "",
    ...(table.notes ?? []).flatMap((note) => [note, ""]),
  ];
}

/** Header and rows alone. */
export function drawRows(table: Table): string[] {
  return [
    `| | ${table.columns.join(" | ")} |`,
    `|---|${table.columns.map(() => "---:|").join("")}`,
    ...table.rows.map((row) => `| ${row.name} | ${row.cells.map((cell) => drawCell(cell, table)).join(" | ")} |`),
  ];
}

/** What each measurement stands on, in one sentence. */
export function drawMachine({ startedAt, commit, machine }: Results): string {
  const built = machine.pythons.map((python) => python.split(",")[0]).join(", ");
  const where = `${machine.cpu}, ${machine.cores} cores, ${machine.kernel}, load ${machine.loadAtStart.toFixed(2)} at the start`;
  return `${startedAt.slice(0, 10)}, commit ${commit}, on ${where}; CPython ${built}; Node ${machine.node}`;
}

function drawCell(cell: Measured, table: Table): string {
  if (typeof cell === "number") return number(cell);
  if (!isDifference(cell)) return "-";
  if (table.unit === "times bare") return `${cell.ratio.toFixed(3)} (± ${(cell.spread / cell.bare / 2).toFixed(3)})`;
  return `${number(cell.min)} \\| ${number(cell.median)} x${ratio(cell.ratio)}`;
}

function ratio(value: number): string {
  return value < 10 ? value.toFixed(2) : value.toFixed(0);
}

/** Three figures that count, thousands set apart. */
export function number(value: number): string {
  const places = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString("en-GB", { maximumFractionDigits: places });
}

function missingReasons(table: Table): string[] {
  return table.rows.flatMap((row) =>
    row.cells.flatMap((cell) =>
      typeof cell === "object" && "missing" in cell && cell.missing !== ""
        ? [`${table.title}, ${row.name}: ${cell.missing}`]
        : [],
    ),
  );
}
