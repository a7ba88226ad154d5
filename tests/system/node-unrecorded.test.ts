// What is not recorded of a Node program: code that it makes while it runs, and functions that cannot have hooks. It runs as
// without Spoor, and is told as gaps; what it calls is recorded. And what tools say of TypeScript that is wrong.
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nodes } from "../../scripts/node-interpreters.ts";
import { packagesOf } from "../../scripts/node-packages.ts";
import { sandbox } from "./sandbox.ts";

const all = nodes();
const matrix = all.filter((_, at) => at === 0 || at === all.length - 1);

const made = `const vm = require("node:vm");
function own(n) { return n + 1 }
function direct() { return eval("function inner() { return own(1) } inner()") }
function indirect() { return (0, eval)("1 + 1") }
function made() { return new Function("own", "return own(2)")(own) }
function called() { return Function("return 3")() }
function here() { return vm.runInThisContext("3 + 1") }
function there() { return new vm.Script("own(4)").runInNewContext({ own }) }
function known() { return vm.compileFunction("return own(5)", ["own"])(own) }
async function later() { return (await import("data:text/javascript,export const n = 7")).n }
console.log(direct(), indirect(), made(), called(), here(), there(), known());
later().then((n) => console.log(n));
`;

const within = `function own(n) { return n + 1 }
function holds(object) { with (object) { return own(width) } }
function reads(object) { with (object) { return width } }
const reading = function (object) { with (object) { return width } };
function around(object) { const inner = () => [holds(object), reads(object), reading(object)]; return inner() }
console.log(around({ width: 2, $c: 1, $spoor: 2 }), holds.toString());
`;

describe.each(matrix)("Node $major", ({ executable: node, major }) => {
  test("code that the program makes is told as gaps, and what it calls is recorded", async () => {
    await using here = sandbox({ "app.js": made });
    expect((await here.both([node, "app.js"])).code).toBe(0);
    const called = await here.rows<{ call: string }>(`
      select c.args->>'n' || ' < ' || p.function as call from calls c join calls p on p.process = c.process and p.id = c.parent_id
      where c.function = 'own' order by c.id`);
    expect(called.map(({ call }) => call)).toEqual(["1 < direct", "2 < made", "4 < there", "5 < known"]);
    const gaps = await here.rows<{ gap: string }>(
      "select caller || ' -> ' || concat_ws('.', nullif(module, ''), callee) as gap from gaps where caller <> '<module>' order by caller_id, gap",
    );
    expect(gaps.map(({ gap }) => gap)).toMatchInlineSnapshot(`
      [
        "direct -> eval",
        "indirect -> eval",
        "made -> (new Function(…))",
        "made -> Function",
        "called -> Function",
        "called -> Function(…)",
        "here -> node:vm.runInThisContext",
        "there -> node:vm.Script",
        "known -> node:vm.compileFunction",
        "known -> node:vm.compileFunction(…)",
        "<anonymous> -> console.log",
      ]
    `);
  });

  test("code that a package makes is no gap of its own: the package is, and what is called back is recorded", async () => {
    const makes = `const vm = require("node:vm");
      exports.evaluates = (own) => eval("own(1)");
      exports.makes = (own) => new Function("own", "function inner() { return own(2) } return inner()")(own);
      exports.runs = (own) => vm.runInNewContext("own(3)", { own });
      exports.compiles = (own) => vm.compileFunction("return own(4)", ["own"])(own);
      exports.scripts = (own) => new vm.Script("(own) => own(5)", { filename: "made.js" }).runInThisContext()(own);`;
    const asks = `const made = require("made");
      function own(n) { return n + 1 }
      function asks() { return [made.evaluates(own), made.makes(own), made.runs(own), made.compiles(own), made.scripts(own)] }
      console.log(asks());`;
    await using here = sandbox({
      "app.js": asks,
      "node_modules/made/index.js": makes,
      "node_modules/made/package.json": '{"name":"made","main":"index.js"}',
    });
    expect((await here.both([node, "app.js"])).code).toBe(0);
    expect(await here.picture(/./)).toMatchInlineSnapshot(`
      "spawn
        app.<module>
          app.asks
            app.own x5"
    `);
    const gaps = await here.rows(
      "select caller || ' -> ' || module || '.' || callee || ' ' || include as gap from gaps where module is not null and caller <> '<module>' order by gap",
    );
    expect(gaps.map(({ gap }) => gap)).toMatchInlineSnapshot(`
      [
        "asks -> made.compiles made",
        "asks -> made.evaluates made",
        "asks -> made.makes made",
        "asks -> made.runs made",
        "asks -> made.scripts made",
      ]
    `);
  });

  test("functions that hold a with statement are gaps, unless what they call is recorded", async () => {
    await using here = sandbox({ "app.js": within });
    expect((await here.both([node, "app.js"])).code).toBe(0);
    expect(await here.picture(/own|holds|around/)).toMatchInlineSnapshot(`
      "spawn
        app.around
          app.around.inner
            app.own"
    `);
    expect(await here.rows("select caller, callee from gaps where caller <> '<module>' order by callee"))
      .toMatchInlineSnapshot(`
      [
        {
          "callee": "reading",
          "caller": "around.inner",
        },
        {
          "callee": "reads",
          "caller": "around.inner",
        },
      ]
    `);
  });

  const wrong =
    "interface Item {\n  price: number;\n}\n\nexport function total(items: Item[]): number {\n  return items.reduce((sum, item => sum + item.price, 0);\n}\n";
  test.each([
    ["tsx", ["tsx", "wrong.ts"], 0],
    ["ts-node", ["ts-node", "wrong.ts"], 0],
    ["Node itself", ["wrong.ts"], 24],
  ])("a complaint of %s about TypeScript shows the user's own text", async (tool, command, since) => {
    if (Number(major) < since) return;
    await using here = sandbox({ "wrong.ts": wrong, "package.json": '{"type":"commonjs"}' });
    const packages = await packagesOf("runners");
    symlinkSync(packages, join(here.directory, "node_modules"));
    const [program, ...rest] = command;
    const whole = tool === "Node itself" ? command : [join(packages, ".bin", program ?? ""), ...rest];
    const { code, stderr } = await here.both([node, ...whole]);
    expect([code, /wrong\.ts[:(]6/.test(stderr), stderr.includes("$spoor")]).toEqual([1, true, false]);
  });
});
