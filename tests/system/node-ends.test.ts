// However a process ends, what it recorded is there, or no more is missing than the turn of the loop in which it ended; and
// nothing of the runtime can be noticed.
import { afterAll, expect, test } from "vitest";
import { programs } from "../../agents/node/tests/runtime/program.ts";

const built = programs();
afterAll(() => {
  built[Symbol.dispose]();
});

const call = "const call = (v) => h.r(h.e1(f, 0, v), v);";
const last = (lines: readonly string[]) =>
  lines
    .at(-1)
    ?.split("\t")
    .filter((_, column) => column !== 2)
    .join(" ") ?? "";

test.each([
  ["its last line", "", 0],
  ["process.exit", "process.exit(3)", 3],
  ["process.exit in a call", "h.e1(f, 0, 5); process.exit(4)", 4],
])("%s", (_name, end, code) => {
  const { child, lines, count } = built.run(`${call} for (let i = 0; i < 1000; i++) call(i); ${end}`);
  expect(child.status).toBe(code);
  expect(count("R")).toBe(1000);
  expect(last(lines)).toBe('Z     {"why":"exit"}');
});

test.each([
  ["an uncaught exception", "throw error;"],
  ["a rejection that nobody handles", "Promise.reject(error);"],
])("%s is said to be fatal", (_name, end) => {
  const { child, lines, count } = built.run(
    `${call} call(1); const error = new TypeError("no"); h.x(h.e1(f, 0, 2), error); ${end}`,
  );
  expect(child.status).toBe(1);
  expect(child.stderr).toContain("TypeError: no");
  expect(count("C")).toBe(2);
  expect(last(lines)).toBe('Z   1  {"why":"exit","fatal":true}');
});

test("what listeners of exit do is recorded, and the file is complete after all of it", () => {
  const { lines, count } = built.run(`${call} call(1);
    process.on("exit", () => { for (let i = 0; i < 300; i++) call(i); });`);
  expect(count("R")).toBe(301);
  expect(last(lines)).toBe('Z     {"why":"exit"}');
});

test.each(["SIGKILL", "SIGTERM"])("%s while it is idle: everything is there", (signal) => {
  const { child, count } = built.run(`${call} for (let i = 0; i < 1000; i++) call(i);
    require("timers").setTimeout(() => process.kill(process.pid, ${JSON.stringify(signal)}), 100);`);
  expect(child.signal).toBe(signal);
  expect(count("R")).toBe(1000);
  expect(count("Z")).toBe(0);
});

test("SIGKILL in the middle of a long turn: what is missing is younger than 20 ms or 64 KiB", () => {
  const { count } = built.run(`${call}
    const { hrtime } = process; const start = hrtime.bigint();
    let n = 0; while (hrtime.bigint() - start < 200_000_000n) { call(n++); for (const until = hrtime.bigint() + 20_000n; hrtime.bigint() < until;); }
    process.kill(process.pid, "SIGKILL"); for (;;);`);
  // About 10,000 calls, less on a busy machine; 20 ms are a tenth of them.
  expect(count("R")).toBeGreaterThan(500);
});

test("an abort keeps what was written", () => {
  const { child, count } = built.run(`${call} for (let i = 0; i < 30_000; i++) call(i); process.abort();`, {
    shell: "ulimit -c 0",
  });
  expect(child.signal).toBe("SIGABRT");
  expect(count("R")).toBeGreaterThan(28_000);
});

test("a full disk ends the recording, says so, and leaves the program alone", () => {
  const { child, lines, count } = built.run(
    `${call} process.on("SIGXFSZ", () => {}); for (let i = 0; i < 100_000; i++) call(i); console.log("done");`,
    // A limit on files stands for the disk.
    { shell: "ulimit -f 400" },
  );
  expect(child.status).toBe(0);
  expect(child.stdout).toBe("done\n");
  expect(child.stderr).toMatch(/^spoor: the recording of process \d+ ended: EFBIG\n$/);
  expect(count("R")).toBeGreaterThan(1000);
  expect(lines.filter((line) => line.includes('"why":"disk_full"')).map((line) => line.split("\t")[4])).toEqual(["1"]);
  expect(last(lines)).toBe('Z     {"why":"exit"}');
});

test("at the run's size limit calls are only counted", () => {
  const { child, lines, count } = built.run(`${call} for (let i = 0; i < 60_000; i++) call(i);`, {
    settings: { sizeBytes: 600_000 },
  });
  expect(child.status).toBe(0);
  const counted = lines.filter((line) => line.startsWith("N\t")).map((line) => Number(line.split("\t")[4]));
  expect(count("C") + counted.reduce((sum, n) => sum + n, 0)).toBe(60_000);
  expect(count("C")).toBeLessThan(30_000);
  expect(lines.some((line) => line.includes('"why":"size_limit"'))).toBe(true);
});

test("nothing keeps the process alive or shows among its resources", () => {
  const { child } = built.run(`${call} const start = Date.now();
    call(1);
    console.log(JSON.stringify([process._getActiveHandles().filter((one) => one.fd === undefined).length, process.getActiveResourcesInfo().filter((name) => !/TTY|Pipe|FS/.test(name))]));
    process.on("beforeExit", () => { call(2); if (Date.now() - start > 1000) throw new Error("it was kept alive"); });`);
  expect(child.stdout).toBe("[0,[]]\n");
  expect(child.status).toBe(0);
});

test("killed at random moments, a process leaves whole records in order", () => {
  for (let round = 0; round < 25; round++) {
    const { child, lines, count } = built.run(`${call}
      const until = process.hrtime.bigint() + ${BigInt(Math.floor(Math.random() * 60_000_000))}n;
      setTimeout(() => { for (let i = 0; ; i++) { call({ i, text: "x".repeat(i % 50) }); if (i % 32 === 0 && process.hrtime.bigint() > until) process.kill(process.pid, "SIGKILL"); } });`);
    expect(child.signal).toBe("SIGKILL");
    expect(lines.filter((line) => line.split("\t").length !== 7 && line !== "truncated")).toEqual([]);
    const calls = lines.filter((line) => line.startsWith("C\t")).map((line) => Number(line.split("\t")[1]));
    expect(calls).toEqual(calls.map((_, index) => index + 1));
    expect(count("C") - count("R")).toBeLessThanOrEqual(1);
  }
});

test("each worker thread records for itself, also one that is terminated", () => {
  const { child, lines } = built.run(`${call}
    const { Worker, isMainThread, parentPort, workerData } = require("worker_threads");
    const work = (code) => new Worker("const { createRuntime } = require(" + JSON.stringify(require.main.children[0].filename) + ");" + code, { eval: true, workerData: runtime.key });
    const start = "const r = createRuntime({ directory: " + JSON.stringify(require("path").dirname(__filename)) + ", parent: require('worker_threads').workerData, threadId: require('worker_threads').threadId });" +
      "const f = r.define({ file: 'w', module: 'w', functions: [{ name: 'w', kind: 'function', line: 1, column: 0, parameters: [], captures: [], locals: [] }], sites: [] }).functions;" +
      "for (let i = 0; i < 100; i++) r.hooks.q(r.hooks.e0(f));";
    call(1);
    work(start).on("exit", () => {
      const worker = work(start + "setTimeout(() => require('worker_threads').parentPort.postMessage(0), 50); setInterval(() => {}, 1000);");
      worker.on("message", () => worker.terminate());
    });`);
  expect(child.stderr).toBe("");
  const headers = lines.filter((line) => line.startsWith("H\t")).map((line) => JSON.parse(line.split("\t")[6] ?? "") as Record<string, unknown>); // prettier-ignore
  const main = headers.find(({ born }) => born === "spawn");
  expect(headers.map(({ born, thread, parent }) => [born, thread, parent])).toEqual([
    ["spawn", undefined, null], ["thread", 1, main?.["process"]], ["thread", 2, main?.["process"]],
  ]); // prettier-ignore
  expect(lines.filter((line) => line.startsWith("R\t")).length).toBe(201);
  expect(lines.filter((line) => line.startsWith("Z\t")).length).toBe(2);
});

test("a stack that ends in the middle of a hook leaves whole records", () => {
  const { child, lines, count } = built.run(`
    let deepest = 0;
    function deep(n) { const $s = h.e1(f, 0, { n, list: [n, { n }] }); try { deepest = n; return h.r($s, deep(n + 1)); } catch ($e) { h.x($s, $e); throw $e; } }
    for (let i = 0; i < 5; i++) try { deep(0); } catch (error) { if (!(error instanceof RangeError)) throw error; }
    h.r(h.e1(f, 0, "after"), deepest);`);
  expect(child.status).toBe(0);
  expect(lines.filter((line) => line.startsWith("corrupt"))).toEqual([]);
  expect(count("C")).toBe(count("R") + count("X"));
  // The last call has no parent: none of those before it stayed on the stack.
  expect(lines.findLast((line) => line.startsWith("C\t"))?.split("\t")[3]).toBe("0");
});

test("ten million calls take no more memory than one million", () => {
  const { child } = built.run(
    `${call}
    const used = () => { gc(); const { heapUsed, external, arrayBuffers } = process.memoryUsage(); return heapUsed + external + arrayBuffers; };
    const million = () => { for (let i = 0; i < 1_000_000; i++) { const s = h.e1(f, 0, i); h.r(s, i & 1 ? i : "text " + (i & 1023)); } };
    million(); const first = used(); for (let i = 0; i < 9; i++) million();
    console.log(used() - first);`,
    { settings: { sizeBytes: 50_000_000, hot: 400_000 }, flags: ["--expose-gc"] },
  );
  expect(child.stderr).toBe("");
  expect(Number(child.stdout)).toBeLessThan(1_000_000);
});
