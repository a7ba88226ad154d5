// Texts that a compiler made: their functions are told as the user wrote them, and its own helpers are not told at all.
import { build, transformSync, type BuildOptions, type Plugin } from "esbuild";
import { describe, expect, test } from "vitest";
import { findMap, lookUpIn } from "../../src/loading/incoming-map.ts";
import { mapped } from "../../src/loading/mapped-lines.ts";
import { transform } from "../../src/loading/transform-bundle.ts";

const source = `interface Item {
  price: number;
}

export class Cart {
  items: Item[] = [];

  add(item: Item): number {
    return this.items.push(item);
  }
}

export const twice = (n: number) => n * 2;
`;

function compiled(options: object): string {
  const { code } = transformSync(source, {
    loader: "ts",
    format: "cjs",
    sourcemap: "inline",
    sourcefile: "cart.ts",
    target: "node20",
    ...options,
  });
  return code;
}

describe.each([
  ["plain", {}],
  ["on one line", { minifyWhitespace: true }],
  ["with helpers for names", { keepNames: true, minifyWhitespace: true }],
])("esbuild's output, %s", (_, options) => {
  test("lines, files and names", () => {
    const text = compiled(options);
    const map = findMap(text, "/project/src/cart.js")?.read() ?? null;
    if (map === null) throw new Error("no map");
    expect(map.sourceNames).toEqual(["/project/src/cart.ts"]);
    const lines = mapped(text, map);
    const parsed = transform(text, ["commonjs"], lines);
    if (parsed === null) throw new Error("not parsed");
    const { instrumentation, sources } = lines.finish(parsed.instrumentation);
    expect(sources.names).toEqual(["/project/src/cart.ts"]);
    const told = instrumentation.functions.filter((_each, index) => sources.of[index] === 0);
    expect(told.map(({ name, line }) => `${name}:${line}`)).toEqual(["Cart.constructor:5", "Cart.add:8", "twice:13"]);
    // The entries of all others name no function.
    const { number } = instrumentation.inserts;
    const entered = new Set([...number].filter((each) => each >= 0 && each % 2 === 0).map((each) => each / 2));
    const own = new Set(instrumentation.functions.flatMap((each, index) => (told.includes(each) ? [index] : [])));
    expect([...entered].filter((index) => index !== 0 && !own.has(index))).toEqual([]);
  });
});

test.each([
  ["as the fields that they are", { target: "es2022" }, []],
  ["in a constructor", { target: "es2020" }, []],
  ["in a constructor, on one line", { target: "es2020", minifyWhitespace: true }, []],
  ["in one that the user wrote", { target: "es2022" }, ["constructor(readonly first: number) {", "}"]],
  ["in one that the user wrote, with them", { target: "es2020" }, ["constructor(readonly first: number) {", "}"]],
])("functions in fields, %s", (_, options, written) => {
  const fields = [
    "export class Cart {",
    ...written,
    "items = [1];",
    "add = (item: number) => this.items.push(item);",
    "}",
  ];
  // As with a `target` in tsconfig.json that has no fields.
  const assigned = options.target === "es2020" ? { tsconfigRaw: { compilerOptions: { target: "es2020" } } } : {};
  const text = transformSync(fields.join("\n"), { loader: "ts", sourcemap: "inline", ...options, ...assigned }).code;
  const map = findMap(text, "/project/src/cart.js")?.read() ?? null;
  if (map === null) throw new Error("no map");
  const lines = mapped(text, map);
  const parsed = transform(text, ["module"], lines);
  if (parsed === null) throw new Error("not parsed");
  const { functions } = lines.finish(parsed.instrumentation).instrumentation;
  const found = functions.slice(1).map(({ name, line }) => `${name}:${line}`);
  const [constructor, add] = written.length === 0 ? [1, 3] : [2, 5];
  // What stands in a constructor that the user wrote cannot be told from what a compiler put there.
  const within = written.length > 0 && options.target === "es2020" ? ".constructor" : "";
  expect(found.sort()).toEqual([`Cart${within}.add:${add}`, `Cart.constructor:${constructor}`].sort());
});

test.each([
  ["a bundle, in which two functions have one name", {}],
  ["a minified bundle", { minify: true }],
])("names in %s", async (_, options) => {
  const first = `export class Cart {
  static of() { return new Cart(); }
  #count = 1;
  #bump(by: number) { return (this.#count += by); }
  add = (first: number, { second }: { second: number }, ...rest: number[]) => this.#bump(first + second + rest.length);
}
export function parse(text: string) { return Number(text); }
`;
  const second = `import { parse as number, Cart } from "first";
import { join } from "node:path";
function parse(left: string, right: string) { return number(left) + number(right) + join(left, right).length; }
const twice = (value: number) => value * 2;
console.log(twice(parse("1", "2")), Cart.of().add(1, { second: 2 }, 3));
`;
  const inMemory: Plugin = {
    name: "in memory",
    setup(build) {
      build.onResolve({ filter: /^first$/ }, () => ({ path: "/project/first.ts", namespace: "memory" }));
      build.onLoad({ filter: /./, namespace: "memory" }, () => ({ contents: first, loader: "ts" }));
    },
  };
  const text = await buildWith({ ...options, plugins: [inMemory], stdin: { contents: second, loader: "ts" } });
  const map = findMap(text, "/project/bundle.js")?.read() ?? null;
  if (map === null) throw new Error("no map");
  const lines = mapped(text, map);
  const parsed = transform(text, ["module"], lines);
  if (parsed === null) throw new Error("not parsed");
  const { functions, sites } = lines.finish(parsed.instrumentation).instrumentation;
  expect(functions.slice(1).map(({ name, captures }) => `${name}(${captures.join()})`)).toEqual([
    "Cart.constructor(this)",
    "Cart.static of(this)",
    "Cart.#bump(this,by)",
    "Cart.add(first,second,rest)",
    "parse(text)",
    "parse(left,right)",
    "twice(value)",
  ]);
  expect(sites.map(({ callee }) => callee)).toEqual(
    expect.arrayContaining(["join", "console.log", "Cart.of", "Number"]),
  );
});

async function buildWith(options: BuildOptions): Promise<string> {
  const common = { bundle: true, platform: "node", format: "esm", sourcemap: "inline", write: false } as const;
  const { outputFiles = [] } = await build({ ...common, ...options });
  return outputFiles[0]?.text ?? "";
}

test("a map in sections, with what bundlers put before names", () => {
  const section = (line: number, name: string) => ({
    offset: { line, column: 0 },
    map: { version: 3, sources: [`webpack://app/./src/${name}?x`], mappings: "AAAA;AAEA" },
  });
  const raw = { version: 3, sections: [section(0, "a.ts"), section(5, "b.ts")] };
  const data = Buffer.from(JSON.stringify(raw)).toString("base64");
  const map = findMap(`x\n//# sourceMappingURL=data:application/json;base64,${data}\n`, "/p/dist/x.js")?.read() ?? null;
  if (map === null) throw new Error("no map");
  const lookUp = lookUpIn(map);
  const shown = [lookUp(1, 4), lookUp(2, 0), lookUp(6, 0), lookUp(7, 9)].map((place) =>
    place === null ? null : `${place.source.slice(-4)}:${place.line}`,
  );
  expect(shown).toEqual(["a.ts:1", "a.ts:3", "b.ts:1", "b.ts:3"]);
});

/** `[column, line, column]`: what stands there is from that place of the source, counted from 0. */
type Mapping = readonly [column: number, sourceLine: number, sourceColumn: number];

function mappingsOf(lines: readonly (readonly Mapping[])[]): string {
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  const digitsOf = (value: number): string =>
    value < 32 ? (digits[value] ?? "") : `${digits[(value & 31) | 32]}${digitsOf(value >> 5)}`;
  const encode = (value: number): string => digitsOf(value < 0 ? (-value << 1) | 1 : value << 1);
  let [line, column] = [0, 0];
  return lines
    .map((segments) => {
      let before = 0;
      return segments.map(([at, toLine, toColumn]) => {
        const segment = encode(at - before) + encode(0) + encode(toLine - line) + encode(toColumn - column);
        [before, line, column] = [at, toLine, toColumn];
        return segment;
      });
    })
    .map((segments) => segments.join())
    .join(";");
}

test("functions that Babel and swc put in, and say that they are from the source", () => {
  const lines: readonly (readonly [text: string, segments: readonly Mapping[]])[] = [
    ["function _helper(n) { return function inside() {} }", [[0, 0, 5], [9, 0, 5], [17, 0, 5], [22, 0, 5], [31, 0, 5], [38, 0, 5]]], // prettier-ignore
    ["var Status = function (Status) { return Status; }({});", [[0, 1, 0], [4, 1, 5], [13, 1, 0], [23, 1, 5], [33, 1, 9], [48, 1, 20]]], // prettier-ignore
    [
      "_export(exports, { get own() { return own; } });",
      [
        [19, 2, 9],
        [23, 2, 9],
        [38, 2, 9],
      ],
    ],
    [
      "function own(n) { return n; }",
      [
        [0, 2, 0],
        [9, 2, 9],
        [13, 2, 13],
        [18, 2, 18],
      ],
    ],
    ["(function (App) { App.run = () => 1; })({});", [[0, 3, 0], [1, 3, 1], [11, 3, 11], [18, 3, 18], [28, 3, 28], [37, 3, 37], [40, 3, 40]]], // prettier-ignore
  ];
  const raw = { version: 3, sources: ["a.ts"], names: [], mappings: mappingsOf(lines.map(([, segments]) => segments)) };
  const data = Buffer.from(JSON.stringify(raw)).toString("base64");
  const text = `${lines.map(([line]) => line).join("\n")}\n//# sourceMappingURL=data:application/json;base64,${data}\n`;
  const map = findMap(text, "/project/a.js")?.read() ?? null;
  if (map === null) throw new Error("no map");
  const places = mapped(text, map);
  const parsed = transform(text, ["commonjs"], places);
  if (parsed === null) throw new Error("not parsed");
  const { functions, inserts } = places.finish(parsed.instrumentation).instrumentation;
  const entered = new Set([...inserts.number].filter((each) => each > 0 && each % 2 === 0).map((each) => each / 2));
  const told = functions.filter((_, index) => entered.has(index)).map(({ name, line }) => `${name}:${line}`);
  expect(told).toEqual(["own:3", "<anonymous>:4", "<anonymous>.App.run:4"]);
});

test.each([
  "",
  "//# sourceMappingURL=nowhere.map",
  "//# sourceMappingURL=data:application/json;base64,AAAA",
  "const s = 'sourceMappingURL=x'",
])("%j is no map", (text) => {
  expect(findMap(text, "/p/x.js")?.read() ?? null).toBeNull();
});
