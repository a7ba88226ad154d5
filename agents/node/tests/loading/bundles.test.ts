// The code that V8 made of the agent: kept by the first process, taken by the next, and never when it is not whole.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { buildNodeAgent } from "../../../../scripts/build-node-agent.ts";

const scratch = mkdtempSync(join(tmpdir(), "spoor-bundles-"));
const [agent, run, cache] = ["agent", "run", "cache"].map((name) => join(scratch, name)) as [string, string, string];

/** Tells what V8 was given for the agent, and what it said to it. */
const spy = `const vm = require("node:vm");
const { Script } = vm;
vm.Script = function (text, options) {
  const script = new Script(text, options);
  if (/agent.cjs$/.test(options.filename))
    process.stdout.write(options.cachedData ? (script.cachedDataRejected ? "rejected " : "cached ") : "compiled ");
  return script;
};
process.on("exit", () => (vm.Script = Script));
`;

vi.setConfig({ testTimeout: 60_000 });

beforeAll(() => {
  buildNodeAgent(agent);
  mkdirSync(join(run, "spool"), { recursive: true });
  writeFileSync(join(run, "config.json"), JSON.stringify({ format: 1, run: "r", root: scratch, clock_ns: "0", cache }));
  writeFileSync(join(scratch, "spy.cjs"), spy);
  writeFileSync(join(scratch, "main.cjs"), "function f() { return 'done'; }\nprocess.stdout.write(f());\n");
  const many = "function f(n) { return { n }; }\nfor (let n = 0; n < 1000; n++) f(n);\nprocess.stdout.write('done');\n";
  writeFileSync(join(scratch, "many.cjs"), many);
  writeFileSync(join(scratch, "killed.cjs"), `${many}setTimeout(() => process.kill(process.pid, "SIGKILL"), 1000);\n`);
});
beforeEach(() => rmSync(cache, { recursive: true, force: true }));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function start(flags: readonly string[] = [], main = "main.cjs"): string {
  const options = [join(scratch, "spy.cjs"), join(agent, "register.cjs")].map((file) => `--require ${file}`).join(" ");
  const env = { PATH: process.env["PATH"], SPOOR_RUN: run, NODE_OPTIONS: options };
  const { stdout, stderr } = spawnSync(process.execPath, [...flags, join(scratch, main)], {
    env,
    encoding: "utf8",
  });
  return stdout + stderr;
}

/** Of the agent, not of the transform. */
function kept(): string[] {
  const folders = readdirSync(join(cache, "node")).filter((name) => name.startsWith("code-"));
  const paths = folders.flatMap((name) =>
    readdirSync(join(cache, "node", name)).map((each) => join(cache, "node", name, each)),
  );
  return paths.filter((path) => path.includes("/agent-"));
}

test("the second process takes what the first one kept", () => {
  expect(start()).toBe("compiled done");
  const [path = ""] = kept();
  const before = readFileSync(path);
  expect(start()).toBe("cached done");
  expect(kept()).toEqual([path]);
  expect(readFileSync(path)).toEqual(before);
});

test("what is damaged is not given to V8, and replaced", () => {
  start();
  const [path = ""] = kept();
  const whole = readFileSync(path);
  const zeros = (from: number, to: number) => Buffer.from(whole).fill(0, from, to);
  for (const damaged of [
    whole.subarray(0, -8), Buffer.alloc(0), Buffer.alloc(whole.length),
    zeros(4096 * 9, 4096 * 10), zeros(512 * 11, 512 * 12), zeros(0, 4096),
  ]) {
    writeFileSync(path, damaged);
    expect(start()).toBe("compiled done");
    expect(start()).toBe("cached done");
  }
}); // prettier-ignore

test("what V8 made with other flags stands beside it", () => {
  start();
  const own = kept();
  expect(start(["--no-lazy"])).toBe("compiled done");
  expect(start(["--no-lazy"])).toBe("cached done");
  expect(start()).toBe("cached done");
  // As if the flags had come in a way that does not show.
  const other = kept().filter((path) => !own.includes(path));
  writeFileSync(own[0] ?? "", readFileSync(other[0] ?? ""));
  expect(start()).toBe("rejected done");
  expect(start()).toBe("cached done");
});

test.each(["many.cjs", "killed.cjs"])(
  "what %s kept, which has recorded calls, takes the place of what a start kept",
  (main) => {
    start();
    const [path = ""] = kept();
    const before = readFileSync(path);
    expect(start([], main)).toBe("cached done");
    expect(kept()).toEqual([path]);
    const whole = readFileSync(path);
    expect(whole.length).toBeGreaterThan(before.length);
    expect([start(), start([], main)]).toEqual(["cached done", "cached done"]);
    expect(readFileSync(path)).toEqual(whole);
  },
);
