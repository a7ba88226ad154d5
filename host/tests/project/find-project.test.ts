// Which project a command is about, by directory and by name.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findProject, projectAt } from "../../src/project/find-project.ts";
import { registerProject } from "../../src/project/registry.ts";
import { place } from "../spoor.ts";

describe("the project of a directory", () => {
  test("is the nearest with .spoor/ or spoor.config.json, however far up", () => {
    using here = place({ "spoor.config.json": '{"name":"shop"}' });
    const inner = join(here.directory, "a/b");
    mkdirSync(inner, { recursive: true });
    mkdirSync(join(here.directory, "a/.git"));
    const { project, found } = findProject({ cwd: inner, implicit: false, env: here.env });
    expect([project.name, project.root, found]).toEqual(["shop", here.directory, "marked"]);
    mkdirSync(join(inner, ".spoor"));
    expect(findProject({ cwd: inner, implicit: false, env: here.env }).project.root).toBe(inner);
  });

  test("may be taken from a program's own marks, only by what records", () => {
    using here = place({ "pyproject.toml": "" });
    const inner = join(here.directory, "src");
    mkdirSync(inner);
    const { project, found } = findProject({ cwd: inner, implicit: true, env: here.env });
    expect([project.root, found]).toEqual([here.directory, "implicit"]);
    expect(() => findProject({ cwd: inner, implicit: false, env: here.env })).toThrow(/No recordings here/);
  });
});

describe("a project named with -c", () => {
  test("is a registered name from anywhere, or a directory", () => {
    using here = place({ "spoor.config.json": '{"name":"shop"}' });
    registerProject(projectAt(here.directory), here.env);
    const find = (named: string) => findProject({ cwd: "/", named, implicit: false, env: here.env }).project.root;
    expect(find("shop")).toBe(here.directory);
    expect(find(here.directory)).toBe(here.directory);
    expect(() => find("shoq")).toThrow(/no project or directory "shoq"/);
    expect(() => find("/no/such/directory")).toThrow(/no project or directory/);
  });

  test("that two directories have is ambiguous, until one is gone", () => {
    using one = place({ "spoor.config.json": '{"name":"shop"}' });
    {
      using two = place({ "spoor.config.json": '{"name":"shop"}' });
      registerProject(projectAt(one.directory), one.env);
      registerProject(projectAt(two.directory), one.env);
      expect(() => findProject({ cwd: "/", named: "shop", implicit: false, env: one.env })).toThrow(
        /2 projects are named/,
      );
    }
    expect(findProject({ cwd: "/", named: "shop", implicit: false, env: one.env }).project.root).toBe(one.directory);
  });
});
