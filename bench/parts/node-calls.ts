// What one recorded call costs the program's thread in Node.js, by what it is given, beside other tools, in one run: Spoor at
// two levels of values, as users get it and with every limit out of reach, appmap-node, njstrace, V8's own sampling profiler
// and the bare program, interleaved.
import { nodes, type Node } from "../../scripts/node-interpreters.ts";
import { packagesOf } from "../../scripts/node-packages.ts";
import type { Bench, Part } from "../bench.ts";
import { measureNodeRounds, type NodeMode } from "../node/contenders.ts";
import type { Measured, Table } from "../results.ts";

/** Column of each workload. */
export const nodeWorkloadNames: Readonly<Record<string, string>> = {
  none: "no arguments",
  numbers: "two numbers",
  text20: "text of 20",
  text200: "text of 200",
  object: "object of 5 keys",
  array: "array of 20",
  method: "method of an instance",
  recursion: "fib(15)",
  async_call: "async, one await",
  one_await: "one await",
  json_parser: "JSON parser",
  richards: "Richards",
};
const quickWorkloads = ["numbers", "object", "one_await"];

export const nodeRows = {
  bare: "bare (itself)",
  full: "spoor, values: default, every value in full",
  usual: "spoor, values: default",
  none: "spoor, values: none",
  counted: "spoor, past the hot limit",
  paused: "spoor, hooks paused",
  appmap: "appmap-node",
  njstrace: "njstrace",
  profiler: "node --cpu-prof",
  clock: "two readings of the clock (itself)",
} as const;

const modes: readonly NodeMode[] = [
  { name: nodeRows.full, tool: { by: "spoor", recording: { values: "default", neverThrottled: true } } },
  { name: nodeRows.usual, tool: { by: "spoor", recording: { values: "default" } } },
  { name: nodeRows.none, tool: { by: "spoor", recording: { values: "none" } } },
  {
    name: nodeRows.counted,
    // The limit is passed while the worker warms up.
    tool: { by: "spoor", recording: { values: "default", change: { hot: 10 } }, writesNothing: true },
  },
  { name: nodeRows.paused, tool: { by: "paused" } },
  { name: nodeRows.appmap, tool: { by: "appmap-node" }, slow: true },
  { name: nodeRows.njstrace, tool: { by: "njstrace" }, slow: true },
  { name: nodeRows.profiler, tool: { by: "cpu-prof" } },
];
const quickNames: readonly string[] = [nodeRows.full, nodeRows.none, nodeRows.paused, nodeRows.appmap];

export const nodeCalls: Part = {
  name: "node-calls",
  says: "Node.js: cost of a recorded call beside other tools",
  async run(bench) {
    const packages = await packagesOf("bench");
    const tables: Table[] = [];
    for (const node of measuredNodes(bench)) {
      bench.log(`Node ${node.version}`);
      tables.push(await measure(bench, node, packages));
    }
    return tables;
  },
};

/** The versions that figures are promised for. */
export function measuredNodes({ quick }: Bench): Node[] {
  return nodes().filter(({ major }) => major === "20" || (!quick && major === "24"));
}

async function measure(bench: Bench, node: Node, packages: string): Promise<Table> {
  const { scratch, quick } = bench;
  const chosen = quick ? modes.filter(({ name }) => quickNames.includes(name)) : modes;
  const workloads = quick ? quickWorkloads : Object.keys(nodeWorkloadNames);
  const times = quick
    ? { rounds: 3, sliceMs: 60, batchMs: 20, warmMs: 150 }
    : { rounds: bench.rounds(9), sliceMs: 150, batchMs: 25, warmMs: 300 };
  const of = (workload: string, taken: readonly NodeMode[]) =>
    measureNodeRounds({ node: node.executable, scratch, packages, workload, modes: taken, ...times });
  const columns: { bareNs: number; costs: Measured[] }[] = [];
  for (const workload of workloads) {
    bench.log(`  ${nodeWorkloadNames[workload]}`);
    columns.push(await of(workload, chosen));
  }
  const { bareNs: readingNs } = await of("clock", []);
  return {
    id: `node-calls-${node.major}`,
    title: `Calls beside other tools, Node ${node.version}`,
    unit: "ns a call and its return, over bare; `one await`: ns a suspension and resumption",
    columns: workloads.map((workload) => nodeWorkloadNames[workload] ?? workload),
    rows: [
      { name: nodeRows.bare, cells: columns.map(({ bareNs }) => bareNs) },
      ...chosen.map(({ name }, at) => ({ name, cells: columns.map(({ costs }) => costs[at] ?? { missing: "" }) })),
      { name: nodeRows.clock, cells: columns.map(() => 2 * readingNs) },
    ],
    notes: quick ? [] : notes,
  };
}

const notes = [
  [
    "Processor time of the program's thread. One process for each tool and program lives through all rounds; in each round every",
    "tool is asked once in an order of its own, and the bare program first and last. Every call is recorded: the limit of full",
    "records of a function and that of the spool's size are out of reach but in the row that says so. By default Spoor shows",
    "large values of a function without their insides, at most of its calls, once it was called a thousand times; in the first",
    "row it never does. V8 inlines what does nothing: where a bare call takes 2 ns and less, there is no call left.",
  ].join(" "),
  [
    "Each call writes two records with a time each, each `await` two more, so that two readings of Node's clock are the least that",
    "any of them costs. appmap-node and njstrace write JSON while the program runs, with values by `toString` and `JSON.stringify`, which",
    "run the program's code; `--cpu-prof` samples every millisecond and knows no calls.",
  ].join(" "),
];
