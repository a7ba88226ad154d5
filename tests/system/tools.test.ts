// Test runners and console scripts: the same output, exit code and warnings, and the project's own code is recorded below them,
// in every worker that they start.
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runCommand } from "../../scripts/command.ts";
import { venvFor } from "../../scripts/python-environments.ts";
import { withoutChance } from "./ends.ts";
import { engines, matrix } from "./interpreters.ts";
import { sandbox, type Sandbox } from "./sandbox.ts";

const tests = /\.(price|test_\w+|PriceTest\.test_\w+)$/;
const byPytest = `  test_shop.test_price
    shop.price
  test_shop.test_nothing
    shop.price (raised)
  test_shop.test_wrong (raised)
    shop.price
  test_shop.PriceTest.test_price
    shop.price
  test_shop.PriceTest.test_wrong (raised)
    shop.price`;

/** How a test failed, with the locals that explain it. */
async function failures(here: Sandbox): Promise<unknown[]> {
  return here.rows(`select f.function, f.locals->>'wanted' as wanted, e.type from frames f
    join exceptions e on e.process = f.process and e.id = f.exception_id where f.function = 'test_wrong' order by 1`);
}

describe.each(matrix)("Python $version", (python) => {
  test.each([["pytest"], ["python", "-m", "pytest"]])("%s", async (...command) => {
    const { bin } = await venvFor(python, "web");
    await using here = sandbox({}, ["tested"]);
    const env = { PATH: `${bin}:${here.env["PATH"] ?? ""}` };
    const cwd = join(here.directory, "tested");
    const { code } = await here.both([...command, "-p", "no:cacheprovider"], { env, cwd, same: withoutChance });
    expect(code).toBe(1);
    expect(await here.picture(tests)).toBe(`spawn\n${byPytest}`);
    expect(await failures(here)).toEqual([{ function: "test_wrong", wanted: "7", type: "AssertionError" }]);
  });

  test("pytest -n 2", async () => {
    const { bin } = await venvFor(python, "web");
    await using here = sandbox({}, ["tested"]);
    const env = { PATH: `${bin}:${here.env["PATH"] ?? ""}` };
    const cwd = join(here.directory, "tested");
    // Which worker says something first is chance.
    const same = (text: string): string =>
      withoutChance(text)
        .replace(/[.F]{5}/, ".....")
        .replace(/\[gw\d\]/g, "[gw]")
        .split("\n")
        .toSorted()
        .join("\n");
    const { code } = await here.both(["pytest", "-n", "2", "-p", "no:cacheprovider"], { env, cwd, same });
    expect(code).toBe(1);
    const workers =
      await here.rows(`select p.parent_process, count(*) filter (c.function = 'price') as prices from processes p
      join calls c using (process) group by all having prices > 0`);
    const sums = workers.reduce((sum, each) => sum + Number(each["prices"]), 0);
    expect([sums, new Set(workers.map((each) => each["parent_process"]))]).toEqual([5, new Set([1])]);
  });

  test("python -m unittest", async () => {
    await using here = sandbox({}, ["tested"]);
    const cwd = join(here.directory, "tested");
    const { code } = await here.both([python.executable, "-m", "unittest", "-v"], { cwd, same: withoutChance });
    expect(code).toBe(1);
    expect(await here.picture(tests)).toBe(`spawn\n${byPytest.slice(byPytest.indexOf("  test_shop.PriceTest"))}`);
  });
});

// Building a project takes long and hardly depends on the interpreter.
const installs = engines.flatMap((python, at) =>
  (at === 0 ? ["editable"] : ["editable", "for good"]).map((how) => ({ python, how })),
);

describe("console scripts", () => {
  test.each(installs)("of a project that is installed $how, Python $python.version", async ({ python, how }) => {
    await using here = sandbox({}, ["installed"]);
    const venv = join(here.directory, "../venv");
    await runCommand(python.executable, ["-I", "-m", "venv", venv]);
    const project = join(here.directory, "installed");
    const pip = [join(venv, "bin/pip"), "install", "-q", "--disable-pip-version-check"];
    await runCommand(pip[0] ?? "", [...pip.slice(1), ...(how === "editable" ? ["-e"] : []), project]);
    const script = join(venv, "bin/shopkeeper");
    const env = { PATH: `${join(venv, "bin")}:${here.env["PATH"] ?? ""}` };
    // Installed for good it is no longer the project's own code: then it is named.
    const flags = how === "editable" ? [] : ["--include", "shopkeeper.*"];
    for (const command of [[script], ["shopkeeper"], [join(venv, "bin/python"), script]]) {
      const { code, stdout } = await here.both([...command, "tea", "bread"], { env, flags });
      expect([code, stdout]).toEqual([5, "[6, 10]\n"]);
      expect(await here.picture(/price|main$/)).toBe("spawn\n  shopkeeper.main\n    shopkeeper.price x2");
    }
  });
});
