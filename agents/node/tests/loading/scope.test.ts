// Which files are recorded, and how their modules are called.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { makeScope, type ScopeOptions } from "../../src/loading/scope.ts";

const place = realpathSync(mkdtempSync(join(tmpdir(), "spoor-scope-")));
const root = join(place, "project");
afterAll(() => rmSync(place, { recursive: true, force: true }));

function file(name: string): string {
  const path = join(place, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, "");
  return path;
}

function scope(options: Partial<ScopeOptions> = {}) {
  mkdirSync(root, { recursive: true });
  return makeScope({ root, include: [], exclude: [], main: undefined, agent: join(place, "agent"), ...options });
}

describe("by default", () => {
  test.each([
    ["project/src/cart.ts", true],
    ["project/dist/cart.js", true],
    ["project/node_modules/express/index.js", false],
    ["project/packages/a/node_modules/.pnpm/b/node_modules/b/index.js", false],
    ["project/.yarn/releases/yarn.cjs", false],
    ["elsewhere/lib.js", false],
    ["agent/register.cjs", false],
  ])("%s: %s", (name, records) => {
    expect(scope().records(file(name))).toBe(records);
  });

  test("a script anywhere is the program, the launcher of an installed tool is not", () => {
    const main = file("elsewhere/script.js");
    expect(scope({ main }).records(main)).toBe(true);
    const tool = file("lib/node_modules/npm/bin/npm-cli.js");
    expect(scope({ main: tool }).records(tool)).toBe(false);
  });

  test("what is no file is not recorded", () => {
    expect(scope().records("evalmachine.<anonymous>")).toBe(false);
  });

  test("a link is the file that it leads to", () => {
    const real = file("project/packages/own/index.js");
    mkdirSync(join(root, "node_modules"), { recursive: true });
    symlinkSync(dirname(real), join(root, "node_modules/own"));
    const own = scope();
    expect(own.path(join(root, "node_modules/own/index.js"))).toBe(real);
    expect(own.records(own.path(join(root, "node_modules/own/index.js")))).toBe(true);
  });
});

describe("patterns", () => {
  test.each([
    [["express"], true, false],
    [["express.*"], true, false],
    [["expr"], false, false],
    [["expr*"], true, false],
    [["@hapi/hoek"], false, true],
    [["@hapi/*"], false, true],
    [["node_modules/express/**"], true, false],
    [["./node_modules/@hapi"], false, true],
    [["**/index.js"], true, true],
  ])("include %s", (include, express, hoek) => {
    const own = scope({ include });
    expect(own.records(file("project/node_modules/express/index.js"))).toBe(express);
    expect(own.records(file("project/node_modules/@hapi/hoek/lib/index.js"))).toBe(hoek);
  });

  test("exclude wins", () => {
    const own = scope({ include: ["src"], exclude: ["src/*.gen.ts", "test"] });
    expect(own.records(file("project/src/a.gen.ts"))).toBe(false);
    expect(own.records(file("project/src/a.ts"))).toBe(true);
    expect(own.records(file("project/test/a.ts"))).toBe(false);
  });
});

test("names of modules, and what would include a package", () => {
  const own = scope();
  expect(own.moduleOf(join(root, "src/cart.test.ts"))).toBe("src/cart.test");
  expect(own.moduleOf(join(root, "node_modules/a/node_modules/@b/c/lib/d.mjs"))).toBe("@b/c/lib/d");
  expect(["express", "express/lib/router", "@hapi/hoek/lib"].map(own.includeFor)).toEqual([
    "express",
    "express",
    "@hapi/hoek",
  ]);
  // A pattern that ends like a file would mean one.
  expect(["highlight.js/lib/core", "socket.io"].map(own.includeFor)).toEqual(["highlight.js.*", "socket.io"]);
  const included = scope({ include: ["highlight.js.*", "socket.io"] });
  for (const name of ["highlight.js/lib/index.js", "socket.io/dist/index.js"]) {
    expect(included.records(join(root, "node_modules", name))).toBe(true);
  }
  expect(["node:fs", "./own", "#internal", "/abs"].map(own.includeFor)).toEqual([null, null, null, null]);
});
