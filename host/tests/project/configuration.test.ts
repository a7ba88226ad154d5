// Layers of settings, and what is said about mistakes in them.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, test } from "vitest";
import { resolveConfiguration } from "../../src/project/configuration.ts";
import { userFilePath } from "../../src/project/project-file.ts";
import { Problem } from "../../src/problem.ts";
import { place, type Place } from "../spoor.ts";

function setUp(here: Place, project: unknown, user: unknown): void {
  here.write("spoor.config.json", JSON.stringify(project));
  const path = userFilePath(here.env);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(user));
}

describe("layers", () => {
  test("flag over environment over project over user over default", () => {
    using here = place();
    setUp(here, { hot: 2, sample: 0.2 }, { hot: 1, sample: 0.1, limits: { depth: 1 } });
    const env = { ...here.env, SPOOR_HOT: "3" };
    const settings = (flags = {}) => resolveConfiguration(here.directory, env, flags).settings;
    expect(settings({ hot: 4 }).hot).toBe(4);
    expect(settings().hot).toBe(3);
    expect(settings().sample).toBe(0.2);
    expect(settings().limits.depth).toBe(1);
    expect(settings().gapCalls).toBe(1000);
    expect(settings().sizeBytes).toBe(2 * 1024 ** 3);
  });

  test("lists add up, and say all their origins", () => {
    using here = place();
    setUp(here, { include: ["a.*"], redaction: { names: ["pin"] } }, { redaction: { names: ["iban", "pin"] } });
    const { settings, resolved } = resolveConfiguration(here.directory, here.env, { include: ["b.*"] });
    expect(settings.include).toEqual(["a.*", "b.*"]);
    expect(settings.redaction.names).toEqual(["iban", "pin"]);
    const origins = resolved.find((each) => each.key === "include")?.origins.map((each) => each.origin);
    expect(origins).toEqual(["project file", "flag"]);
  });

  test("a level of values sets the limits that nobody set", () => {
    using here = place();
    setUp(here, { limits: { text: 10 } }, {});
    const { limits } = resolveConfiguration(here.directory, here.env, { values: "full" }).settings;
    expect(limits).toEqual({ depth: 4, items: 100, fields: 100, text: 10, bytes: 16_384 });
  });
});

describe("mistakes", () => {
  test.each([
    [{ inclde: [] }, {}, "config.unknown_key", 'did you mean "include"?'],
    [{ limits: { dept: 1 } }, {}, "config.unknown_key", 'did you mean "limits.depth"?'],
    [{ depth: 1 }, {}, "config.unknown_key", 'did you mean "limits.depth"?'],
    [{ sample: 2 }, {}, "config.invalid", ""],
    [{ redaction: { patterns: ["(unclosed"] } }, {}, "config.invalid", ""],
    [{ include: "a" }, {}, "config.invalid", ""],
    [{ size: "2 bananas" }, {}, "config.invalid", ""],
    [{}, { SPOOR_HOT: "many" }, "config.invalid", ""],
    [[], {}, "config.unreadable", ""],
  ])("%j %j", (project, env, code, tryNext) => {
    using here = place();
    setUp(here, project, {});
    let problem: unknown;
    try {
      resolveConfiguration(here.directory, { ...here.env, ...env });
    } catch (error) {
      problem = error;
    }
    expect(problem).toBeInstanceOf(Problem);
    expect((problem as Problem).code).toBe(code);
    expect((problem as Problem).tryNext).toContain(tryNext);
  });
});
