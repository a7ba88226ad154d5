// gaps, slow, exceptions and report as data, and what holds for every operation.

import { describe, expect, test } from "vitest";
import { z } from "zod";
import { exceptions } from "../../src/operations/exceptions.ts";
import { gaps } from "../../src/operations/gaps.ts";
import { readOperations } from "../../src/operations/list.ts";
import { report } from "../../src/operations/report.ts";
import { slow } from "../../src/operations/slow.ts";
import { contextOf, recording } from "./recording.ts";
import { shop } from "./shop.ts";

describe("gaps", () => {
  const ask = async (input: Record<string, unknown>) => {
    await using store = await shop();
    return (await gaps.run(gaps.input.parse(input), contextOf(store))).data;
  };

  test("packages of npm, with dots in their names or not", async () => {
    const gap = (module: string, include: string) => ({
      process: 1,
      caller_id: 1,
      caller_module: "src/app",
      caller: "run",
      module,
      callee: "f",
      kind: "javascript",
      file: null,
      include,
      calls: 1,
      at_least: false,
    });
    const rows = [
      gap("express", "express"),
      gap("highlight.js/lib/core", "highlight.js.*"),
      gap("socket.io", "socket.io"),
      gap("@hapi/hoek", "@hapi/hoek"),
    ];
    await using store = await recording("app:run({}) -> 1", { gaps: rows });
    const { data } = await gaps.run(gaps.input.parse({}), contextOf(store));
    expect(data.packages.map((each) => each.package)).toEqual(["@hapi/hoek", "express", "highlight.js", "socket.io"]);
    expect(data.suggested_command).toBe(
      "spoor run --include @hapi/hoek --include express --include 'highlight.js.*' python3 app.py",
    );
  });

  test("callees with callers, counts and the pattern that would record them", async () => {
    const data = await ask({});
    expect(data.untraced_calls).toEqual([
      {
        function: "loads",
        module: "json",
        kind: "python",
        file: "/usr/lib/json.py",
        called_by: ["shop.data.load", "shop.data.parse"],
        call_count: 128,
        at_least: true,
        suggested_include: "json.*",
      },
      {
        function: "get",
        module: "requests.api",
        kind: "python",
        file: "/usr/lib/requests/api.py",
        called_by: ["shop.api.get"],
        call_count: 2,
        at_least: false,
        suggested_include: "requests.*",
      },
      {
        function: "Session",
        module: "requests.sessions",
        kind: "class",
        file: "/usr/lib/requests/sessions.py",
        called_by: ["shop.api.get"],
        call_count: 2,
        at_least: false,
        suggested_include: "requests.*",
      },
    ]);
    expect(data.packages.map((each) => [each.package, each.callees, each.call_count, each.recordable])).toEqual([
      ["json", 1, 128, true],
      ["requests", 2, 4, true],
      ["builtins", 2, 1205, false],
      ["decimal", 1, 7, false],
    ]);
    expect(data.suggested_command).toBe("spoor run --include 'json.*' --include 'requests.*' python3 app.py");
  });

  test("filters", async () => {
    expect((await ask({ module: "requests.*" })).untraced_calls.map((each) => each.function)).toEqual([
      "get",
      "Session",
    ]);
    expect((await ask({ module: "requests.api" })).untraced_calls.map((each) => each.function)).toEqual(["get"]);
    expect(
      (await ask({ calledBy: "DATA.parse", native: true })).untraced_calls.map((each) => [
        each.function,
        each.call_count,
      ]),
    ).toEqual([
      ["loads", 64],
      ["int", 1204],
    ]);
    const limited = await ask({ native: true, limit: 2 });
    expect([limited.untraced_calls.length, limited.left]).toEqual([2, 4]);
  });
});

describe("slow", () => {
  test("counted calls are in count, total and max, and estimated in own", async () => {
    const counted = [
      {
        process: 1,
        function_id: 2,
        module: "m",
        function: "hot",
        thread: 1,
        why: "hot",
        calls: 8,
        total_ns: 800_000_000,
        max_ns: 400_000_000,
        raised: 3,
      },
    ];
    await using store = await recording("m:main ~1ms\n  m:hot ~50ms x 2\n    m:inner ~50ms\n  m:wait ~wait 30ms", {
      counted,
    });
    const { data } = await slow.run(slow.input.parse({}), contextOf(store));
    const ms = (ns: number | null) => (ns === null ? null : ns / 1e6);
    expect(
      data.functions.map((each) => [
        each.function,
        each.count,
        each.counted,
        ms(each.total_ns),
        ms(each.own_ns),
        ms(each.waiting_ns),
        ms(each.p50_ns),
        ms(each.max_ns),
        each.raised,
      ]),
    ).toEqual([
      ["hot", 10, 8, 1000, 500, 0, 100, 400, 3],
      ["inner", 2, 0, 100, 100, 0, 50, 50, 0],
      ["main", 1, 0, 231, 1, 0, 231, 231, 0],
      ["wait", 1, 0, 30, 0, 30, 30, 30, 0],
    ]);
  });

  test("a function of which calls were only counted is listed too", async () => {
    const counted = [
      {
        process: 1,
        function_id: 9,
        module: "m",
        function: "ghost",
        thread: 1,
        why: "size",
        calls: 5,
        total_ns: 50,
        max_ns: 20,
        raised: 0,
      },
    ];
    await using store = await recording("m:main", { counted });
    const { data } = await slow.run(slow.input.parse({ sort: "count", limit: 1 }), contextOf(store));
    expect(data.functions).toMatchObject([{ function: "ghost", count: 5, p50_ns: null, max_ns: 20 }]);
    expect(data.left).toBe(1);
  });

  test.each(["own", "total", "count", "mean", "p95", "max", "waiting"])("sorted by %s, largest first", async (sort) => {
    await using store = await shop();
    const { data } = await slow.run(slow.input.parse({ sort, module: "shop.*" }), contextOf(store));
    const key = (each: (typeof data.functions)[number]) =>
      sort === "count"
        ? each.count
        : sort === "mean"
          ? each.total_ns / each.count
          : (each[`${sort}_ns` as "p95_ns"] ?? -1);
    const keys = data.functions.map(key);
    expect(keys).toEqual(keys.toSorted((a, b) => b - a));
    expect(keys).toHaveLength(16);
  });
});

describe("exceptions", () => {
  const picture = `
    m:main
      m:try_all
        m:parse ! ValueError: bad 1
        m:parse ! ValueError: bad 2
        m:find ! KeyError: 'x'
      m:stop !! SystemExit: 3
  `;
  const ask = async (input: Record<string, unknown>) => {
    await using store = await recording(picture);
    return (await exceptions.run(exceptions.input.parse(input), contextOf(store))).data;
  };

  test("those that left come one by one, caught ones folded", async () => {
    const data = await ask({});
    expect(data.counts).toEqual({ left: 1, caught: 3, caught_outside: 0, open: 0 });
    expect(data.exceptions.map((each) => [each.handle, each.type, each.fate, each.seen_in?.handle])).toEqual([
      ["e4", "SystemExit", "left", "c6"],
    ]);
    expect(data.folded.map((each) => [each.handle, each.type, each.count, each.messages])).toEqual([
      ["e1", "ValueError", 2, 2],
      ["e3", "KeyError", 1, 1],
    ]);
  });

  test("a message that was cut or has lines is one line of text", async () => {
    const messages = ['{"$":"str","len":900,"head":"long"}', "two\nlines"];
    const rows = messages.map((message, index) => ({
      process: 1,
      id: index + 1,
      call_id: 1,
      thread: 1,
      raised_ns: index,
      type: "E",
      message,
      fate: "left",
      calls_left: 1,
      fatal: false,
    }));
    await using store = await recording("m:main", { exceptions: rows });
    const answer = await exceptions.run(exceptions.input.parse({}), contextOf(store));
    expect(answer.data.exceptions.map((each) => each.message)).toEqual(["two\nlines", "long…"]);
    const text = exceptions.text(answer, { columns: 80, colour: false, budget: 2000 });
    expect(text).toContain("e2 E: two lines\n");
    expect(text).toContain("e1 E: long…\n");
  });

  test("filters", async () => {
    expect((await ask({ all: true })).exceptions.map((each) => each.handle)).toEqual(["e4", "e3", "e2", "e1"]);
    expect((await ask({ all: true, limit: 3 })).left).toBe(1);
    expect((await ask({ type: "KeyError" })).folded.map((each) => each.handle)).toEqual(["e3"]);
    expect((await ask({ type: "*Error", all: true })).exceptions).toHaveLength(3);
    expect((await ask({ fate: "caught" })).exceptions).toEqual([]);
  });
});

test("a report of a run without calls says so", async () => {
  await using store = await recording("m:main", {}, { calls: 0, processes: 0 });
  for (const table of ["calls", "functions", "threads", "processes"]) await store.query(`DELETE FROM ${table}`);
  const answer = await report.run(report.input.parse({}), contextOf(store));
  expect(answer.data.tree).toEqual([]);
  expect(report.text(answer, { columns: 80, colour: false, budget: 2000 })).toContain("0 calls");
});

describe.each(readOperations.map((each) => [each.name, each] as const))("%s", (_, operation) => {
  test("every input field says what it is for", () => {
    const schema = z.toJSONSchema(operation.input, { io: "input" }) as {
      properties: Record<string, { description?: string }>;
    };
    const silent = Object.entries(schema.properties).filter(([, { description }]) => !description);
    expect(silent).toEqual([]);
    for (const field of operation.positional) expect(schema.properties).toHaveProperty(field);
    expect(schema.properties).toHaveProperty("run");
    expect(schema.properties).toHaveProperty("budget");
  });

  test("its answer can be described to a model", () => {
    expect(z.toJSONSchema(operation.data)).toMatchObject({ type: "object" });
    expect(operation.effect).toBe("reads");
    expect(operation.summary.length).toBeLessThan(80);
  });
});
