// What V8 is asked of an object: right answers, in processes of their own, since V8's flags and what it throws away are those of a
// process; and silence where V8 cannot be asked.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterAll, expect, test } from "vitest";

const home = mkdtempSync(join(tmpdir(), "spoor-layout-"));
afterAll(() => {
  rmSync(home, { recursive: true });
});
const bundle = join(home, "layout.cjs");
buildSync({
  entryPoints: [join(import.meta.dirname, "../../src/runtime/layout.ts")],
  bundle: true,
  platform: "node",
  format: "cjs",
  outfile: bundle,
});
const cache = join(home, "cache");

/** What `program` prints, with `open(cache, canSetFlags)` at hand. */
function printed(program: string, flags: readonly string[] = []): string {
  const path = join(home, "program.cjs");
  writeFileSync(path, `const open = require(${JSON.stringify(bundle)}).openLayout;\n${program}`);
  const child = spawnSync(process.execPath, [...flags, path], { encoding: "utf8" });
  return child.stdout + child.stderr;
}

const kept = () => readdirSync(join(cache, "node"));
const isCached = `open(${JSON.stringify(cache)}, false).elements([1]) === 1`;

test("arrays whose elements are data are told from those that may have accessors", () => {
  const program = `
    const layout = open(null, true), vm = require("vm");
    const run = () => { throw new Error("ran"); };
    const late = [1, 2, 3], removed = [1, 2, 3];
    const before = layout.elements(late);
    Object.defineProperty(late, 1, { get: run });
    delete removed[1];
    const sparse = []; sparse[1e6] = 1;
    const data = [[], [1], [1.5], ["a"], [1, , 3], new Array(9), removed, new (class extends Array {})(3), vm.runInNewContext("[1, 2]"),
      Object.setPrototypeOf([1], new Proxy([], { get: run, has: run, getPrototypeOf: run })), Array.from({ length: 5000 }, (_, i) => i)];
    const not = [late, sparse, Object.defineProperty([1], 0, { get: run }), Object.defineProperty([], 5, { set: run, configurable: true }),
      Object.defineProperties([1, 2], { 1: { get: run } }), (() => { const a = [1]; a.__defineGetter__(0, run); return a; })(),
      Object.freeze(Object.defineProperty([1], 0, { get: run })), Object.seal(Object.defineProperty([1, 2], 1, { get: run })),
      vm.runInNewContext("Object.defineProperty([1, 2], 0, { get() { throw 1 } })"),
      (() => { const a = [1, 2]; Object.defineProperty(new Proxy(a, {}), 1, { get: run }); return a; })(),
      (() => { const a = Object.defineProperty([1], 0, { get: run, configurable: true }); for (let i = 1; i < 3000; i++) a.push(i); return a; })()];
    console.log(before, data.map(layout.elements).join(), not.map(layout.elements).join());`;
  // 1: all of them are there; 2: some may be missing; 0: nobody knows.
  expect(printed(program)).toBe(`1 1,1,1,1,2,2,2,2,1,1,1 ${Array(11).fill("0").join()}\n`);
});

test("the flag that V8 is asked with is on for nobody else, and what others compiled before stays theirs", () => {
  const program = `
    const vm = require("vm");
    const code = "(function f() { return 1 })()";
    const cachedData = new vm.Script(code, { produceCachedData: true }).cachedData;
    open(null, true);
    try { new vm.Script("%HasFastElements([])"); } catch (error) { console.log(error.name); }
    console.log(new vm.Script(code, { cachedData }).cachedDataRejected);`;
  expect(printed(program)).toBe("SyntaxError\nfalse\n");
});

test("what V8 threw away is made anew, without the flag", () => {
  const program = `
    const layout = open(null, true);
    for (let i = 0; i < 10; i++) gc();
    setTimeout(() => {
      for (let i = 0; i < 10; i++) gc();
      const lost = layout.elements([1]);
      layout.renew();
      console.log(lost, layout.elements([1]), layout.elements([, 1]), layout.elements(Object.defineProperty([1], 0, { get() {} })));
    }, 1);`;
  expect(printed(program, ["--expose-gc", "--stress-flush-code"])).toBe("0 1 2 0\n");
});

test("a process that may not change flags has what another one left; damaged or of other flags it is not used", () => {
  expect(printed(`console.log(${isCached})`)).toBe("false\n");
  expect(printed(`console.log(open(${JSON.stringify(cache)}, true).elements([1]))`)).toBe("1\n");
  const [file = ""] = kept();
  expect(kept()).toEqual([expect.stringMatching(/^elements-[\d.]+[\w.-]*-\w+$/)]);
  expect(printed(`console.log(${isCached}); console.log(process.moduleLoadList.includes("NativeModule v8"))`)).toBe(
    "true\nfalse\n",
  );
  expect(printed(`console.log(${isCached})`, ["--stack-size=900"])).toBe("false\n");
  const path = join(cache, "node", file);
  const whole = readFileSync(path);
  for (const at of [0, whole.length >> 1, whole.length - 1]) {
    const damaged = Buffer.from(whole);
    damaged[at] = (damaged[at] ?? 0) ^ 4;
    writeFileSync(path, damaged);
    expect(printed(`console.log(${isCached})`)).toBe("false\n");
  }
  truncateSync(path, 500);
  expect(printed(`console.log(${isCached})`)).toBe("false\n");
});
