// Constructors that nobody wrote, and the modules of classes: what is created is no gap, and exceptions say where their classes are.
import { expect, test } from "vitest";
import { nodes } from "../../scripts/node-interpreters.ts";
import { sandbox } from "./sandbox.ts";

const all = nodes();
const matrix = all.filter((_, at) => at === 0 || at === all.length - 1);

const files = {
  "package.json": "{}",
  "main.mjs": `
    import { Money, NotFound, Repository } from "./lib/index.mjs";
    import { Local } from "./local.mjs";
    class Sub extends Local { b = 2 }
    function work() {
      const money = new Money();
      money.add(2);
      const repository = new Repository();
      const made = [new Local(), new Sub(), new Map()];
      try { repository.find(1) } catch (error) { console.log(error instanceof NotFound, error.stack) }
      try { null.x } catch (error) { console.log(error.message) }
      return [money, ...made];
    }
    console.log(work());
    console.log(String(Money), String(NotFound), Money.length, Object.getOwnPropertyNames(Money.prototype));
  `,
  "local.mjs": "export class Local { a = 1 }\n",
  "lib/index.mjs": 'export * from "./money.mjs";\nexport { NotFound } from "./errors.mjs";\n',
  "lib/money.mjs": `
    import { EventEmitter } from "node:events";
    import { NotFound } from "./errors.mjs";
    const start = () => 5;
    export class Money { amount = start(); add(n) { this.amount += n } }
    export class Repository extends EventEmitter { find(id) { throw new NotFound("no " + id) } }
  `,
  "lib/errors.mjs": 'export class NotFound extends Error { code = "E_NOT_FOUND" }\n',
};

test.each(matrix)("Node $major", async ({ executable: node }) => {
  await using here = sandbox(files);
  expect((await here.both([node, "main.mjs"])).code).toBe(0);
  expect(await here.picture(/work|Money|Local|Repo|start/)).toBe(
    [
      "spawn",
      "  main.work",
      "    lib/money.start",
      "    lib/money.Money.constructor",
      "    lib/money.Money.add",
      "    local.Local.constructor x2",
      "    lib/money.Repository.find (raised)",
    ].join("\n"),
  );
  // What nobody recorded is Node's and the language's: of the classes of the program none is among it.
  const gaps = await here.rows("select callee as name from gaps where kind = 'class' order by 1");
  expect(gaps).toEqual([{ name: "Map" }]);
  const raised = await here.rows("select type, module from exceptions order by raised_ns");
  expect(raised).toEqual([
    { type: "NotFound", module: "lib/errors" },
    { type: "TypeError", module: null },
  ]);
});
