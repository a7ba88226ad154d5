// Node programs as people start them, bare and recorded: what they see of themselves and say is the same, and what was recorded
// has the names and lines of the source.
import { cpSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nodeOptionsWith } from "../../host/src/recording/node-options.ts";
import { nodes } from "../../scripts/node-interpreters.ts";
import { root } from "../../scripts/root.ts";
import { pythons } from "../../scripts/python-interpreters.ts";
import { sandbox, type Sandbox } from "./sandbox.ts";

const matrix = nodes();
const python = pythons().at(-1)?.executable ?? "python3";

/** The packages of the repository, for programs that need a tool. */
function withPackages(here: Sandbox): void {
  symlinkSync(join(root, "node_modules"), join(here.directory, "node_modules"));
}

const cart = `export interface Item {
  price: number;
}

export class Cart<T extends Item> {
  readonly items: T[] = [];

  add = (item: T): number => this.items.push(item);

  fail(): never {
    throw new RangeError("no");
  }
}
`;

const shop = `import { Cart, type Item } from "./cart";

interface Unused {
  name: string;
}

async function main(): Promise<void> {
  const cart = new Cart<Item>();
  cart.add({ price: 1 });
  await null;
  try {
    cart.fail();
  } catch (error) {
    console.log((error as Error).stack?.split("\\n").slice(0, 3).join("\\n"));
  }
}

void main();
`;

const lines = "select function || ':' || line as place from functions where kind <> 'module' order by function";

describe.each(matrix)("Node $major", ({ executable: node, major }) => {
  test("what a program sees of itself", async () => {
    const program = `
      const own = require("./own");
      function shown() {
        const { NODE_OPTIONS, SPOOR_RUN, SPOOR_PARENT, PYTHONPATH } = process.env;
        return {
          env: [NODE_OPTIONS, SPOOR_RUN, SPOOR_PARENT, PYTHONPATH, Object.keys(process.env).length],
          argv: process.argv.slice(1), execArgv: process.execArgv, title: process.title,
          cache: Object.keys(require.cache), children: module.children.length, main: require.main === module,
          paths: module.paths.length, loaded: process.moduleLoadList.length > 0,
          events: process.eventNames(), exit: process.listenerCount("exit"),
          monitor: process.listeners("uncaughtExceptionMonitor").length,
          globals: Object.keys(globalThis), limit: Error.stackTraceLimit, prepare: typeof Error.prepareStackTrace,
          text: [shown.toString().split("\\n").length, own.toString(), String(class { m() { return own() } })],
          native: [Function.prototype.toString, process.emit, require("vm").createContext, require("module").prototype._compile,
            require("child_process").spawn, require("worker_threads").Worker].map((f) => String(f).slice(0, 30) + f.name + f.length),
          active: process.getActiveResourcesInfo(), stack: new Error("here").stack,
        };
      }
      console.log(JSON.stringify(shown(), null, 1));
      process.exitCode = 3;
    `;
    await using here = sandbox({
      "app.js": program,
      "own.js": "module.exports = (a, b = () => 1) => { return a ?? b(); };\n",
    });
    const { code } = await here.both([node, "--no-warnings", "app.js", "one"], {
      env: { NODE_OPTIONS: "--no-deprecation" },
    });
    expect(code).toBe(3);
    const plain = await here.both([node, "app.js"]);
    expect(plain.said).not.toContain("nothing was recorded");
    expect(await here.picture(/shown|own/)).toContain("app.shown");
  });

  test.each([
    ["an error", "function f() {\n\tnull.x;\n}\nf();"],
    [
      "one that is thrown on one line",
      "const f = (n) => { if (n > 0) throw Object.assign(new TypeError('x'), { code: 'E' }); };\nf(0); f(1);",
    ],
    ["one from Node", "const read = (f) => require('fs').readFileSync(f);\nread('/there/is/none');"],
    ["a rejection", "async function f() {\n  await null;\n  throw new RangeError('later');\n}\nf();"],
    ["a wrong program", "function f( {\n"],
    ["one in a timer", "setTimeout(function later() { missing(); }, 1);\nprocess.on('exit', (c) => console.log(c));"],
  ])("%s that ends the program is shown as without us", async (_, program) => {
    await using here = sandbox({
      "app.js": program,
      "app.mjs": program.replaceAll("require('fs')", "process.getBuiltinModule('fs')"),
    });
    expect((await here.both([node, "app.js"])).code).toBe(1);
    if (!program.includes("require")) await here.both([node, "app.mjs"]);
  });

  test.each([
    "--frozen-intrinsics",
    "--disallow-code-generation-from-strings",
    "--pending-deprecation",
    "--enable-source-maps",
  ])("%s", async (flag) => {
    await using here = sandbox({ "app.js": "function f(x) { return x; }\nconsole.log(f(1));\n" });
    const same = (text: string) => text.replace(/node:\d+/g, "node:…");
    await here.both([node, flag, "app.js"], { same });
    expect(await here.picture(/f$/)).toBe("spawn\n  app.f");
  });

  test("a program that tsx compiles, of either kind", async () => {
    await using here = sandbox({ "app.ts": shop, "cart.ts": cart, "package.json": "{}" });
    withPackages(here);
    for (const type of ["commonjs", "module"]) {
      here.write("package.json", JSON.stringify({ type }));
      await here.both([node, "node_modules/tsx/dist/cli.mjs", "app.ts"]);
      const found = await here.rows<{ place: string }>(lines);
      expect(found.map(({ place }) => place)).toEqual(["Cart.add:8", "Cart.constructor:5", "Cart.fail:10", "main:7"]);
      expect(await here.picture(/main|Cart/)).toBe(
        "spawn\n  spawn\n    app.main\n      cart.Cart.constructor\n      cart.Cart.add\n      cart.Cart.fail (raised)",
      );
    }
  });

  test("what esbuild has built, with its map inside and beside it", async () => {
    const withPackage = `import colors from "picocolors";\n${shop}console.log(colors.createColors(false).red("x"));\n`;
    await using here = sandbox({ "src/app.ts": withPackage, "src/cart.ts": cart });
    withPackages(here);
    for (const kind of ["inline", "linked"]) {
      const build = [
        "node_modules/esbuild/bin/esbuild",
        "src/app.ts",
        "--bundle",
        "--platform=node",
        `--sourcemap=${kind}`,
      ];
      const built = await here.startBare([...build, "--minify-whitespace", "--outfile=dist/app.js"]).ended;
      expect(built.code).toBe(0);
      await here.both([node, "--enable-source-maps", "dist/app.js"]);
      const found = await here.rows<{ place: string }>(lines);
      expect(found.map(({ place }) => place)).toEqual(["Cart.add:8", "Cart.constructor:5", "Cart.fail:10", "main:8"]);
      const files = await here.rows("select distinct file from functions where kind <> 'module' order by file");
      expect(files).toEqual([{ file: "src/app.ts" }, { file: "src/cart.ts" }]);
    }
  });

  test("children and workers, whatever environment they are given", async () => {
    const program = `
      const { execFileSync, spawnSync } = require("child_process");
      const { Worker } = require("worker_threads");
      const node = process.execPath;
      if (process.argv[2]) return console.log("child", process.argv[2], Object.keys(process.env).includes("NODE_OPTIONS"));
      function run(env) { return String(execFileSync(node, [__filename, "a"], { env })); }
      console.log(run({}), run({ NODE_OPTIONS: "--no-warnings" }));
      console.log(String(spawnSync("sh", ["-c", \`NODE_OPTIONS=--no-warnings "\${node}" app.js b\`]).stdout));
      new Worker("console.log(process.execArgv, Object.keys(process.env))", { eval: true, env: { A: "1" }, execArgv: [] });
    `;
    await using here = sandbox({ "app.js": program });
    await here.both([node, "app.js"]);
    const born = await here.rows("select born, count(*)::int as n from processes group by born order by born");
    expect(born).toEqual([
      { born: "spawn", n: 3 },
      { born: "thread", n: 1 },
    ]);
    const drops = await here.rows<{ why: string; note: string }>("select why, note from drops");
    expect(drops.map(({ why, note }) => `${why} ${note}`)).toEqual([
      expect.stringMatching(/^not_injected .*sets NODE_OPTIONS anew.*app\.js b\)$/),
    ]);
  });

  test("a module that is loaded while nobody has time to prepare it is told", async () => {
    await using here = sandbox({
      "app.mjs": `import { register } from "node:module";
const loaded = new Int32Array(new SharedArrayBuffer(4));
register("./hooks.mjs", import.meta.url, { data: loaded });
const late = import("./late.mjs");
while (Atomics.load(loaded, 0) === 0) await new Promise((done) => setTimeout(done, 1));
for (const end = Date.now() + 4000; Date.now() < end;);
console.log((await late).late(1));
`,
      "hooks.mjs": `let loaded;
export const initialize = (data) => { loaded = data; };
export async function load(url, context, next) {
  if (!url.endsWith("late.mjs")) return next(url, context);
  Atomics.store(loaded, 0, 1);
  await new Promise((done) => setTimeout(done, 500));
  return next(url, context);
}
`,
      "late.mjs": "export function late(n) { return n; }\n",
    });
    await here.both([node, "--no-warnings", "app.mjs"]);
    const recorded = await here.rows("select function from calls where function = 'late'");
    const drops = await here.rows<{ note: string }>("select note from drops where why = 'agent_error'");
    const told = drops.map(({ note }) => note.replace(/^.*project\//, ""));
    const missed = ["late.mjs is not recorded: it was loaded while this thread was too busy to prepare it"];
    // Newer Nodes load on the program's own thread, which then has time.
    expect([recorded.length, told]).toEqual(Number(major) < 22 ? [0, missed] : [1, []]);
  });

  test("a Node server whose requests a Python worker answers, and the reverse", async () => {
    await using here = sandbox({
      "server.js": `const { createServer } = require("node:http");
const { spawn } = require("node:child_process");
const { createInterface } = require("node:readline");
let worker = null;
function start() {
  worker = spawn(${JSON.stringify(python)}, ["worker.py"], { stdio: ["pipe", "pipe", "inherit"] });
  worker.answers = createInterface({ input: worker.stdout })[Symbol.asyncIterator]();
}
async function ask(n) {
  worker.stdin.write(n + "\\n");
  return (await worker.answers.next()).value;
}
async function answer(request, response) {
  if (worker === null) start();
  response.end(await ask(request.url.slice(1)));
}
const server = createServer(answer).listen(0, async () => {
  const { port } = server.address();
  for (const n of [2, 3]) console.log(await (await fetch(\`http://127.0.0.1:\${port}/\${n}\`)).text());
  worker.stdin.end();
  server.close();
  server.closeAllConnections();
});
`,
      "worker.py": `import sys
def square(n):
    return n * n
for line in sys.stdin:
    print(square(int(line)), flush=True)
`,
      "server.py": `import subprocess
class Worker:
    def start(self):
        self.process = subprocess.Popen([${JSON.stringify(node)}, "worker.js"], stdin=-1, stdout=-1, text=True)
    def ask(self, n):
        self.process.stdin.write("%d\\n" % n)
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()
def main():
    worker = Worker()
    worker.start()
    print(worker.ask(2), worker.ask(3))
    worker.process.stdin.close()
    worker.process.wait()
main()
`,
      "worker.js": `function square(n) { return n * n; }
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => console.log(square(Number(line))));
`,
    });
    const linked = "select born, parent_process from processes where process > 1";
    const squares = "select n.result, n.process from calls n where n.function = 'square' order by n.started_ns";
    for (const command of [
      [node, "server.js"],
      [python, "server.py"],
    ]) {
      await here.both(command);
      expect(await here.rows(linked)).toEqual([{ born: "spawn", parent_process: 1 }]);
      expect(await here.rows(squares)).toEqual([
        { result: "4", process: 2 },
        { result: "9", process: 2 },
      ]);
    }
  });

  test("Python that Node starts and Node that Python starts are one run", async () => {
    await using here = sandbox({
      "app.js": `function ask() { return String(require("child_process").execFileSync("${python}", ["work.py"])); }\nconsole.log(ask());\n`,
      "work.py": `import subprocess\ndef work():\n    return subprocess.check_output(["${node}", "back.js"])\nprint(work().decode())\n`,
      "back.js": "function back() { return 7; }\nconsole.log(back());\n",
    });
    await here.both([node, "app.js"]);
    expect(await here.picture(/ask|work$|back\.back/)).toBe(
      "spawn\n  app.ask\n  spawn\n    __main__.work\n    spawn\n      back.back",
    );
  });

  test("Python tells of a Node that it starts without what carries the agent", async () => {
    await using here = sandbox({
      "work.py": `import subprocess\ndef work(**given):\n    return subprocess.check_output(["${node}", "back.js"], **given)\nprint(work(), work(env={}))\n`,
      "back.js": "function back() { return 7; }\nconsole.log(back());\n",
    });
    await here.both([python, "work.py"]);
    expect(await here.picture(/work$|back\.back/)).toBe("spawn\n  __main__.work x2\n  spawn\n    back.back");
    const drops = await here.rows<{ note: string }>("select note from drops where why = 'not_injected'");
    expect(drops.map(({ note }) => note)).toEqual([
      expect.stringMatching(/NODE_OPTIONS of this process \(.*back\.js\)$/),
    ]);
  });

  test("an agent in a folder with spaces, quotes and backslashes", async () => {
    await using here = sandbox({
      "app.js": "function f() { return 1; }\nconsole.log(f(), process.env.NODE_OPTIONS);\n",
    });
    await here.startRecorded([node, "app.js"]).ended;
    const [run = ""] = here.runs();
    const odd = join(here.directory, '../odd "\\ place');
    cpSync(join(here.bin, "../node"), odd, { recursive: true });
    const env = { SPOOR_RUN: run, NODE_OPTIONS: nodeOptionsWith(join(odd, "register.cjs"), "--no-warnings") };
    const { stdout, stderr } = await here.startBare([node, "app.js"], { env }).ended;
    expect([stdout, stderr]).toEqual(["1 --no-warnings\n", ""]);
    expect(readdirSync(join(run, "spool")).filter((name) => name.endsWith(".raw"))).toHaveLength(1);
  });

  // Node 20 has it, but runs no preloaded module under it.
  if (Number(major) < 22) return;

  test("the permission model without leave to write is told", async () => {
    await using here = sandbox({ "app.js": "console.log(1);\n" });
    const flag = Number(major) < 24 ? "--experimental-permission" : "--permission";
    const { stdout, said } = await here.startRecorded([node, "--no-warnings", flag, "--allow-fs-read=*", "app.js"])
      .ended;
    expect(stdout).toBe("1\n");
    expect(said).toMatch(/this process is not recorded.*ERR_ACCESS_DENIED/);
  });
});

describe("vitest", () => {
  const config = (pool: string) => `export default { test: { pool: "${pool}", maxWorkers: 1, cache: false } };\n`;
  const tests = `import { expect, test } from "vitest";
import { Cart } from "./cart";

test("adds", () => {
  const cart = new Cart();
  expect(cart.add({ price: 1 })).toBe(1);
  expect(() => cart.fail()).toThrow("no");
});
`;

  test.each(["forks", "threads", "vmThreads"])("%s", async (pool) => {
    await using here = sandbox({
      "cart.ts": cart,
      "cart.test.ts": tests,
      "vitest.config.mjs": config(pool),
      "package.json": "{}",
    });
    withPackages(here);
    const ended = await here.startRecorded([process.execPath, "node_modules/vitest/vitest.mjs", "run"]).ended;
    expect(ended.stdout).toMatch(/1 passed/);
    const found = await here.rows<{ place: string }>(lines);
    expect(found.map(({ place }) => place).filter((place) => place.startsWith("Cart"))).toEqual([
      "Cart.add:8",
      "Cart.constructor:5",
      "Cart.fail:10",
    ]);
    const [{ parents } = { parents: "" }] = await here.rows<{ parents: string }>(
      "select string_agg(p.function, ',') as parents from calls c join calls p on p.process = c.process and p.id = c.parent_id where c.function = 'Cart.add'",
    );
    expect(parents).toBe("<anonymous>");
  });
});

test("the package that a program imports", async () => {
  await using here = sandbox({
    "app.mjs": `import { start, stop, recording, trace, SpoorError } from "@spoor/agent";
const outside = trace(function outside(a) { return a + 1; });
class Named { method(x) { return x; } }
trace(Named);
const run = start();
try { start(); } catch (error) { console.log(error instanceof SpoorError, error.code); }
const { work } = await import("./work.mjs");
console.log(work(2), outside(1), new Named().method(3), outside.name, outside.length);
stop();
work(9);
try { stop(); } catch (error) { console.log(error.code); }
const again = recording(undefined, { values: "none" });
console.log(work(5), run !== again.directory);
again[Symbol.dispose]();
`,
    "work.mjs": "export function work(n) { return n * 2; }\n",
  });
  const scope = join(here.directory, "node_modules/@spoor");
  here.write("node_modules/@spoor/x", "");
  symlinkSync(join(here.bin, "../node"), join(scope, "agent"));
  const { stdout, stderr } = await here.startBare([process.execPath, "app.mjs"]).ended;
  expect(stderr).toBe("");
  expect(stdout).toBe("true recording.already_started\n4 2 3 outside 1\nrecording.not_started\n10 true\n");
  expect(here.runs().length).toBe(2);
  expect(await here.rows("select function, result from calls where function = 'work'")).toEqual([
    { function: "work", result: null },
  ]);
});
