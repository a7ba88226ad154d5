// The life of calls, as the hooks of instrumented code tell it: parents, waiting, ends that come twice or not at all,
// exceptions, calls that are only counted.
import { setImmediate } from "node:timers/promises";
import { constants, runInThisContext } from "node:vm";
import { expect, test } from "vitest";
import { functionsOf, record, type Recording } from "./recording.ts";

/** Numbers of functions by their place in `heads`. */
function define(recording: Recording, ...heads: string[]): number[] {
  const { functions } = recording.runtime.define({
    file: "/p/a.js",
    module: "a",
    functions: functionsOf(...heads),
    sites: [],
  });
  return heads.map((_, index) => functions + 1 + index);
}

/** `C1<0 S1 U1 R1`: kind and id, with the parent where there is one. */
function story(recording: Recording): string {
  return recording
    .records("CRXSUEAK")
    .map(([kind, id, , parent, ref]) => {
      if (kind === "C") return `C${id}<${parent}`;
      if (kind === "U") return parent === "0" ? `U${id}` : `U${id}<${parent}`;
      return kind === "X" ? `X${id}!${ref}` : `${kind}${id}`;
    })
    .join(" ");
}

test("calls nest", () => {
  using recording = record();
  const [f = 0, g = 0] = define(recording, "f()", "g()");
  const { hooks: h } = recording.runtime;
  const outer = h.e0(f, 0);
  h.r(h.e0(g, 0), 1);
  h.q(h.e0(g, 0));
  h.r(outer, 2);
  h.r(h.e0(f, 0), 3);
  expect(story(recording)).toBe("C1<0 C2<1 R2 C3<1 R3 R1 C4<0 R4");
});

test("after its first end a call has no other", () => {
  using recording = record();
  const [f = 0, g = 0] = define(recording, "f()", "async g()");
  const { hooks: h } = recording.runtime;
  for (const fn of [f, g]) {
    const call = h.e0(fn, 0);
    h.r(call, 1);
    h.r(call, 2);
    h.q(call);
    h.f(call);
    h.x(call, new Error("late"));
    h.u(call, 1);
    h.w(call, 1);
  }
  expect(story(recording)).toBe("C1<0 R1 C2<0 R2");
});

test("an end further down is the end of what is above it", () => {
  using recording = record();
  const [f = 0, g = 0] = define(recording, "f()", "g()");
  const { hooks: h } = recording.runtime;
  const outer = h.e0(f, 0);
  h.e0(g, 0);
  h.e0(g, 0);
  h.r(outer, 1);
  h.q(h.e0(f, 0));
  expect(story(recording)).toBe("C1<0 C2<1 C3<2 X3!0 X2!0 R1 C4<0 R4");
});

test("async functions that wait at the same time keep their own callees, each in a task of its own", async () => {
  using recording = record();
  const [load = 0, part = 0] = define(recording, "async load(n)", "part(n)");
  const { hooks: h } = recording.runtime;
  const loads = async (n: number): Promise<number> => {
    const call = h.e1(load, 0, n);
    try {
      for (let i = 0; i < 2; i++) {
        h.u(call, await h.w(call, setImmediate()));
        h.r(h.e1(part, 0, n), n);
      }
      return h.r(call, n);
    } catch (error) {
      h.x(call, error);
      throw error;
    }
  };
  await Promise.all([loads(1), loads(2)]);
  expect(story(recording)).toBe("C1<0 S1 K3 C2<0 S2 K5 U1 C3<1 R3 S1 U2 C4<2 R4 S2 U1 C5<1 R5 R1 U2 C6<2 R6 R2");
  const calls = recording.records("C").map(([, id, , , , strand]) => `${id}:${strand}`);
  expect(calls).toEqual(["1:1", "2:1", "3:3", "4:5", "5:3", "6:5"]);
  const [first] = recording.records("U");
  expect(Number(first?.[4])).toBeGreaterThan(0);
});

test("a generator is one call, resumed by whoever asks it", () => {
  using recording = record();
  const [pages = 0, f = 0] = define(recording, "*pages()", "f()");
  const { hooks: h } = recording.runtime;
  function* made(): Generator<number> {
    const call = h.e0(pages, 0);
    try {
      for (let n = 1; n < 3; n++) {
        h.y(call, n);
        yield n;
        h.u(call, undefined);
      }
      h.q(call);
    } finally {
      h.d(call);
      h.f(call);
    }
  }
  const outer = h.e0(f, 0);
  const all = [...made()];
  h.r(outer, all);
  for (const n of made()) if (n === 1) break;
  expect(story(recording)).toBe("C1<0 C2<1 S2 U2<1 S2 U2<1 R2 R1 C3<0 S3 U3 X3!0");
  expect(recording.records("S").map((columns) => columns[6])).toEqual(["1", "2", "1"]);
  expect(recording.records("X").map((columns) => columns[6])).toEqual(['{"closed":true}']);
});

test("what was about to be returned is the result when only `finally` sees the end", () => {
  using recording = record();
  const [f = 0] = define(recording, "f()");
  const { hooks: h } = recording.runtime;
  const call = h.e0(f, 0);
  h.p(call, { a: 1 });
  h.p(call, { a: 2 });
  h.f(call);
  expect(recording.records("R").map((columns) => columns[6])).toEqual(['{"a":2}']);
});

test("an exception is seen once, leaves calls, and is caught", () => {
  using recording = record();
  const [f = 0, g = 0] = define(recording, "f()", "g()");
  const { hooks: h } = recording.runtime;
  const error = new TypeError("no");
  const outer = h.e0(f, 0);
  const inner = h.e0(g, 0);
  h.t(inner, 7, error);
  h.x(inner, error);
  h.c(outer, 9, error);
  h.q(outer);
  expect(story(recording)).toBe("C1<0 C2<1 E1 X2!1 A1 R1");
  const [seen] = recording.records("E");
  expect(seen?.slice(3, 5)).toEqual(["2", "7"]);
  expect(recording.records("L")).toEqual([]);
});

test("an exception that leaves recorded code has its frames told", () => {
  using recording = record();
  const [f = 0, g = 0] = define(recording, "f()", "g()");
  const { hooks: h } = recording.runtime;
  const outer = h.e0(f, 0);
  h.x(h.e0(g, 0), "text");
  h.x(outer, "text");
  expect(story(recording)).toBe("C1<0 C2<1 E1 X2!1 X1!1");
  expect(recording.records("L").map((columns) => columns.slice(3, 6))).toEqual([["2", "3", "0"], ["1", "2", "1"]]); // prettier-ignore
});

test("a hot function is counted from its limit on, and its callees have its caller", () => {
  using recording = record({ hot: 3 });
  const [main = 0, hot = 0, callee = 0] = define(recording, "main()", "hot(n)", "callee(n)");
  const { hooks: h } = recording.runtime;
  const outer = h.e0(main, 0);
  for (let n = 0; n < 5; n++) {
    const call = h.e1(hot, 0, n);
    if (n === 4) h.r(h.e1(callee, 0, n), n);
    if (n === 3) h.x(call, new Error("x"));
    else h.r(call, n);
    h.f(call);
  }
  h.q(outer);
  recording.runtime.close();
  expect(story(recording)).toBe("C1<0 C2<1 R2 C3<1 R3 C4<1 R4 C5<1 R5 R1");
  const [counted] = recording.records("N");
  expect([counted?.[1], counted?.[4]]).toEqual([String(hot), "2"]);
  expect(JSON.parse(counted?.[6] ?? "")).toMatchObject({ why: "hot", raised: 1 });
});

test("below a root that is not drawn nothing is recorded, and all is counted", () => {
  using recording = record({ sample: 0 });
  const [f = 0, g = 0] = define(recording, "f()", "g()");
  const { hooks: h } = recording.runtime;
  const outer = h.e0(f, 0);
  h.q(h.e0(g, 0));
  h.q(outer);
  recording.runtime.close();
  expect(story(recording)).toBe("");
  expect(recording.records("N").map((columns) => [columns[1], columns[4]])).toEqual([[String(f), "1"], [String(g), "1"]]); // prettier-ignore
});

test("after a thousand calls most show no containers, and all show scalars", () => {
  using recording = record();
  const [f = 0] = define(recording, "f(n,o)");
  const { hooks: h } = recording.runtime;
  for (let n = 0; n < 1100; n++) h.r(h.e2(f, 0, n, { n }), { n });
  const shown = recording
    .records("C")
    .map((columns) => JSON.parse(columns[6] ?? "") as { n: number; o: { $?: string } });
  expect(shown.map(({ n }) => n)).toEqual(Array.from({ length: 1100 }, (_, n) => n));
  const cut = shown.filter(({ o }) => o.$ === "cut").length;
  expect(cut).toBeGreaterThan(85);
  expect(shown.slice(0, 1000).some(({ o }) => o.$ === "cut")).toBe(false);
});

test("paused, the hooks give 0 and do nothing; resumed, they go on", () => {
  using recording = record();
  const [f = 0] = define(recording, "f()");
  const { hooks: h } = recording.runtime;
  h.q(h.e0(f, 0));
  recording.runtime.pause();
  expect(h.e0(f, 0)).toBe(0);
  expect(h.r(0, "kept")).toBe("kept");
  recording.runtime.resume();
  h.q(h.e0(f, 0));
  expect(story(recording)).toBe("C1<0 R1 C2<0 R2");
});

test("calls of what is not recorded are counted, up to the bound", () => {
  using recording = record({ gapCalls: 3 });
  const functions = functionsOf("f()", "own()");
  const site = (callee: string, from: string | null) => ({ caller: 1, line: 2, callee, from });
  const sites = [site("fs.readFileSync", "node:fs"), site("items.map", null), site("express", "express")];
  const base = recording.runtime.define({ file: "/p/a.js", module: "a", functions, sites });
  const { hooks: h } = recording.runtime;
  const call = h.e0(base.functions + 1, 0);
  for (let i = 0; i < 5; i++) h.s(base.sites);
  h.s(base.sites + 1);
  h.q(h.e0(base.functions + 2, 0)); // what is called there is recorded
  h.s(base.sites + 2);
  h.s(-1); // a function of the file is called next
  h.q(h.e0(base.functions + 2, 0));
  h.s(base.sites + 2);
  expect([...h.n()]).toEqual([]);
  h.q(call);
  recording.runtime.close();
  const gaps = recording
    .records("G")
    .map((columns) => [columns[4], columns[5], JSON.parse(columns[6] ?? "") as object]);
  expect(gaps).toMatchObject([
    ["3", "1", { module: "node:fs", name: "fs.readFileSync", kind: "native", include: null }],
    ["2", "0", { module: "express", name: "express", kind: "javascript", include: "express" }],
  ]);
});

test("names that hold a secret are told without it", () => {
  using recording = record();
  const functions = functionsOf("f(v)");
  const key = ["AKIA", "IOSFODNN7EXAMPLE"].join("");
  const sites = [{ caller: 1, line: 2, callee: `open("${key}").read`, from: null }];
  const base = recording.runtime.define({ file: "/p/a.js", module: "a", functions, sites });
  const { hooks: h } = recording.runtime;
  const named = { [key]: () => 1 };
  const call = h.e1(base.functions + 1, 0, [named[key], Symbol(key), { [key]: key }]);
  h.s(base.sites);
  h.q(call);
  recording.runtime.close();
  const lines = recording.lines().join("\n");
  expect(lines).not.toContain(key.slice(4));
  expect(lines.match(/\[redacted:aws-access-key\]/g)).toHaveLength(5);
});

test("the namespace of a module is not read", async () => {
  using recording = record();
  const [f = 0] = define(recording, "f(m)");
  const { hooks: h } = recording.runtime;
  // vitest gives what it imports a proxy.
  const loader = { importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER };
  h.q(h.e1(f, 0, await runInThisContext("import('node:path')", loader)));
  expect(recording.records("C").map((columns) => columns[6])).toEqual(['{"m":{"$":"module"}}']);
});

test("after so many calls of a function, values are opened at one in sixty-four, also where a name withholds something", () => {
  using recording = record({ hotValues: 3 });
  const [plain = 0, named = 0, made = 0] = define(recording, "plain(a)", "named(a,password)", "*made()");
  const h = recording.runtime.hooks;
  for (let n = 0; n < 140; n++) {
    h.r(h.e1(plain, 0, [n]), [n]);
    h.r(h.en(named, 0, [[n], "x"]), [n]);
    h.y(h.e0(made, 0), [n]);
  }
  const open = (kind: string, fn: number): number[] => {
    const calls = recording.records("C").filter((each) => each[4] === String(fn));
    const payloads = calls.map((each) =>
      kind === "C" ? each[6] : recording.records(kind).find((other) => other[1] === each[1])?.[6],
    );
    expect(payloads).toHaveLength(140);
    return payloads.flatMap((payload, at) => (payload?.includes('"hot"') ? [] : [at]));
  };
  const expected = [0, 1, 2, 3, 67, 131];
  for (const fn of [plain, named]) {
    expect(open("C", fn)).toEqual(expected);
    expect(open("R", fn)).toEqual(expected);
  }
  expect(open("S", made)).toEqual(expected);
});
