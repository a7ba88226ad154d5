// What of environment and command line is changed so that the agent gets in, and what is left alone.
import { chmodSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { inject } from "../../src/recording/injection.ts";
import { findPython, isPython } from "../../src/recording/python-command.ts";
import { place } from "../spoor.ts";

const injection = {
  agent: "/agent/spoor",
  register: "/agent/node/register.cjs",
  runDirectory: "/project/.spoor/runs/r",
};
const launch = "/agent/spoor/_launch/launch.py";
const carried = ["PYTHONPATH=/agent/spoor/_boot", "SPOOR_RUN=/project/.spoor/runs/r"];

function injected(command: string[], env: NodeJS.ProcessEnv = {}) {
  return inject(command, env, "/", injection);
}

describe("injection by the environment", () => {
  test("three variables and nothing else", () => {
    const { command, env, rewritten } = injected(["python3", "app.py"], { HOME: "/h" });
    expect(env).toEqual({
      HOME: "/h",
      NODE_OPTIONS: "--require /agent/node/register.cjs",
      PYTHONPATH: "/agent/spoor/_boot",
      SPOOR_RUN: "/project/.spoor/runs/r",
    });
    expect(command).toEqual(["python3", "app.py"]);
    expect(rewritten).toBe(false);
  });

  test("comes before a PYTHONPATH that there is, once", () => {
    expect(injected(["x"], { PYTHONPATH: "a:b" }).env["PYTHONPATH"]).toBe("/agent/spoor/_boot:a:b");
    expect(injected(["x"], { PYTHONPATH: "/agent/spoor/_boot:a" }).env["PYTHONPATH"]).toBe("/agent/spoor/_boot:a");
    // An empty part means the working directory to Python; it stays.
    expect(injected(["x"], { PYTHONPATH: "a:" }).env["PYTHONPATH"]).toBe("/agent/spoor/_boot:a:");
  });

  test("comes before NODE_OPTIONS that there are, once", () => {
    const options = (given: string): unknown => injected(["x"], { NODE_OPTIONS: given }).env["NODE_OPTIONS"];
    expect(options("--enable-source-maps")).toBe("--require /agent/node/register.cjs --enable-source-maps");
    expect(options("--require /agent/node/register.cjs -r a")).toBe("--require /agent/node/register.cjs -r a");
  });

  test("a path with spaces, quotes and backslashes is one option to Node", () => {
    const register = '/a b/"c"/\\d/register.cjs';
    const { env } = inject(["x"], {}, "/", { ...injection, register });
    expect(env["NODE_OPTIONS"]).toBe('--require "/a b/\\"c\\"/\\\\d/register.cjs"');
  });

  test("without the Node agent, Node programs are left alone", () => {
    expect(inject(["x"], {}, "/", { ...injection, register: null }).env).not.toHaveProperty("NODE_OPTIONS");
  });
});

describe("where the environment cannot carry the agent, the command goes through the launcher", () => {
  test.each([
    ["python3 -I app.py a", `python3 -I ${launch} app.py a`],
    ["/usr/bin/python3.12 -ES -m mod -x", `/usr/bin/python3.12 -ES ${launch} -m mod -x`],
    ["python -Ic pass", `python -I ${launch} -c pass`],
    ["python3.13t -s -E app.py", `python3.13t -s -E ${launch} app.py`],
    ["pypy3 -E app.py", `pypy3 -E ${launch} app.py`],
    ["/usr/bin/env python3 -E -m mod", `/usr/bin/env python3 -E ${launch} -m mod`],
    ["env A=1 python3 -I app.py", `env A=1 python3 -I ${launch} app.py`],
    ["env -i python3 app.py", `env -i ${carried.join(" ")} python3 app.py`],
    ["env -i A=1 python3 -I app.py", `env -i A=1 ${carried.join(" ")} python3 -I ${launch} app.py`],
    ["env -u PYTHONPATH python3 app.py", `env -u PYTHONPATH ${carried.join(" ")} python3 app.py`],
    ["env PYTHONPATH=lib python3 app.py", `env PYTHONPATH=/agent/spoor/_boot:lib ${carried[1]} python3 app.py`],
  ])("%s", (line, expected) => {
    const { command, rewritten } = injected(line.split(" "));
    expect(command.join(" ")).toBe(expected);
    expect(rewritten).toBe(true);
  });

  test.each([
    "python3 app.py -I",
    "python3 -W -I app.py",
    "python3 -I",
    "python3 -I -",
    "python3 -I -V",
    "env A=1 python3 app.py",
    "sh -c python3",
    "node -I app.py",
    "pythonic -I app.py",
    "env --chdir=/ python3 -I app.py",
  ])("untouched: %s", (line) => {
    expect(injected(line.split(" ")).command.join(" ")).toBe(line);
  });
});

describe("scripts", () => {
  test.each([
    ["#!/opt/python3 -I", "/opt/python3 -I LAUNCH SCRIPT a"],
    ["#!/opt/python3 -sE", "/opt/python3 -sE LAUNCH SCRIPT a"],
    ["#!/usr/bin/env -S python3 -I", "/usr/bin/env python3 -I LAUNCH SCRIPT a"],
    ["#!/bin/sh\n'''exec' \"/a b/python3\" -I \"$0\" \"$@\"\n' '''", "/a b/python3 -I LAUNCH SCRIPT a"],
    ["#!/opt/python3", "tool a"],
    ["#!/bin/sh", "tool a"],
    ["no shebang", "tool a"],
  ])("%s", (head, expected) => {
    using here = place();
    const script = here.write("tool", `${head}\nprint(1)\n`);
    chmodSync(script, 0o755);
    const { command } = inject(["tool", "a"], { PATH: `/nowhere:${here.directory}` }, "/", injection);
    expect(command.join(" ").replace(launch, "LAUNCH").replace(script, "SCRIPT")).toBe(expected);
  });

  test("a script is found as execvp finds it: executable files only", () => {
    using here = place();
    here.write("tool", "#!/opt/python3 -I\n");
    mkdirSync(join(here.directory, "other"));
    expect(findPython(["tool"], { cwd: here.directory, path: here.directory })).toBeNull();
    chmodSync(join(here.directory, "tool"), 0o755);
    expect(findPython(["./tool"], { cwd: here.directory, path: "" })?.interpreter).toBe("/opt/python3");
  });
});

test("names of interpreters", () => {
  expect(
    ["python", "python3", "python3.13", "python3.13t", "/x/pypy3.10", "python3.12d"].filter((name) => !isPython(name)),
  ).toEqual([]);
  expect(["python3-config", "pythonw3", "ipython", "python4", "bpython"].filter((name) => isPython(name))).toEqual([]);
});
