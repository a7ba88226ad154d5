// What errors say of where they are from, character by character: stacks as Node draws them and as a program draws them itself,
// the source of assertions that failed, what Node prints of errors that nobody handles.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { nodes } from "../../scripts/node-interpreters.ts";
import { sandbox } from "./sandbox.ts";

describe.each(nodes())("Node $major", ({ executable: node }) => {
  test.each([
    ["throws.cjs", 0, "deep"],
    ["asserts.mjs", 1, "f"],
    ["realms.cjs", 0, "go"],
  ])("%s", async (program, code, recorded) => {
    await using here = sandbox({}, ["stacks"]);
    const ended = await here.both([node, join("stacks", program)]);
    expect([ended.code, ended.said]).toEqual([code, expect.not.stringContaining("nothing was recorded")]);
    const calls = await here.rows(`select 1 from calls where function = '${recorded}'`);
    expect(calls.length).toBeGreaterThan(1);
  });

  test("node:test tells failed tests by the place that V8 gives, which is right where a statement begins a line", async () => {
    const text = `import { test, describe, it } from "node:test";
import assert from "node:assert";
function add(a, b) { return a + b }
test("one", () => { assert.strictEqual(add(1, 2), 4) });
describe("group", () => {
  it("deep", () => { assert.deepEqual({ a: add(1, 1) }, { a: 3 }) })
  const three = add(1, 2) // what follows has no semicolon before it
  it("throws", () => {
    "use strict"
    const four = add(three, 1)
    throw new TypeError("no " + four)
  })
});
`;
    await using here = sandbox({ "app.test.mjs": text });
    const same = (said: string): string => said.replace(/\d+\.\d+/g, "…");
    const ended = await here.both([node, "--test", "--test-reporter=tap", "app.test.mjs"], { same });
    expect([ended.code, ended.stdout.includes("app.test.mjs:6:3'")]).toEqual([1, true]);
    const lines = await here.rows("select line from frames where depth = 0 and function like 'group%' or line = 11");
    expect(lines).toEqual([{ line: 11 }]);
  });

  test("a map that Node applies is one of the text with hooks", async () => {
    const text =
      "function f(a) { const b = a; if (b) { throw new Error('x') } } try { f(1) } catch (e) { console.log(e.stack) }";
    const map = { version: 3, sources: ["app.ts"], names: [], mappings: "AAAA,gBAAgB,sBAAsB,uCAAuC" };
    const url = `data:application/json;base64,${Buffer.from(JSON.stringify(map)).toString("base64")}`;
    await using here = sandbox({ "app.cjs": `${text}\n//# sourceMappingURL=${url}\n` });
    for (const flags of [[], ["--enable-source-maps"]]) {
      const { stdout } = await here.both([node, ...flags, "app.cjs"]);
      expect(stdout).toMatch(flags.length > 0 ? /at f \(.*app\.ts:1:\d+\)/ : /at f \(.*app\.cjs:1:45\)/);
    }
  });
});
