// What recording adds to the start of a program: to the interpreter, to a start full of imports, and to the command line.
import { join } from "node:path";
import type { Bench, Part } from "../bench.ts";
import { plainEnvironment, pythonFolder, startRun } from "../recording.ts";
import type { Row, Table } from "../results.ts";
import { measurePairs, startSpawner } from "../spawn.ts";

const nothing = ["-c", "pass"];
const imports = [join(pythonFolder, "imports.py")];

export const start: Part = {
  name: "start",
  says: "what recording adds to the start of an interpreter, to imports, and as a whole command",
  async run(bench) {
    const rows: Row[] = [];
    for (const python of bench.pythons.filter(({ minor }) => !bench.quick || minor === "3.12")) {
      bench.log(python.version);
      rows.push({ name: python.version, cells: await measure(bench, python.executable) });
    }
    const table: Table = {
      id: "start",
      title: "Start",
      unit: "ms, over the same without Spoor",
      columns: [
        "interpreter, wall",
        "interpreter, processor",
        "importing 20 modules, wall",
        "importing 20 modules, processor",
        "`spoor run python -c pass`, wall",
      ],
      rows,
    };
    return [table];
  },
};

async function measure(bench: Bench, python: string) {
  const { scratch, cli } = bench;
  await using spawner = startSpawner(python, scratch);
  using run = startRun(python, { scratch, values: "default", root: scratch, change: { exclude: [] } });
  const rounds = bench.quick ? 4 : 15;
  const env = plainEnvironment(scratch);
  const plain = (words: readonly string[]) => ({ words: [python, ...words], env, cwd: scratch });
  const recorded = (words: readonly string[]) => ({ words: [python, ...words], env: run.env, cwd: scratch });
  const whole = { words: [process.execPath, cli, "run", "--quiet", python, ...nothing], env, cwd: scratch };
  const empty = await measurePairs(spawner, plain(nothing), recorded(nothing), rounds);
  const full = await measurePairs(spawner, plain(imports), recorded(imports), rounds);
  const command = await measurePairs(spawner, plain(nothing), whole, Math.ceil(rounds / 2));
  return [empty.wall, empty.cpu, full.wall, full.cpu, command.wall];
}
