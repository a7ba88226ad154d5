// spec/vectors/values, through the hooks, the raw form and its decoding: what is in the spool is what the vectors say.
import { readdirSync, readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import { expect, it, test } from "vitest";
import { functionsOf, record } from "./recording.ts";

interface Case {
  readonly id: string;
  readonly make: { readonly javascript?: string };
  readonly setup?: { readonly javascript?: string };
  readonly limits?: { readonly level?: string };
  readonly how?: string;
  /** Of a function that is called often: its values are not opened at this call. */
  readonly often?: true;
  readonly expect: unknown;
}

const folder = new URL("../../../../spec/vectors/values/", import.meta.url);
const cases = readdirSync(folder)
  .flatMap((name) => (JSON.parse(readFileSync(new URL(name, folder), "utf8")) as { cases: Case[] }).cases)
  .filter((vector) => vector.make.javascript !== undefined);

it.each(cases.map((vector) => [vector.id, vector] as const))("%s", (_id, vector) => {
  expect(drawn(vector)).toBe(text(vector.expect));
});

test("there are enough of them", () => {
  expect(cases.length).toBeGreaterThan(100);
});

/** The payload that the value gets, with identities as `*`. */
function drawn({ make, setup, limits = {}, how, often }: Case): string {
  const { level = "default", ...counts } = limits;
  const hotValues = often === true ? 0 : 1000;
  using recording = record({ values: level, limits: { ...shallowDepth(level), ...counts }, hotValues });
  const { hooks } = recording.runtime;
  const made: unknown = runInThisContext(`(() => { ${setup?.javascript ?? ""}; return (${make.javascript}); })()`);
  const [names, values] = how === "args" ? (made as [string[], unknown[]]) : [how === "self" ? ["this"] : [], [made]];
  const { functions } = recording.runtime.define({
    file: "/p/a.js",
    module: "a",
    functions: functionsOf(`f(${names.join(",")})`),
    sites: [],
  });
  // Of sixty-four calls the first is one of which values are opened.
  for (let calls = often === true ? 2 : 1; calls > 0; calls--) {
    const call = names.length > 0 ? hooks.en(functions + 1, 0, [...values]) : hooks.e0(functions + 1, 0);
    if (how === "exception") hooks.x(call, made);
    else hooks.r(call, made);
  }
  const kind = how === "exception" ? "E" : names.length > 0 ? "C" : "R";
  let payload = recording.records(kind).at(-1)?.[6] ?? "";
  if (how === "self") payload = payload.replace(/^\{"this":(.*)\}$/, "$1");
  if (how === "exception") payload = payload.replace(/,"file":.*?,"function":"f"/, "");
  return payload.replace(/"\$id":"[0-9a-f]+"/g, '"$id":"*"');
}

function shallowDepth(level: string): object {
  return level === "shallow" ? { depth: 0 } : {};
}

/** As agents write it: minus zero keeps its sign. */
function text(value: unknown): string {
  if (Object.is(value, -0)) return "-0.0";
  if (Array.isArray(value)) return `[${value.map(text).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    return `{${Object.entries(value)
      .map(([key, held]) => `${JSON.stringify(key)}:${text(held)}`)
      .join(",")}}`;
  }
  return JSON.stringify(value);
}

test("functions are told by name and kind, made once or anew for every call", () => {
  using recording = record();
  const { hooks } = recording.runtime;
  const { functions } = recording.runtime.define({
    file: "/p/a.js",
    module: "a",
    functions: functionsOf("f(g)"),
    sites: [],
  });
  const kept = Object.defineProperty(() => 0, "name", { value: "kept" });
  const getter = Object.defineProperty(() => 0, "name", { get: () => "asked" });
  const made = runInThisContext(
    `[class{}, class A{}, class /**/ B{}, function C() {}, {class() {}}.class, () => 0]`,
  ) as object[];
  const fresh = () => Object.defineProperty(() => 0, "name", { value: "fresh" });
  const all = [...made, ...Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? kept : fresh())), getter];
  for (const each of all) hooks.q(hooks.e1(functions + 1, 0, each));
  const drawn = recording.records("C").map((columns) => columns[6]);
  const told = ["class:", "class:A", "class:B", "function:C", "function:class", "function:"];
  expect(drawn).toEqual(
    [
      ...told,
      ...Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? "function:kept" : "function:fresh")),
      "function:",
    ].map((each) => `{"g":{"$":"${each.split(":")[0]}","name":"${each.split(":")[1]}"}}`),
  );
});

test("of a function that is called often, insides are shown now and then, and names of functions that come again", () => {
  using recording = record({ values: "default" });
  const { hooks, define } = recording.runtime;
  const { functions } = define({ file: "/p/a.js", module: "a", functions: functionsOf("f(o,stays,made)"), sites: [] });
  const stays = () => 1;
  const calls = 1000 + 10 * 64;
  for (let call = 0; call < calls; call++) hooks.q(hooks.e3(functions + 1, 0, { call }, stays, () => call));
  const shown = recording.records("C").map((columns) => JSON.parse(columns[6] ?? "") as Record<string, unknown>);
  const [hot, named] = [
    { $: "cut", why: "hot" },
    { $: "function", name: "stays" },
  ];
  expect(shown.length).toBe(calls);
  expect(shown.slice(0, 1000).every(({ o, made }, call) => isCall(o, call) && !isHot(made))).toBe(true);
  const after = shown.slice(1000);
  expect(after.filter(({ o }) => !isHot(o)).length).toBe(10);
  expect(after.every(({ o, made }) => isHot(o) === isHot(made))).toBe(true);
  expect(shown.map(({ stays: each }) => each)).toEqual(shown.map(() => named));
  expect(after.find(({ o }) => isHot(o))).toEqual({ o: hot, stays: named, made: hot });
});

test("one block has room for many lines, many keys and many texts that are cut", () => {
  using recording = record({ values: "default", limits: { text: 12 } });
  const { hooks, define } = recording.runtime;
  const heads = Array.from({ length: 700 }, (_, at) => `f${at}(o)`);
  const { functions } = define({ file: "/p/a.js", module: "a", functions: functionsOf(...heads), sites: [] });
  for (let at = 0; at < 700; at++) hooks.q(hooks.e1(functions + 1 + at, 0, { [`key${at}`]: `${1000 + at} and so on` }));
  const cut = (at: number) => ({ $: "str", len: 14, head: `${1000 + at} and so ` });
  expect(recording.records("C").map((columns) => JSON.parse(columns[6] ?? "") as unknown)).toEqual(
    heads.map((_, at) => ({ o: { [`key${at}`]: cut(at) } })),
  );
  expect(recording.records("F").map((columns) => JSON.parse(columns[6] ?? "") as unknown)).toMatchObject(
    heads.map((head) => ({ name: head.slice(0, -3) })),
  );
});

function isHot(value: unknown): boolean {
  return (value as { why?: string }).why === "hot";
}

function isCall(value: unknown, call: number): boolean {
  return (value as { call?: number }).call === call;
}
