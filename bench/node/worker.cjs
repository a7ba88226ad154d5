// Measures one workload in a process of its own, whenever it is told to. Started by contenders.ts with one JSON argument:
// {"workload", "mode", "warm_ms", "agent", "njstrace"}. Answers on standard output, one JSON line each: {"ready"} once warm, then
// {"ns", "runs", "best"} for every line `go <ms> <batch ms>` on standard input: processor time of the program's thread, how often
// `run` ran in it, and the time of one run in the quickest batch. Mode `count` answers {"units"} instead: how many units of work
// (calls of the workload's functions) one run is.
const { writeSync } = require("node:fs");
const { relative } = require("node:path");
const { createInterface } = require("node:readline");
const { setImmediate } = require("node:timers/promises");
const { pathToFileURL } = require("node:url");
const { threadClock } = require("./clock.cjs");

const told = JSON.parse(process.argv[2]);
const clock = threadClock();
// Straight to the descriptor: some tools print to standard output.
const answer = (fields) => void writeSync(1, `${JSON.stringify(fields)}\n`);

function load() {
  switch (told.mode) {
    case "paused": {
      // Instrumented while a recording runs, and called when it has ended: the hooks are there and do nothing.
      const agent = require(told.agent);
      const using = agent.recording(told.project, told.settings);
      const workload = require(told.workload);
      using[Symbol.dispose]();
      return workload;
    }
    case "njstrace":
      // It looks at paths from here.
      require(told.njstrace).inject({ files: [relative("", told.workload)], formatter: { stdout: "njstrace.log" } });
      return require(told.workload);
    default:
      return require(told.workload);
  }
}

/** As many runs as one look at the clock is worth: it takes some microseconds. */
async function calibrated(run) {
  for (let runs = 1; ; runs *= 2) {
    const start = clock();
    for (let i = 0; i < runs; i++) await run();
    if (clock() - start > 500_000) return runs;
  }
}

async function measure(run, isAsync, runsAtOnce, budgetNs, batchNs) {
  const start = clock();
  let [now, runs, best] = [start, 0, Infinity];
  while (now - start < budgetNs) {
    const begun = now;
    let count = 0;
    while (now - begun < batchNs) {
      if (isAsync) for (let i = 0; i < runsAtOnce; i++) await run();
      else for (let i = 0; i < runsAtOnce; i++) run();
      // What a recorder writes when the loop is idle is part of its cost.
      await setImmediate();
      count += runsAtOnce;
      now = clock();
    }
    best = Math.min(best, (now - begun) / count);
    runs += count;
  }
  return { ns: now - start, runs, best };
}

/** Calls of functions in the file of the workload that one run makes, as V8 counts them. */
async function countCalls(workload) {
  const { Session } = require("node:inspector");
  const session = new Session();
  session.connect();
  const post = (method, options) =>
    new Promise((resolve, reject) => {
      session.post(method, options, (error, result) => (error ? reject(error) : resolve(result)));
    });
  await post("Profiler.enable");
  await post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
  await post("Profiler.takePreciseCoverage");
  await workload.run();
  const { result } = await post("Profiler.takePreciseCoverage");
  session.disconnect();
  const own = result.filter(({ url }) => url === told.workload || url === pathToFileURL(told.workload).href);
  return own.flatMap(({ functions }) => functions).reduce((sum, { ranges }) => sum + ranges[0].count, 0);
}

async function main() {
  const workload = load();
  workload.verify?.();
  if (told.mode === "count") {
    answer({ units: workload.units ?? (await countCalls(workload)) });
    return;
  }
  const { run } = workload;
  const isAsync = run() instanceof Promise;
  const warmNs = told.warm_ms * 1e6;
  await measure(run, isAsync, 1, warmNs / 4, warmNs / 4);
  const runsAtOnce = await calibrated(run);
  await measure(run, isAsync, runsAtOnce, warmNs, warmNs);
  answer({ ready: true });
  for await (const line of createInterface({ input: process.stdin })) {
    const [word, budgetMs, batchMs] = line.split(" ");
    if (word === "go") answer(await measure(run, isAsync, runsAtOnce, budgetMs * 1e6, batchMs * 1e6));
  }
}

main().catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
