// What recording costs a whole program of an ordinary kind: the test suites of click, jinja2 and flask with the library itself
// recorded, as whole processes, bare and recorded in turns. Only on request, since it takes minutes.
import type { Bench, Part } from "../bench.ts";
import { pythonsOf, venvFor } from "../../scripts/python-environments.ts";
import { withoutNative } from "../native.ts";
import { type Core, demandCore, plainEnvironment, startRun } from "../recording.ts";
import type { ValuesLevel } from "spoor/project/settings";
import type { Measured, Table } from "../results.ts";
import { measurePairs, startSpawner } from "../spawn.ts";
import { copySuite, suiteCommand, suiteEnvironment, type SuiteName, suiteNames } from "../suites.ts";

export const processorColumn = "processor";

export function suiteRow(name: SuiteName, core: Core, values: ValuesLevel): string {
  return `${name}, ${core} core, values: ${values}`;
}

const modes: readonly { core: Core; values: ValuesLevel }[] = [
  { core: "native", values: "default" },
  { core: "native", values: "none" },
  { core: "python", values: "default" },
];

export const suites: Part = {
  name: "suites",
  says: "whole test suites of click, jinja2 and flask, recorded; only when asked for",
  onRequest: true,
  async run(bench) {
    const tables: Table[] = [];
    for (const python of pythonsOf("suites").filter(({ minor }) => !bench.quick || minor === "3.13")) {
      bench.log(python.version);
      const { python: executable } = await venvFor(python, "suites");
      const rows = [];
      for (const name of bench.quick ? (["click"] as const) : suiteNames) {
        for (const mode of bench.quick ? modes.slice(0, 1) : modes) {
          bench.log(`  ${suiteRow(name, mode.core, mode.values)}`);
          const cells = await measure(bench, executable, name, mode);
          rows.push({ name: suiteRow(name, mode.core, mode.values), cells });
        }
      }
      tables.push({
        id: `suites-${python.minor}`,
        title: `Whole test suites, CPython ${python.version}`,
        unit: "ms of the whole process, over bare",
        columns: ["wall", processorColumn],
        rows,
        notes: ["By default settings; sealing, which the host does beside and after the program, is not in it."],
      });
    }
    return tables;
  },
};

async function measure(
  { scratch, quick, rounds }: Bench,
  python: string,
  name: SuiteName,
  mode: { core: Core; values: ValuesLevel },
): Promise<Measured[]> {
  const missing = mode.core === "native" ? withoutNative(python) : null;
  if (missing !== null) return [{ missing }, { missing }];
  const cwd = await copySuite(name, scratch);
  await using spawner = startSpawner(python, scratch);
  using run = startRun(python, {
    scratch,
    root: cwd,
    ...mode,
    change: { exclude: [], hot: 10_000, sizeBytes: 2 ** 31 },
  });
  const words = suiteCommand(python);
  const plain = { words, env: suiteEnvironment(plainEnvironment(scratch)), cwd };
  const recorded = { words, env: suiteEnvironment(run.env), cwd };
  const { wall, cpu } = await measurePairs(
    spawner,
    plain,
    recorded,
    quick ? 1 : mode.core === "native" ? rounds(5) : 2,
  );
  demandCore(run.directory, mode.core);
  return [wall, cpu];
}
