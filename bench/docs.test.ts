// Figures get where their name stands, and nothing else of a page changes.
import { expect, test } from "vitest";
import { fillPage } from "./docs.ts";
import type { Results } from "./results.ts";

const machine = {
  cpu: "Example",
  cores: 2,
  memoryGiB: 8,
  kernel: "Linux 6.1",
  node: "20.19.0",
  pythons: [],
  loadAtStart: 0,
};
const results: Results = {
  format: 1, startedAt: "2026-11-01T09:30:00.000Z", tookS: 1, commit: "abc", changed: false, quick: false, brief: false, machine,
  tables: [{ id: "start", title: "Start", unit: "ms", columns: ["wall"], rows: [{ name: "3.12", cells: [7] }], notes: ["A note."] }],
}; // prettier-ignore
const page =
  "Before.\n<!-- figures: start -->\nold\n<!-- end -->\nBetween.\n<!-- figures: sealing -->\nkept\n<!-- end -->\n";

test("a table takes the place of what stood there; what was not measured stays", () => {
  const filled = fillPage(page, [results]);
  expect(filled).toBe(
    [
      "Before.\n<!-- figures: start -->\n\nIn ms.\n\n| | wall |\n|---|---:|\n| 3.12 | 7 |\n\nA note.\n\n<!-- end -->",
      "Between.\n<!-- figures: sealing -->\nkept\n<!-- end -->\n",
    ].join("\n"),
  );
  expect(fillPage(filled, [results])).toBe(filled);
});
