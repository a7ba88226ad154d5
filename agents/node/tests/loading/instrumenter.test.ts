// From text to text, with everything real: the cache on disk, the scope, the runtime. What comes from the cache is what was made.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildSync } from "esbuild";
import { afterEach, expect, test } from "vitest";
import { makeInstrumenter, type Instrumenter } from "../../src/loading/instrumenter.ts";
import { makeScope } from "../../src/loading/scope.ts";
import { transform } from "../../src/loading/transform-bundle.ts";
import { openTransformCache } from "../../src/loading/transform-cache.ts";
import { createRuntime } from "../../src/runtime/runtime.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0).reverse()) end();
});

function project(): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "spoor-instrumenter-")));
  ends.push(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, "run/spool"), { recursive: true });
  writeFileSync(join(root, "run/config.json"), JSON.stringify({ format: 1 }));
  return root;
}

/** Of a process that has not met anything, but for what is in the cache; `parsed` counts what was not. */
function fresh(root: string): { instrumenter: Instrumenter; parsed: () => number; failures: string[] } {
  const runtime = createRuntime({ directory: join(root, "run"), watchesEnd: false });
  ends.push(runtime.close);
  const failures: string[] = [];
  let parsed = 0;
  const instrumenter = makeInstrumenter({
    scope: makeScope({ root, include: [], exclude: [], main: undefined, agent: "/agent" }),
    runtime,
    cache: openTransformCache(join(root, "cache"), root),
    transform: () => (text, forms, lines) => {
      parsed++;
      return transform(text, forms, lines);
    },
    defined: () => undefined,
    failed: (error) => failures.push(String(error)),
  });
  return { instrumenter, parsed: () => parsed, failures };
}

test("what comes from the cache is what was made, also of a bundle with code of packages", () => {
  const root = project();
  mkdirSync(join(root, "node_modules/theirs"), { recursive: true });
  writeFileSync(join(root, "node_modules/theirs/index.js"), "export function theirs(a) { return a + 1 }\n");
  writeFileSync(
    join(root, "own.ts"),
    'import { theirs } from "theirs";\nexport function own(a: number) { return theirs(a) }\n',
  );
  const { outputFiles } = buildSync({
    entryPoints: [join(root, "own.ts")],
    bundle: true,
    format: "cjs",
    sourcemap: "inline",
    write: false,
    outdir: join(root, "dist"),
  });
  const bundle = outputFiles[0]?.text ?? "";
  const path = join(root, "dist/own.js");
  const texts = [bundle, "exports.f = (a) => a;\n"];
  const first = fresh(root);
  const made = texts.map((text) => first.instrumenter.instrument(path, text, "commonjs")?.text);
  expect(first.parsed()).toBe(2);
  // The entry of the package's function names no function.
  expect(made[0]).toMatch(/function theirs\(a\) \{[^\n]*\.e1\(0,/);
  expect(made[0]).toMatch(/function own\(a\) \{[^\n]*\.e1\([1-9]/);
  const second = fresh(root);
  expect(texts.map((text) => second.instrumenter.instrument(path, text, "commonjs")?.text)).toEqual(made);
  expect(second.parsed()).toBe(0);
  expect([...first.failures, ...second.failures]).toEqual([]);
});

test("a map that is none is as good as none, also from the cache", () => {
  const root = project();
  const text = "exports.f = (a) => a;\n//# sourceMappingURL=f.js.map\n";
  writeFileSync(join(root, "f.js.map"), "not a map");
  for (const parsed of [1, 0]) {
    const each = fresh(root);
    expect(each.instrumenter.instrument(join(root, "f.js"), text, "commonjs")?.text).toMatch(/\.e1\([1-9]/);
    expect(each.parsed()).toBe(parsed);
    expect(each.failures).toEqual([]);
  }
});
