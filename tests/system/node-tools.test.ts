// A TypeScript project under the runners and compilers that people use: the same output and exit code, and what was recorded
// has the names, files, lines and callers of the source that was written. On the oldest Node and on the newest.
import { readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { nodes } from "../../scripts/node-interpreters.ts";
import { packagesOf } from "../../scripts/node-packages.ts";
import { withoutChance } from "./ends.ts";
import { programs, sandbox, type Sandbox } from "./sandbox.ts";

const all = nodes();
const matrix = all.filter((_, at) => at === 0 || at === all.length - 1);
const project = join(programs, "typescript");
const runs = { fails: 1, main: 3 };

async function projectFor(node: string): Promise<{ here: Sandbox; env: NodeJS.ProcessEnv; cwd: string }> {
  const here = sandbox({}, ["typescript"]);
  const cwd = join(here.directory, "typescript");
  const packages = await packagesOf("runners");
  symlinkSync(packages, join(cwd, "node_modules"));
  // What npm has to tell of newer versions depends on when it last looked.
  const npm = { npm_config_update_notifier: "false" };
  const env = { ...npm, PATH: `${dirname(node)}:${join(packages, ".bin")}:${here.env["PATH"] ?? ""}` };
  return { here, env, cwd };
}

/** The line that carries a mark, or stands below it. */
function marked(file: string, mark: string): number {
  const lines = readFileSync(join(project, file), "utf8").split("\n");
  const at = lines.findIndex((line) => line.endsWith(`// mark: ${mark}`));
  return at === -1 ? lines.findIndex((line) => line.endsWith(`// mark below: ${mark}`)) + 2 : at + 1;
}

const cart = "typescript/src/cart.ts";

function inCart(name: string): string {
  return `${name} ${cart}:${marked("src/cart.ts", name)}`;
}

/** Each recorded function of the project once for each function that called it: `name file:line < caller`. */
async function recorded(here: Sandbox): Promise<string[]> {
  const rows = await here.rows<{ line: string }>(`
    select distinct c.function || ' ' || f.file || ':' || f.line || ' < ' || coalesce(p.function, 'nobody') as line
    from calls c join functions f using (process, function_id)
      left join calls p on p.process = c.process and p.id = c.parent_id
    where f.kind <> 'module' and f.file like 'typescript/%' order by line`);
  return rows.map(({ line }) => line);
}

/** What the three tests call, whoever runs them: a callback belongs to the call that made it. */
function calledBy(file: string): string[] {
  const inFile = (mark: string): string =>
    `<anonymous>.<anonymous> typescript/${file}:${marked(file, mark)} < <anonymous>`;
  return [
    ...["pays", "refuses", "fails"].map(inFile),
    `<anonymous> typescript/${file}:${marked(file, "pays") - 1} < <module>`,
    ...["Cart.add", "Cart.constructor", "Cart.get total", "Cart.pay"].map(
      (name) => `${inCart(name)} < <anonymous>.<anonymous>`,
    ),
    `${inCart("Cart.get total")} < Cart.pay`,
    `${inCart("Cart.get total.<anonymous>")} < Cart.get total`,
    `${inCart("half")} < Cart.pay`,
  ];
}

/** Times that runners give in forms of their own. */
function same(text: string): string {
  return withoutChance(text)
    .replace(/^ *(Start at|Duration|Time:) .*$/gm, "$1 …")
    .replace(/ ?\((\d+ ?|… )m?s\)/g, "")
    .replace(/\d+(\.\d+)?(ms|s)\b/g, "… s");
}

describe.each(matrix)("Node $major", ({ executable: node }) => {
  test.each([
    ["npm test", "cart.vitest.ts"],
    ["npx vitest run --pool=threads", "cart.vitest.ts"],
    ["npx jest --ci --silent=false", "cart.jest.ts"],
    ["npx mocha --require ts-node/register/transpile-only cart.mocha.ts", "cart.mocha.ts"],
  ])("%s", async (words, file) => {
    const { here, env, cwd } = await projectFor(node);
    await using _ = here;
    const command = words.split(" ");
    const { code, stdout, stderr } = await here.both(command, {
      env: { ...env, NO_COLOR: "1" },
      cwd,
      same,
      limitMs: 110_000,
    });
    expect([code, /2 pass/.test(stdout + stderr)]).toEqual([runs.fails, true]);
    expect(await recorded(here)).toEqual(calledBy(file).toSorted());

    const failures = await here.rows(`
      select e.type, split_part(e.message, chr(10), 1) as says, f.function, f.file || ':' || f.line as place
      from exceptions e join frames f on f.process = e.process and f.exception_id = e.id
      where e.type = 'AssertionError' and f.depth = 0`);
    expect(failures).toEqual([
      {
        type: "AssertionError",
        says: "Expected values to be strictly equal:",
        function: "<anonymous>.<anonymous>",
        place: `typescript/${file}:${marked(file, "wrong")}`,
      },
    ]);
  });

  const byMain = [
    `main typescript/src/main.ts:${marked("src/main.ts", "main")} < <module>`,
    `settle typescript/src/main.ts:${marked("src/main.ts", "settle")} < main`,
    ...["Cart.add", "Cart.constructor"].map((name) => `${inCart(name)} < main`),
    `${inCart("Cart.get total")} < Cart.pay`,
    `${inCart("Cart.get total.<anonymous>")} < Cart.get total`,
    `${inCart("Cart.pay")} < settle`,
    `${inCart("half")} < Cart.pay`,
  ].toSorted();

  test.each([
    ["ts-node", [], ["ts-node", "src/main.ts"]],
    ["tsx", [], ["tsx", "src/main.ts"]],
    ["tsc to CommonJS", ["tsc"], ["node", "--enable-source-maps", "dist/main.js"]],
    ["tsc to ES modules", ["tsc", "--module", "es2022"], ["node", "--enable-source-maps", "dist/main.js"]],
  ])("%s", async (name, build, command) => {
    const { here, env, cwd } = await projectFor(node);
    await using _ = here;
    if (name === "tsc to ES modules") {
      const main = readFileSync(join(project, "src/main.ts"), "utf8");
      here.write("typescript/src/main.ts", main.replace('"./cart"', '"./cart.js"'));
      here.write("typescript/package.json", '{ "type": "module" }');
    }
    const built = build.length === 0 ? null : await here.startBare(build, { env, cwd }).ended;
    expect(built?.stdout ?? "").toBe("");
    const { code, stdout } = await here.both(command, { env, cwd });
    expect(code).toBe(runs.main);
    expect(stdout).toContain(`at Cart.pay (cart.ts:${marked("src/cart.ts", "raise")})`);
    expect(await recorded(here)).toEqual(byMain);
    const raised = await here.rows("select type, file || ':' || line as place from exceptions");
    expect(raised).toEqual([{ type: "RangeError", place: `${cart}:${marked("src/cart.ts", "raise")}` }]);
  });

  test("a server under tsx that SIGTERM ends", async () => {
    const { here, env, cwd } = await projectFor(node);
    await using _ = here;
    const server = here.startRecorded(["tsx", "src/server.ts"], { env, cwd });
    const [, port = ""] = /at (\d+)\./.exec(await server.says(".\n")) ?? [];
    for (const owner of ["ada", "grace"]) {
      expect(await (await fetch(`http://127.0.0.1:${port}/${owner}`)).text()).toBe("4.5");
    }
    server.child.kill("SIGTERM");
    expect((await server.ended).code).toBe(143);
    const inServer = (mark: string): string => `${mark} typescript/src/server.ts:${marked("src/server.ts", mark)}`;
    expect(await recorded(here)).toEqual(
      expect.arrayContaining([
        `${inServer("<anonymous>")} < <module>`,
        `${inServer("answer")} < <anonymous>`,
        `${inCart("Cart.pay")} < answer`,
        `${inCart("half")} < Cart.pay`,
      ]),
    );
    const answered = await here.rows(
      "select args->>'owner' as owner, result from calls where function = 'answer' order by 1",
    );
    expect(answered).toEqual([
      { owner: "/ada", result: "4.5" },
      { owner: "/grace", result: "4.5" },
    ]);
  });
});
