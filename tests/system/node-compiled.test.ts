// One TypeScript program as compilers make it for targets old and new: whatever they put in place of `async`, fields, decorators,
// enums and namespaces, what was recorded has the names, lines, kinds, callers and ends of what the user wrote.
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { buildSync, type BuildOptions } from "esbuild";
import { describe, expect, test } from "vitest";
import { nodes } from "../../scripts/node-interpreters.ts";
import { packagesOf } from "../../scripts/node-packages.ts";
import { sandbox, type Sandbox } from "./sandbox.ts";

const all = nodes();
const matrix = all.filter((_, at) => at === 0 || at === all.length - 1);

const source = `function tagged(name: string) {
  return (target: any, key?: any, descriptor?: any): any => void name;
}
export enum Colour { Red = 1, Green = weight("green") }
function weight(text: string) { return text.length; }
export namespace Shop {
  export namespace Inner {
    export function deep(n: number) { return n + 1; }
  }
  export const factor = weight("shop");
  export function price(n: number) { return Inner.deep(n) * factor; }
}
class Base { constructor(protected readonly side: number) {} }
@tagged("c")
class Square extends Base {
  static count = 0;
  name = "square";
  double = () => this.side * 2;
  @tagged("m") area() { return this.side * this.side; }
  static async make(n: number) {
    await later(1);
    Square.count++;
    return new Square(n);
  }
  async *steps(n: number) {
    for (let i = 0; i < n; i++) yield await later(i);
  }
}
async function later(n: number): Promise<number> {
  await new Promise<void>((resolve) => setTimeout(resolve, 1));
  return n;
}
const sum = async ({ a, b = 2 }: { a: number; b?: number }, ...rest: number[]) => {
  const both = await later(a + b);
  return both + rest.length;
};
async function fails(code: number) {
  await later(1);
  throw new RangeError("no " + code);
}
class Till {
  #paid = [1, 2];
  *[Symbol.iterator]() { yield* this.#paid; }
  async pay(amount: number) {
    try { return await fails(amount); } catch (error) { return (error as Error).message; }
  }
}
async function main() {
  const square = await Square.make(3);
  console.log(square.area(), square.double(), Shop.price(2), Colour.Red, Colour.Green, Square.name);
  for await (const step of square.steps(2)) console.log(step);
  console.log(await sum({ a: 1 }, 1, 2), await Promise.all([1, 2].map(async (n) => later(n))));
  console.log(await new Till().pay(7), [...new Till()]);
}
main();
`;

const mapped = { platform: "node", format: "cjs", sourcemap: "inline", write: true, logLevel: "silent" } as const;
const decorators = {
  tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: false } },
};
const defining = { tsconfigRaw: { compilerOptions: { experimentalDecorators: true, useDefineForClassFields: true } } };

type Builder = (here: Sandbox) => Promise<void>;
const tsc =
  (...flags: string[]): Builder =>
  async (here) => {
    symlinkSync(await packagesOf("runners"), join(here.directory, "node_modules"));
    const common = "--lib es2022,dom --module commonjs --experimentalDecorators --skipLibCheck --types node".split(" ");
    const command = [process.execPath, "node_modules/typescript/bin/tsc", ...common, ...flags, "app.ts"];
    expect((await here.startBare(command).ended).stdout).toBe("");
  };
const esbuild =
  (options: BuildOptions): Builder =>
  (here) => {
    buildSync({
      ...mapped,
      ...options,
      entryPoints: [join(here.directory, "app.ts")],
      outfile: join(here.directory, "app.js"),
    });
    return Promise.resolve();
  };

const builders: readonly (readonly [string, Builder])[] = [
  ["tsc for ES2022", tsc("--target", "es2022", "--sourceMap")],
  ["tsc for ES2017", tsc("--target", "es2017", "--sourceMap")],
  ["tsc for ES2015", tsc("--target", "es2015", "--sourceMap")],
  ["esbuild for Node", esbuild({ target: "node20", keepNames: true, ...decorators })],
  ["esbuild for ES2020, fields defined", esbuild({ target: "es2020", ...defining })],
  ["esbuild for ES2016, a bundle", esbuild({ target: "es2016", bundle: true, keepNames: true, ...decorators })],
  ["esbuild for ES2016, minified", esbuild({ target: "es2016", bundle: true, minify: true, ...decorators })],
];

/** Who called whom, how it ended and what came of it. Compilers write constructors for the fields of derived classes. */
async function told(here: Sandbox): Promise<string[]> {
  const rows = await here.rows<Record<"call" | "caller" | "outcome" | "result" | "names", string | null>>(`
    select f.kind || ' ' || c.function || ':' || f.line as call, f.parameters as names, p.function as caller,
      c.outcome || if(c.suspends > 0, ' after waiting', '') as outcome, c.result
    from calls c join functions f using (process, function_id) left join calls p on p.process = c.process and p.id = c.parent_id
    where f.kind <> 'module' and c.function not like '%constructor' order by c.id`);
  return rows.map(({ call, caller, outcome, result, names }) => {
    const parameters = (JSON.parse(names ?? "[]") as string[]).join(", ");
    return `${call}(${parameters}) < ${caller ?? "nobody"}: ${outcome}${result?.startsWith("{") === false ? ` ${result}` : ""}`;
  });
}

describe.each(matrix)("Node $major", ({ executable: node }) => {
  test.each(builders)("%s", async (_, build) => {
    await using here = sandbox({ "app.ts": source });
    await build(here);
    expect((await here.both([node, "app.js"])).code).toBe(0);
    const lines = await told(here);
    expect(lines).toMatchInlineSnapshot(`
      [
        "function weight:5(text) < <module>: returned 5",
        "function weight:5(text) < <module>: returned 4",
        "function tagged:1(name) < <module>: returned",
        "lambda tagged.<anonymous>:2(target, key, descriptor) < <module>: returned",
        "function tagged:1(name) < <module>: returned",
        "lambda tagged.<anonymous>:2(target, key, descriptor) < <module>: returned",
        "coroutine main:48() < <module>: returned after waiting",
        "coroutine Square.static make:20(n) < main: returned after waiting",
        "coroutine later:29(n) < Square.static make: returned after waiting 1",
        "lambda later.<anonymous>:30(resolve) < later: returned",
        "method Square.area:19() < main: returned 9",
        "function Square.double:18() < main: returned 6",
        "function Shop.price:11(n) < main: returned 12",
        "function Shop.Inner.deep:8(n) < Shop.price: returned 3",
        "async_generator Square.steps:25(n) < main: returned after waiting",
        "coroutine later:29(n) < Square.steps: returned after waiting 0",
        "lambda later.<anonymous>:30(resolve) < later: returned",
        "coroutine later:29(n) < Square.steps: returned after waiting 1",
        "lambda later.<anonymous>:30(resolve) < later: returned",
        "coroutine sum:33(a, b, ...rest) < main: returned after waiting 5",
        "coroutine later:29(n) < sum: returned after waiting 3",
        "lambda later.<anonymous>:30(resolve) < later: returned",
        "coroutine main.<anonymous>:52(n) < main: returned",
        "coroutine later:29(n) < main.<anonymous>: returned after waiting 1",
        "lambda later.<anonymous>:30(resolve) < later: returned",
        "coroutine main.<anonymous>:52(n) < main: returned",
        "coroutine later:29(n) < main.<anonymous>: returned after waiting 2",
        "lambda later.<anonymous>:30(resolve) < later: returned",
        "coroutine Till.pay:44(amount) < main: returned after waiting "no 7"",
        "coroutine fails:37(code) < Till.pay: raised after waiting",
        "coroutine later:29(n) < fails: returned after waiting 1",
        "lambda later.<anonymous>:30(resolve) < later: returned",
        "generator Till.[Symbol.iterator]:43() < main: returned after waiting",
      ]
    `);
    expect(await here.rows("select caller, callee from gaps where contains(callee, '__') or caller is null")).toEqual(
      [],
    );
  });

  test("a bundle with a package in it, minified: what the package calls is nobody's gap", async () => {
    await using here = sandbox({
      "app.ts": `import { each } from "dep";
namespace Shop {
  export const twice = (n: number) => n * 2;
}
class Till {
  #add = (n: number) => Shop.twice(n);
  sum(all: number[]) { return each(all, this.#add).length; }
}
console.log(new Till().sum([1, 2]));`,
      "node_modules/dep/index.js": `class Box { constructor() { this.all = new Map(); } }
exports.each = (all, what) => { new Box(); return all.map((one) => what(Number(String(one)))); };`,
      "node_modules/dep/package.json": '{"name":"dep","main":"index.js"}',
    });
    await esbuild({ target: "es2020", bundle: true, minify: true })(here);
    expect((await here.both([node, "app.js"])).code).toBe(0);
    expect(await here.picture(/Shop|Till/)).toMatchInlineSnapshot(`
      "spawn
        app.Till.constructor
        app.Till.sum
          app.Till.#add x2
            app.Shop.twice"
    `);
    const gaps = await here.rows("select caller || ' -> ' || callee as gap from gaps order by gap");
    expect(gaps.map(({ gap }) => gap)).toMatchInlineSnapshot(`
      [
        "<module> -> WeakMap",
        "<module> -> console.log",
        "<module> -> g",
        "Till.sum -> h.each",
      ]
    `);
  });

  test("decorators, and other things that V8 does not know: its complaint shows the program's own text", async () => {
    await using here = sandbox({
      "app.js": "const twice = (n) => n * 2; class Cart { @twice add(n) { return twice(n) } }",
      "uses.js": "const add = (n) => { using a = null; return n + 1 }; console.log(add(1));",
    });
    const { code, stderr } = await here.both([node, "app.js"]);
    expect([code, stderr.includes("class Cart { @twice add(n)")]).toEqual([1, true]);
    // Nor does an older one `using`.
    await here.both([node, "uses.js"]);
  });
});

const transforming = all.filter(({ major }) => major === "22" || major === "24");

test.each(transforming)(
  "Node $major, which compiles enums and namespaces itself where it is told to",
  async ({ executable: node }) => {
    const text = `enum Colour { Red = 1, Green = weight("green") }
function weight(text: string) { return text.length; }
namespace Shop {
  export const twice = (n: number) => n * 2;
}
class Point { constructor(readonly x: number) {} len() { return Shop.twice(this.x); } }
console.log(Colour.Green, new Point(3).len(), new Error("x").stack?.split("\\n")[1]);
`;
    await using here = sandbox({ "app.mts": `export const here = 1;\n${text}`, "app.cts": text });
    for (const [file, first] of [
      ["app.mts", 2],
      ["app.cts", 1],
    ] as const) {
      const { code } = await here.both([node, "--experimental-transform-types", file], {
        same: (said) => said.replace(/node:\d+/g, "…"),
      });
      expect(code).toBe(0);
      const rows = await here.rows(
        "select c.function || ':' || f.line as place from calls c join functions f using (run, process, function_id) where f.kind <> 'module' and run = (select max(run) from runs) order by id",
      );
      expect(rows.map(({ place }) => place)).toEqual([
        `weight:${first + 1}`,
        `Point.constructor:${first + 5}`,
        `Point.len:${first + 5}`,
        `Shop.twice:${first + 3}`,
      ]);
    }
  },
);
