// Runs test262's tests of the language twice, bare and instrumented, and tells where the outcomes differ. Not part of the
// tests: it needs a checkout of https://github.com/tc39/test262, of which it reads test/ and harness/.
//
//     npx tsx -C spoor-source agents/node/tests/transform/test262/run.ts TEST262 [--minutes 10] [--only FOLDER] [--skip 5000]
//
// Tests are taken in an order that is always the same and spread over all folders, until the time is over (`--skip` goes on
// where another run has ended). `exceptions.json` beside this file lists differences that are known, with the reason; any
// other makes the exit code 1. Complaints about syntax are compared by their class, and told where their text differs.
import type { ChildProcess } from "node:child_process";
import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import type { Result } from "./worker.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string", default: "10" },
    only: { type: "string", default: "test/language" },
    skip: { type: "string", default: "0" },
  },
});
const folder = positionals[0];
if (folder === undefined) throw new Error("the folder of test262 is missing");
const deadline = Date.now() + Number(values.minutes) * 60_000;
const hangMs = 300_000;

interface Exceptions {
  /** What a path contains, and why its outcome differs. */
  readonly differs: readonly { readonly path: string; readonly why: string }[];
}

const exceptions = JSON.parse(readFileSync(join(import.meta.dirname, "exceptions.json"), "utf8")) as Exceptions;
const queue = readdirSync(join(folder, values.only), { withFileTypes: true, recursive: true })
  .filter(({ name }) => name.endsWith(".js") && !name.includes("_FIXTURE"))
  .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
  .map((path) => ({ path, key: createHash("sha1").update(path).digest("hex") }))
  .sort((one, other) => (one.key < other.key ? -1 : 1))
  .map(({ path }) => path);
queue.length = Math.max(0, queue.length - Number(values.skip));
const found = queue.length;
const counts = { runs: 0, passed: 0, same: 0, messages: 0, refused: 0, open: 0, hung: 0 };
const unexpected: string[] = [];
const used = new Map<string, number>();

await Promise.all(Array.from({ length: availableParallelism() }, work));
console.log(unexpected.sort().join("\n"));
console.log([...used].map(([path, times]) => `exception ${path}: ${times} times`).join("\n"));
console.log(`${found - queue.length} of ${found} tests; ${JSON.stringify(counts)}; unexpected: ${unexpected.length}`);
process.exitCode = unexpected.length > 0 ? 1 : 0;

async function work(): Promise<void> {
  let worker: ChildProcess | null = null;
  for (;;) {
    const path = Date.now() < deadline ? queue.pop() : undefined;
    if (path === undefined) break;
    worker ??= await start();
    const results = await ask(worker, path);
    if (results) for (const result of results) judge(result);
    else {
      counts.hung++;
      unexpected.push(`hung or died: ${path}`);
      worker.kill("SIGKILL");
      worker = null;
    }
  }
  worker?.kill();
}

function start(): Promise<ChildProcess> {
  const execArgv = ["--import", "tsx", "--conditions=spoor-source", "--experimental-vm-modules", "--no-warnings"];
  const worker = fork(join(import.meta.dirname, "worker.ts"), [folder ?? ""], { execArgv });
  return new Promise((resolve) => worker.once("message", () => resolve(worker)));
}

function ask(worker: ChildProcess, path: string): Promise<readonly Result[] | null> {
  return new Promise((resolve) => {
    const settle = (results: readonly Result[] | null): void => {
      clearTimeout(timer);
      worker.removeAllListeners("message").removeAllListeners("exit");
      resolve(results);
    };
    const timer = setTimeout(() => settle(null), hangMs);
    worker.on("message", (message) => settle((message as { results: Result[] }).results));
    worker.once("exit", () => settle(null));
    worker.send(path);
  });
}

function judge({ path, variant, bare, instrumented, refusals, open }: Result): void {
  counts.runs++;
  const passed = /^passed$|AsyncTestComplete/.test(bare);
  if (passed) counts.passed++;
  if (refusals.length > 0) counts.refused++;
  const refused = passed && refusals.length > 0;
  if (refused) note(path, `${path} (${variant}) refused: ${refusals[0] ?? ""}`);
  if (open > 0 && passed) {
    counts.open++;
    note(path, `${path} (${variant}) left ${open} calls open`);
  }
  if (bare === instrumented) counts.same++;
  else if (bare.split(":")[0] === instrumented.split(":")[0] && bare.startsWith("SyntaxError")) {
    counts.messages++;
    console.log(`another complaint about ${path} (${variant})\n  bare: ${bare}\n  ours: ${instrumented}`);
  } else note(path, `${path} (${variant})\n  bare: ${bare}\n  ours: ${instrumented}`);
}

function note(path: string, text: string): void {
  const exception = exceptions.differs.find((each) => path.includes(each.path));
  if (exception) used.set(exception.path, (used.get(exception.path) ?? 0) + 1);
  else unexpected.push(text);
}
