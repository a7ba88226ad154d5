// The page shows figures, aims and what is missing, so that nobody reads a hole as a zero.
import { expect, test } from "vitest";
import { judge } from "./aims.ts";
import { drawPage, number } from "./page.ts";
import { serverRow, shareColumn } from "./parts/live-servers.ts";
import type { Results, Table } from "./results.ts";
import { compare } from "./statistics.ts";

const calls: Table = {
  id: "peers-3.12",
  title: "Beside other tools, Python 3.12",
  unit: "ns a call",
  columns: ["two ints"],
  rows: [
    { name: "bare", cells: [58] },
    { name: "spoor, python core, values: none", cells: [compare([58, 60], [1258, 1660])] },
    { name: "spoor, native core, values: default", cells: [compare([58, 60], [158, 160])] },
    { name: "spoor, native core, values: default, every value in full", cells: [compare([58, 60], [258, 260])] },
    { name: "viztracer, arguments and results, C calls ignored", cells: [compare([58, 60], [1658, 1700])] },
    { name: "hunter", cells: [{ missing: "hunter has no wheel for 3.12" }] },
  ],
};

const results: Results = {
  format: 1,
  startedAt: "2026-11-01T09:30:00.000Z",
  tookS: 61,
  commit: "abc1234",
  changed: false,
  quick: false,
  brief: false,
  machine: {
    cpu: "Example CPU", cores: 2, memoryGiB: 8, kernel: "Linux 6.1", node: "20.19.0", pythons: ["3.12.1"], loadAtStart: 0,
  }, // prettier-ignore
  tables: [calls],
};

test("a page is a table of figures under the machine that made them", () => {
  const page = drawPage(results);
  expect(page).toContain("# Costs, 2026-11-01, commit abc1234\n");
  expect(page).toContain("| spoor, python core, values: none | 1,200 \\| 1,400 x24.7 |".replace("x24.7", "x25"));
  expect(page).toContain("| hunter | - |");
  expect(page).toContain("- Beside other tools, Python 3.12, hunter: hunter has no wheel for 3.12");
});

test("an aim is met, missed or not measured", () => {
  const verdicts = Object.fromEntries(judge(results.tables).map(({ aim, met }) => [aim.says, met]));
  expect(verdicts["two ints, python core, values: none, on 3.12"]).toBe(true);
  expect(verdicts["two ints, native core, values: default, every value in full, on 3.12"]).toBe(false);
  expect(verdicts["a call every value in full on 3.12"]).toBe(true);
  expect(verdicts["a call of programs, values: default on 3.12"]).toBeUndefined();
  expect(verdicts["sealing"]).toBeUndefined();
});

test("a live server is held against the bare one, in per cent of its requests", () => {
  const servers: Table = {
    id: "live-servers-3.13",
    title: "Live web servers under load, CPython 3.13.0",
    unit: "the unit of each column",
    columns: [shareColumn],
    rows: [
      { name: serverRow("Flask, gunicorn", "asleep"), cells: [98.9] },
      { name: serverRow("Flask, gunicorn", "unmet"), cells: [95.1] },
    ],
  };
  const verdicts = Object.fromEntries(judge([servers]).map(({ aim, met }) => [aim.says, met]));
  expect(verdicts["Flask, gunicorn: live, asleep, on 3.13"]).toBe(false);
  expect(verdicts["Flask, gunicorn: false condition in each request, on 3.13"]).toBe(true);
  expect(verdicts["Django, gunicorn: live, asleep, on 3.13"]).toBeUndefined();
});

test("numbers keep what counts", () => {
  expect(["1234567", "1234.5", "12.34", "1.234", "0"].map((text) => number(Number(text)))).toEqual([
    "1,234,567",
    "1,235",
    "12.3",
    "1.23",
    "0",
  ]);
});

test("what the clock alone costs stands beside an aim that it keeps out of reach", () => {
  const awaiting: Table = {
    id: "node-calls-20",
    title: "Calls beside other tools, Node 20.20.2",
    unit: "ns",
    columns: ["one await"],
    rows: [
      { name: "bare (itself)", cells: [100] },
      { name: "spoor, values: default, every value in full", cells: [compare([100, 101], [190, 200])] },
      { name: "two readings of the clock (itself)", cells: [56] },
    ],
  };
  expect(drawPage({ ...results, tables: [awaiting] })).toContain(
    "| one await on Node 20 | at most 20 ns | 90 | **missed** | best of the rounds; a suspension and a resumption have a time each; the clock alone takes 56 |",
  );
});
