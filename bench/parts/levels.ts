// What each level of values costs a program and what it is worth: time and bytes a call, and how many arguments and results
// are then shown whole, cut or closed. Small programs, benchmarks and parts of test suites, one process each.
import { copyFileSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ValuesLevel } from "spoor/project/settings";
import { pythonsOf, venvFor } from "../../scripts/python-environments.ts";
import { root } from "../../scripts/root.ts";
import type { Bench, Part } from "../bench.ts";
import { withoutNative } from "../native.ts";
import { type Core, demandCore, plainEnvironment, pythonFolder, spoolFiles, startRun } from "../recording.ts";
import type { Measured, Row, Table } from "../results.ts";
import { shareOf, type Shown, shownKinds, type Tally, usefulnessOf } from "../shown.ts";
import { type Command, measurePairs, runOnce, startSpawner } from "../spawn.ts";
import { median } from "../statistics.ts";
import { copySuite, suiteCommand, suiteEnvironment, type SuiteName } from "../suites.ts";

interface Program {
  readonly name: string;
  /** Too short for a time that says anything. */
  readonly short?: boolean;
  readonly words: readonly string[];
  readonly cwd: string;
  readonly suite?: boolean;
}

export interface Level {
  readonly name: string;
  readonly values: ValuesLevel;
  /** As users get it: once a function was called often, values of most of its calls are not opened. */
  readonly throttled?: true;
}

export const levels: readonly Level[] = [
  { name: "none", values: "none" },
  { name: "shallow", values: "shallow", throttled: true },
  { name: "default", values: "default", throttled: true },
  { name: "default, every value in full", values: "default" },
  { name: "full", values: "full" },
];

const workloads = { shop: 40, json_parser: 12, richards: 4, deltablue: 4, tasks: 20 };
const tests: Readonly<Partial<Record<SuiteName, readonly string[]>>> = {
  click: ["tests/test_options.py", "tests/test_commands.py", "tests/test_formatting.py"],
  jinja2: ["tests/test_filters.py", "tests/test_inheritance.py", "tests/test_lexnparse.py"],
};
const small = [
  "async_generators", "comprehensions", "context_managers", "context_variables", "coroutines", "data_classes",
  "decorators", "functions", "generators", "namespaces", "parameters", "recursion", "task_groups", "tasks", "threads",
]; // prettier-ignore

export const levelsPart: Part = {
  name: "levels",
  says: "what each level of values costs and shows",
  async run(bench) {
    const python = pythonsOf("suites").at(-1);
    if (!python) return [];
    const { python: executable } = await venvFor(python, "suites");
    const core: Core = withoutNative(executable) === null ? "native" : "python";
    const programs = await findPrograms(bench, executable);
    const cost: Row[] = [];
    const [args, results]: [Row[], Row[]] = [[], []];
    for (const level of levels) {
      const { values } = level;
      const startMs = await costOfStart(bench, executable, { core, values });
      const found: Found[] = [];
      for (const program of programs) {
        bench.log(rowName(program.name, level));
        found.push(await measure(bench, executable, { program, core, level, startMs }));
      }
      cost.push(...found.map(({ cost: cells }, at) => ({ name: rowName(programs[at]?.name, level), cells })));
      if (values === "none") continue;
      const shares = (of: (each: Found) => Tally) => shareRows(programs, level, found.map(of));
      args.push(...shares((each) => each.args));
      results.push(...shares((each) => each.results));
    }
    const shownTable = (id: string, title: string, rows: Row[]): Table => ({
      id,
      title: `${title}, CPython ${python.version}`,
      unit: "per cent",
      columns: [...shownKinds],
      rows,
    });
    const shared = "Instances, containers and texts without what a scalar is: numbers, texts that are not cut, `None`.";
    return [
      {
        id: "levels",
        title: `What each level of values costs, CPython ${python.version}, ${core} core`,
        unit: "the unit of each column",
        columns: ["calls", "bytes a call", "ns a call, processor", "times bare"],
        rows: cost,
        notes: ["Whole processes, less what the recorder adds to a start; no call is only counted."],
      },
      { ...shownTable("levels-arguments", "Arguments as shown, without `self`", args), notes: [shared] },
      shownTable("levels-results", "Results as shown", results),
    ];
  },
};

export function rowName(program: string | undefined, { name }: Level): string {
  return `${name}: ${program ?? everything}`;
}

/** The row that weighs each program alike. */
export const everything = "mean of all programs";

function shareRows(programs: readonly Program[], level: Level, tallies: readonly Tally[]): Row[] {
  const share = (tally: Tally) => shownKinds.map((kind: Shown) => shareOf(tally, kind));
  const each = tallies.map(share);
  const mean = shownKinds.map((_, at) => each.reduce((sum, cells) => sum + (cells[at] ?? 0), 0) / each.length);
  return [
    ...each.map((cells, at) => ({ name: rowName(programs[at]?.name, level), cells })),
    { name: rowName(undefined, level), cells: mean },
  ];
}

async function findPrograms(bench: Bench, python: string): Promise<Program[]> {
  const folder = join(bench.scratch, "programs");
  mkdirSync(folder, { recursive: true });
  const repeated = Object.entries(workloads).map(([name, runs]): Program => ({
    name,
    words: [python, join(pythonFolder, "whole.py"), name, String(runs)],
    cwd: join(pythonFolder, "workloads"),
  }));
  const suites = await Promise.all(
    Object.entries(tests).map(async ([name, files]): Promise<Program> => ({
      name: `tests of ${name}`,
      words: suiteCommand(python, files),
      cwd: await copySuite(name as SuiteName, bench.scratch),
      suite: true,
    })),
  );
  for (const name of small) copyFileSync(join(root, "programs/python", name, "main.py"), join(folder, `${name}.py`));
  const all = `import runpy\nfor name in ${JSON.stringify(small)}: runpy.run_path(name + ".py", run_name="__main__")`;
  const together: Program = {
    name: `${small.length} small programs`,
    short: true,
    words: [python, "-c", all],
    cwd: folder,
  };
  return bench.quick ? [...repeated.slice(0, 2), ...suites.slice(0, 1)] : [...repeated, ...suites, together];
}

interface Found {
  readonly cost: readonly Measured[];
  readonly args: Tally;
  readonly results: Tally;
}

interface Asked {
  readonly program: Program;
  readonly core: Core;
  readonly level: Level;
  readonly startMs: number;
}

async function measure({ scratch, quick }: Bench, python: string, asked: Asked): Promise<Found> {
  const { program, core, level, startMs } = asked;
  const { name: _, ...recording } = level;
  const { words, cwd, suite = false, short = false } = program;
  // What runs a workload is no part of it.
  const exclude = suite || short ? [] : ["__main__"];
  const request = { scratch, ...recording, core, root: cwd, change: { exclude } };
  const wrap = (env: NodeJS.ProcessEnv) => (suite ? suiteEnvironment(env) : env);
  await using spawner = startSpawner(python, scratch);
  const plain: Command = { words, cwd, env: wrap(plainEnvironment(scratch)) };
  using read = startRun(python, request);
  await runOnce(spawner, { words, cwd, env: wrap(read.env) });
  demandCore(read.directory, core);
  const files = spoolFiles(read.directory);
  const bytes = files.reduce((sum, path) => sum + statSync(path).size, 0);
  const { calls, args, results } = usefulnessOf(textsOf(files), bytes);
  if (short) return { cost: [calls, bytes / calls, { missing: "" }, { missing: "" }], args, results };
  using timed = startRun(python, request);
  const { cpu } = await measurePairs(spawner, plain, { words, cwd, env: wrap(timed.env) }, quick ? 1 : 3);
  const moreMs = cpu.median - startMs;
  return { cost: [calls, bytes / calls, (moreMs * 1e6) / calls, 1 + moreMs / cpu.bare], args, results };
}

function* textsOf(files: readonly string[]): Iterable<string> {
  for (const path of files) yield readFileSync(path, "utf8");
}

async function costOfStart(bench: Bench, python: string, request: { core: Core; values: ValuesLevel }) {
  const { scratch } = bench;
  const words = [python, "-c", "pass"];
  await using spawner = startSpawner(python, scratch);
  using run = startRun(python, { scratch, ...request, root: scratch });
  const plain = { words, env: plainEnvironment(scratch), cwd: scratch };
  const { cpu } = await measurePairs(
    spawner,
    plain,
    { words, env: run.env, cwd: scratch },
    bench.quick ? 3 : bench.rounds(9),
  );
  return median([cpu.min, cpu.median]);
}
