// What recording adds to the start of a program: to the interpreter, to a start full of imports, and to the command line.
import { join } from "node:path";
import type { Bench, Part } from "../bench.ts";
import { countStart, withoutValgrind } from "../callgrind.ts";
import { cacheBase, withoutNative } from "../native.ts";
import { type Core, demandCore, plainEnvironment, pythonFolder, startRun } from "../recording.ts";
import type { Measured, Row, Table } from "../results.ts";
import { measurePairs, startSpawner } from "../spawn.ts";

const nothing = ["-c", "pass"];
const imports = [join(pythonFolder, "imports_timed.py")];

export const start: Part = {
  name: "start",
  says: "what recording adds to the start of an interpreter, to imports, and as a whole command",
  async run(bench) {
    const rows: Row[] = [];
    for (const python of bench.pythons.filter(({ minor }) => !bench.quick || minor === "3.12")) {
      bench.log(python.version);
      const hasNative = withoutNative(python.executable) === null;
      for (const core of hasNative ? (["native", "python"] as const) : (["python"] as const)) {
        rows.push({ name: startRow(python.minor, core), cells: await measure(bench, python.executable, core) });
      }
    }
    const table: Table = {
      id: "start",
      title: "Start",
      unit: "ms, over the same without Spoor",
      columns: [
        "interpreter, wall",
        startColumn,
        "million instructions",
        "importing 20 modules, wall",
        importColumn,
        "`spoor run python -c pass`, wall",
      ],
      rows,
      notes: [
        "Importing by itself is what the program measures of its own twenty imports, on its thread's processor time: the start is not in it.",
      ],
    };
    return [table];
  },
};

export const startColumn = "interpreter, processor";
export const importColumn = "importing by itself, processor";

export function startRow(minor: string, core: Core): string {
  return `${minor}, ${core} core`;
}

async function measure(bench: Bench, python: string, core: Core): Promise<Measured[]> {
  const { scratch, cli } = bench;
  await using spawner = startSpawner(python, scratch);
  using run = startRun(python, { scratch, values: "default", root: scratch, core, change: { exclude: [] } });
  const rounds = bench.quick ? 4 : bench.rounds(21);
  const env = plainEnvironment(scratch);
  const plain = (words: readonly string[]) => ({ words: [python, ...words], env, cwd: scratch });
  const recorded = (words: readonly string[]) => ({ words: [python, ...words], env: run.env, cwd: scratch });
  const whole = {
    words: [process.execPath, cli, "run", "--quiet", "--core", core, python, ...nothing],
    env: { ...env, SPOOR_CACHE: cacheBase },
    cwd: scratch,
  };
  const empty = await measurePairs(spawner, plain(nothing), recorded(nothing), rounds);
  const full = await measurePairs(spawner, plain(imports), recorded(imports), rounds);
  demandCore(run.directory, core);
  const command = await measurePairs(spawner, plain(nothing), whole, Math.ceil(rounds / 2));
  const counted = withoutValgrind();
  const instructions: Measured =
    counted === null
      ? ((await countStart(python, scratch, run.env)) - (await countStart(python, scratch, env))) / 1e6
      : { missing: counted };
  return [empty.wall, empty.cpu, instructions, full.wall, full.own, command.wall];
}
