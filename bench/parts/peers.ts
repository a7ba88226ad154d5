// What one recorded call costs beside other tools, in one run: both cores of Spoor at each level of values, VizTracer,
// hunter, Breadcrumb, decorators, cProfile and the bare program, interleaved, on the interpreters with `sys.monitoring`.
import type { Bench, Part } from "../bench.ts";
import type { ValuesLevel } from "spoor/project/settings";
import { makeProject } from "../project.ts";
import type { Core } from "../recording.ts";
import type { Measured, Table } from "../results.ts";
import { measureRounds, type Mode } from "../rounds.ts";

/** Column of each workload. The first seven do next to nothing but call and are called the small ones. */
export const peerWorkloads: Readonly<Record<string, string>> = {
  tiny: "two ints",
  takes_text: "text",
  takes_dict: "dict",
  takes_list: "list of 20",
  takes_object: "object",
  takes_all: "mixed",
  fib: "fib(20)",
  json_parser: "JSON parser",
  differing: "difflib",
  richards: "Richards",
  deltablue: "DeltaBlue",
  tasks: "asyncio",
  flask_request: "Flask, a request",
};
const quickWorkloads = ["tiny", "takes_all", "json_parser"];
const levels = ["none", "shallow", "default", "full"] satisfies ValuesLevel[];
/** Tools that take tens of microseconds a call and more are asked where that is seconds, not minutes. */
const small = ["tiny", "takes_text", "takes_dict", "takes_list", "takes_object", "takes_all", "json_parser"];

export function spoorRow(core: Core, values: ValuesLevel): string {
  return `spoor, ${core} core, values: ${values}`;
}

/** The first thousand calls of each function; for ever with `--hot-values` out of reach. */
export function inFullRow(core: Core): string {
  return `${spoorRow(core, "default")}, every value in full`;
}

export const viztracerRow = "viztracer, C calls ignored";
export const viztracerValuesRow = "viztracer, arguments and results, C calls ignored";

const spoorModes = (["native", "python"] as const).flatMap((core): Mode[] => [
  ...levels.map((values): Mode => ({ name: spoorRow(core, values), spoor: { core, values, throttled: true } })),
  { name: inFullRow(core), spoor: { core, values: "default" } },
]);
/** Spoor as it records the libraries too, which is what the peers do that cannot tell them from the program. */
const libraries: Mode = {
  name: "spoor, native core, values: default, libraries included",
  spoor: {
    core: "native",
    values: "default",
    throttled: true,
    change: {
      include: ["flask.*", "werkzeug.*", "jinja2.*", "click.*", "markupsafe.*", "itsdangerous.*", "blinker.*"],
    },
  },
  only: ["flask_request"],
};
const peerModes: readonly Mode[] = [
  { name: "cProfile", tracer: "cprofile" },
  { name: viztracerRow, tracer: "viztracer" },
  { name: "viztracer", tracer: "viztracer-native" },
  { name: viztracerValuesRow, tracer: "viztracer-values" },
  { name: "decorators (stand-in for FlowTrace)", tracer: "decorators" },
  { name: "hunter", tracer: "hunter", slow: true, only: small },
  { name: "breadcrumb", tracer: "breadcrumb", slow: true, busy: true, only: ["tiny", "takes_all"] },
];
const quickNames = new Set([
  ...(["native", "python"] as const).flatMap((core) => [
    spoorRow(core, "none"),
    spoorRow(core, "default"),
    inFullRow(core),
  ]),
  viztracerRow,
  viztracerValuesRow,
]);

export const policy = [
  "Values, default level: `self` by type, identity and its own scalar fields; other objects to depth 2, 20 items, 20 fields,",
  "256 characters, about 512 bytes a record, secrets withheld; what was cut is marked. Each call writes two records, one with",
  "its arguments and one with its result. About 40 ns of each call are CPython's own event machinery (`sys.monitoring` with an",
  "empty callback written in C), which every recorder pays that is told of calls and returns.",
].join(" ");

export const peers: Part = {
  name: "peers",
  says: "cost of a recorded call beside other tools, both cores, all levels of values",
  async run(bench) {
    const tables: Table[] = [];
    for (const python of pythonsWithMonitoring(bench)) {
      bench.log(python.version);
      tables.push(await measure(bench, python));
    }
    return tables;
  },
};

export function pythonsWithMonitoring(bench: Bench): Bench["pythons"] {
  const with312 = bench.pythons.filter(({ minor }) => Number(minor.split(".")[1]) >= 12);
  return bench.quick ? with312.slice(0, 1) : with312;
}

async function measure(bench: Bench, python: Bench["pythons"][number]): Promise<Table> {
  const environment = await bench.peers(python);
  const executable = "missing" in environment ? python.executable : environment.python;
  const folder = makeProject(python.executable, bench.scratch, python.minor);
  const all = [...spoorModes, libraries, ...("missing" in environment ? [] : peerModes)];
  const modes = bench.quick ? all.filter(({ name }) => quickNames.has(name)) : all;
  const names = Object.keys(peerWorkloads);
  const workloads = names.filter((name) =>
    bench.quick ? quickWorkloads.includes(name) : !("missing" in environment) || name !== "flask_request",
  );
  const columns: { bareNs: number; costs: Measured[] }[] = [];
  for (const workload of workloads) {
    bench.log(`  ${peerWorkloads[workload]}`);
    const times = bench.quick
      ? { rounds: 3, sliceMs: 40, batchMs: 20, warmMs: 150 }
      : { rounds: bench.rounds(7), sliceMs: 200, batchMs: 25, warmMs: 300 };
    columns.push(
      await measureRounds({ python: executable, scratch: bench.scratch, folder, workload, modes, ...times }),
    );
  }
  return {
    id: `peers-${python.minor}`,
    title: `Beside other tools, CPython ${python.version}`,
    unit: "ns a call and its return, over bare",
    columns: workloads.map((workload) => peerWorkloads[workload] ?? workload),
    rows: [
      { name: "bare (itself)", cells: columns.map(({ bareNs }) => bareNs) },
      ...modes.map(({ name }, at) => ({ name, cells: columns.map(({ costs }) => costs[at] ?? { missing: "" }) })),
    ],
    notes: [policy, ...(bench.quick ? [] : fairness), ...("missing" in environment ? [environment.missing] : [])],
  };
}

const fairness = [
  [
    "The same for all: one process for each tool and program lives through all rounds; in each round every tool is asked once in an",
    "order of its own, and the bare program first and last. Functions that are called more than 10,000 times are by default only",
    "counted by Spoor, and the spool has a size limit; both are out of reach here, so that every call is recorded. By default",
    "objects and containers are not opened at sixty-three of sixty-four calls of a function that was called a thousand times, as the",
    "workers have done before they are measured; the rows of every value in full say what a call costs until then.",
  ].join(" "),
  [
    "Not the same: Spoor and hunter write while the program runs, VizTracer keeps a ring of its last million events and writes at",
    "the program's end, which is not in these figures; the ring is emptied between two measurements. VizTracer and cProfile",
    "record the libraries and the bench's worker too, Spoor, hunter, Breadcrumb and the decorators the program's own functions: of a",
    "Flask request nearly all calls are in libraries. VizTracer and hunter show values by `repr`, which runs the program's code.",
    "Breadcrumb drops nothing here (by default it drops a function's events after 100 calls in ten seconds), and its writer's",
    "thread is not counted. The decorators are a stand-in of our own that writes FlowTrace's format.",
  ].join(" "),
];
