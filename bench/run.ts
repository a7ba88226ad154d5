// `npm run bench [-- --quick | --brief] [-- --only NAME]…`: runs the parts of the bench one after the other, prints the page of figures, and
// keeps a full run under bench/results as data and as a page. A part that fails is told, and the others go on.
import { mkdtempSync, mkdirSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { testBundle } from "../host/tests/bundle.ts";
import { venvFor, type Environment } from "../scripts/python-environments.ts";
import { pythons, type Python } from "../scripts/python-interpreters.ts";
import type { Bench, Part } from "./bench.ts";
import { describeCommit, describeMachine, machineSlug } from "./machine.ts";
import { touchFreeMemory } from "./memory.ts";
import { drawPage } from "./page.ts";
import { calls } from "./parts/calls.ts";
import { engines } from "./parts/engines.ts";
import { events } from "./parts/events.ts";
import { filtered } from "./parts/filtered.ts";
import { instructions } from "./parts/instructions.ts";
import { levelsPart } from "./parts/levels.ts";
import { liveEvents } from "./parts/live-events.ts";
import { liveServers } from "./parts/live-servers.ts";
import { nodeCalls } from "./parts/node-calls.ts";
import { nodeLoading } from "./parts/node-loading.ts";
import { nodeServers } from "./parts/node-servers.ts";
import { nodeStart } from "./parts/node-start.ts";
import { nodeVitest } from "./parts/node-vitest.ts";
import { peers } from "./parts/peers.ts";
import { probes } from "./parts/probes.ts";
import { queries } from "./parts/queries.ts";
import { sealing } from "./parts/sealing.ts";
import { size } from "./parts/size.ts";
import { start } from "./parts/start.ts";
import { suites } from "./parts/suites.ts";
import type { Results, Table } from "./results.ts";

const parts: readonly Part[] = [
  calls, peers, instructions, levelsPart, events, filtered, start, size, sealing, queries, engines, suites,
  nodeCalls, nodeServers, nodeVitest, nodeStart, nodeLoading, liveEvents, liveServers, probes,
]; // prettier-ignore
const usual = parts.filter(({ onRequest }) => onRequest !== true);
const usage = `npm run bench -- [--quick | --brief] [--only PART]… [--out DIR]
  --quick      a look in two minutes: few interpreters, programs and rounds
  --brief      everything, in a third of the rounds
  --only PART  only this part; may be repeated; \`node\` is all whose names begin with it. Parts:
${parts.map(({ name, says }) => `                 ${name.padEnd(13)} ${says}`).join("\n")}
  --out DIR    where results are kept; bench/results for a full run, nowhere otherwise`;

const { values: given } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    brief: { type: "boolean", default: false },
    only: { type: "string", multiple: true, default: [] },
    out: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});
const isNamed = (name: string) => given.only.some((only) => name === only || name.startsWith(`${only}-`));
const unknown = given.only.filter((only) => !parts.some(({ name }) => name === only || name.startsWith(`${only}-`)));
if (given.help || unknown.length > 0) {
  console.log(usage);
  process.exitCode = given.help ? 0 : 2;
} else {
  await main();
}

async function main(): Promise<void> {
  const chosen = given.only.length === 0 ? usual : parts.filter(({ name }) => isNamed(name));
  const scratch = realpathSync(mkdtempSync(join(tmpdir(), "spoor-bench-")));
  const startedAt = new Date();
  const machine = describeMachine(pythons());
  const environments = new Map<string, Promise<Environment | { missing: string }>>();
  const bench: Bench = {
    quick: given.quick,
    rounds: (most) => (given.brief ? Math.max(3, Math.ceil(most / 3)) : most),
    scratch,
    pythons: pythons(),
    cli: testBundle(),
    peers(python) {
      const found = environments.get(python.version) ?? peersOf(python);
      environments.set(python.version, found);
      return found;
    },
    log: (says) => console.error(`  ${says}`),
  };
  const tables: Table[] = [];
  console.error(`${touchFreeMemory(given.quick ? 4 : 12)} GiB of free memory written to once`);
  try {
    for (const part of chosen) {
      const startedMs = performance.now();
      console.error(`${part.name}: ${part.says}`);
      try {
        tables.push(...(await part.run(bench)));
      } catch (error) {
        console.error(`  failed: ${(error as Error).stack}`);
        process.exitCode = 1;
      }
      console.error(`  ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  const results: Results = {
    format: 1,
    startedAt: startedAt.toISOString(),
    tookS: (Date.now() - startedAt.getTime()) / 1000,
    ...describeCommit(),
    quick: given.quick,
    brief: given.brief,
    machine,
    tables,
  };
  const page = drawPage(results);
  console.log(page);
  const isWhole = usual.every((part) => chosen.includes(part)) && !given.quick;
  const out = given.out ?? (isWhole ? join(dirname(fileURLToPath(import.meta.url)), "results") : null);
  // A part by itself stands beside the whole of the same day and commit.
  if (out !== null) keep(results, page, out, isWhole ? "" : `-${given.only.join("-")}`);
}

async function peersOf(python: Python): Promise<Environment | { missing: string }> {
  try {
    return await venvFor(python, "bench");
  } catch (error) {
    return { missing: (error as Error).message.split("\n")[0] ?? "no environment" };
  }
}

function keep(results: Results, page: string, directory: string, suffix: string): void {
  mkdirSync(directory, { recursive: true });
  const name = `${results.startedAt.slice(0, 10)}-${results.commit}-${machineSlug(results.machine)}${suffix}`;
  writeFileSync(join(directory, `${name}.json`), `${JSON.stringify(results, null, 1)}\n`);
  writeFileSync(join(directory, `${name}.md`), page);
  console.error(`kept as ${join(directory, name)}.json and .md`);
}
