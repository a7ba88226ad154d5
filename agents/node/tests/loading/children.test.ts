// What children get of the environment, and when the agent cannot get into one.
import { describe, expect, test } from "vitest";
import { whyLost } from "../../src/loading/children.ts";
import { carry, requireOption, takeFromEnvironment } from "../../src/loading/environment.ts";

const register = "/agent/register.cjs";
const carried = { run: "/run", parent: null, options: requireOption(register), pythonPath: "/py/spoor/_boot" };

describe("what the program sees", () => {
  test("is its own environment", () => {
    const env = {
      SPOOR_RUN: "/run",
      SPOOR_PARENT: "1-a",
      NODE_OPTIONS: `--require ${register} --enable-source-maps`,
      PYTHONPATH: "/py/spoor/_boot:lib",
      A: "1",
    };
    expect(takeFromEnvironment(env, register)).toEqual({ ...carried, parent: "1-a" });
    expect(env).toEqual({ NODE_OPTIONS: "--enable-source-maps", PYTHONPATH: "lib", A: "1" });
  });

  test("and nothing where there was nothing", () => {
    const env = { SPOOR_RUN: "/run", NODE_OPTIONS: `--require ${register}`, PYTHONPATH: "/py/spoor/_boot" };
    expect(takeFromEnvironment(env, register)).toEqual(carried);
    expect(env).toEqual({});
  });

  test("also where the path has to be quoted", () => {
    const odd = '/a b/"c"\\d/register.cjs';
    const env = { SPOOR_RUN: "/run", NODE_OPTIONS: `${requireOption(odd)} -r x` };
    takeFromEnvironment(env, odd);
    expect(env).toEqual({ NODE_OPTIONS: "-r x" });
  });

  test("without a run there is nothing to record", () => {
    const env = { NODE_OPTIONS: `--require ${register}` };
    expect(takeFromEnvironment(env, register)).toBeNull();
    expect(env).toEqual({});
  });
});

describe("what a child is given", () => {
  const ours = ["SPOOR_RUN=/run", "SPOOR_PARENT=1-a", `NODE_OPTIONS=${carried.options}`, "PYTHONPATH=/py/spoor/_boot"];

  test("in an environment of its own", () => {
    expect(carry([], carried, "1-a")).toEqual(ours);
    expect(carry(["PATH=/bin"], carried, "1-a")).toEqual(["PATH=/bin", ...ours]);
  });

  test("besides options and paths of the program's, once", () => {
    const given = ["NODE_OPTIONS=--inspect", "PYTHONPATH=lib", "SPOOR_PARENT=old"];
    const once = carry(given, carried, "1-a");
    expect(once).toContain(`NODE_OPTIONS=${carried.options} --inspect`);
    expect(once).toContain("PYTHONPATH=/py/spoor/_boot:lib");
    expect(once).toContain("SPOOR_PARENT=1-a");
    expect(carry(once, carried, "1-a")).toEqual(once);
  });

  test("not where it belongs to another recording", () => {
    expect(carry(["SPOOR_RUN=/other", "A=1"], carried, "1-a")).toEqual(["SPOOR_RUN=/other", "A=1"]);
  });
});

const sh = (text: string): [string, string[]] => ["/bin/sh", ["/bin/sh", "-c", text]];

test.each([
  ...[
    "NODE_OPTIONS=--max-old-space-size=4096 node build.js",
    "cd x && export NODE_OPTIONS='--inspect' && node a.js",
    "unset NODE_OPTIONS; node a.js",
    "env -i node a.js",
    "exec env -u NODE_OPTIONS node a.js",
    "bun run test",
  ].map(sh),
  ["/usr/bin/env", ["env", "-i", "node", "a.js"]],
  ["/usr/bin/bun", ["bun", "a.ts"]],
  ["python3", ["python3", "-I", "a.py"]],
] as [string, string[]][])("%s %j is told", (program, words) => {
  expect(whyLost(program, words)).toEqual(expect.any(String));
});

test.each([
  ...['NODE_OPTIONS="$NODE_OPTIONS --inspect" node a.js', "node a.js -i", "echo NODE_OPTIONS", "env A=1 node a.js"].map(
    sh,
  ),
  ["node", ["node", "a.js"]],
  ["/usr/bin/env", ["env", "A=1", "node", "-i"]],
  ["python3", ["python3", "a.py", "-I"]],
  ["git", ["git", "status"]],
] as [string, string[]][])("%s %j is followed", (program, words) => {
  expect(whyLost(program, words)).toBeNull();
});
