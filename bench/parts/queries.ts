// How long a person or a model waits for an answer about a million calls: every command that reads, as a whole process,
// beside the emptiest program that Node can run.
import { join } from "node:path";
import { sealRun } from "spoor/store/seal";
import { updateManifest } from "spoor/project/run-directory";
import type { Bench, Part } from "../bench.ts";
import { plainEnvironment, startRun } from "../recording.ts";
import type { Row, Table } from "../results.ts";
import { generateSpool } from "../spool-generator.ts";
import { measurePairs, startSpawner } from "../spawn.ts";

/** At least one for each operation that reads; names are those of the generated program. */
export const questions: readonly (readonly string[])[] = [
  ["runs"],
  ["report"],
  ["calls", "handle_3"],
  ["calls", "Service3.*"],
  ["calls", "handle_1", "--where", "args.quantity > 6"],
  ["calls", "handle_1", "--sort", "duration"],
  ["calls", "handle_1", "--slower-than", "10us"],
  ["calls", "handle_10", "--raised"],
  ["calls", "no_such_function"],
  ["call", "c900"],
  ["call", "c150000"],
  ["flow"],
  ["flow", "--from", "c1000"],
  ["flow", "--from", "handle_3"],
  ["flow", "--module", "shop.part3"],
  ["exceptions"],
  ["exceptions", "--all"],
  ["slow"],
  ["slow", "--sort", "p95"],
  ["gaps"],
  ["requests"],
  ["sql", "SELECT function, count(*) AS n FROM calls GROUP BY 1 ORDER BY 2 DESC LIMIT 10"],
  ["config", "show"],
];

export const queries: Part = {
  name: "queries",
  says: "latency of every command that reads, on a million calls",
  async run(bench) {
    const calls = bench.quick ? 200_000 : 1_000_000;
    const python = bench.pythons.at(-1)?.executable ?? "python3";
    const scratch = join(bench.scratch, "asked");
    bench.log(`sealing ${calls} calls`);
    using recorded = startRun(python, { scratch, values: "default" });
    generateSpool(join(recorded.directory, "spool"), { calls });
    await sealRun(recorded.directory, { final: true });
    updateManifest(recorded.directory, { status: "finished", ended_at: new Date().toISOString(), exit_code: 0 });
    const table: Table = {
      id: "queries",
      title: `Answers about ${calls.toLocaleString("en-GB")} calls`,
      unit: "ms of a whole process, over `node -e 0`",
      columns: ["wall", "processor"],
      rows: await ask(bench, python, scratch),
    };
    return [table];
  },
};

async function ask(bench: Bench, python: string, scratch: string): Promise<Row[]> {
  const env = plainEnvironment(scratch);
  await using spawner = startSpawner(python, scratch);
  const plain = { words: [process.execPath, "-e", "0"], env, cwd: scratch };
  const rows: Row[] = [];
  const asked = bench.quick ? questions.filter(isFirstOfItsCommand) : questions;
  for (const question of asked) {
    const judged = { words: [process.execPath, bench.cli, ...question], env, cwd: scratch };
    const { wall, cpu } = await measurePairs(spawner, plain, judged, bench.quick ? 2 : 5);
    rows.push({ name: `spoor ${question.join(" ").replaceAll("|", "\\|")}`, cells: [wall, cpu] });
  }
  return rows;
}

function isFirstOfItsCommand(question: readonly string[]): boolean {
  return questions.find(([command]) => command === question[0]) === question;
}
