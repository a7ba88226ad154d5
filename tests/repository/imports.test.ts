// Imports point one way, and the table in imports.ts that says so can fail.
import { expect, test } from "vitest";
import { files } from "./files.ts";
import { importsOf, wrongImports } from "./imports.ts";

test("imports point one way", () => {
  expect(wrongImports(files(/^(protocol|agents\/node|host)\/.*\.ts$/))).toEqual([]);
});

test("every form of import is seen", () => {
  const text = `
    import "a";
    import type { B } from 'b';
    import c, {
      d,
    } from "c";
    export * from "d";
    const e = await import("e");
    const notOne = "import me from nowhere";`;
  const seen = importsOf(text).map(({ specifier, typeOnly }) => specifier + (typeOnly ? " type" : ""));
  expect(seen).toEqual(["a", "b type", "c", "d", "e"]);
});

test.each([
  ["protocol/src/spool.ts", "zod"],
  ["protocol/src/spool.ts", "node:fs"],
  ["protocol/src/spool.ts", "../../host/src/problem.ts"],
  ["host/src/views/tree.ts", "node:fs"],
  ["host/src/views/tree.ts", "node:child_process"],
  ["host/src/views/tree.ts", "@duckdb/node-api"],
  ["host/src/views/tree.ts", "../project/project.ts"],
  ["host/src/views/tree.ts", "../store/store.ts"],
  ["host/src/store/seal.ts", "../operations/run.ts"],
  ["host/src/store/seal.ts", "../recording/run.ts"],
  ["host/src/recording/run.ts", "../doors/cli.ts"],
  ["host/src/operations/run.ts", "../doors/cli.ts"],
  ["host/src/operations/run.ts", "spoor/doors/cli"],
  ["host/src/doors/cli.ts", "../main.ts"],
  ["host/src/doors/cli.ts", "../store/seal.ts"],
  ["host/src/project/project.ts", "../store/store.ts"],
  ["host/src/misc/thing.ts", "../store/store.ts"],
  ["host/src/store/seal.ts", "../../../scripts/root.ts"],
  ["agents/node/src/runtime/sink.ts", "../loading/boot.ts"],
  ["agents/node/src/runtime/sink.ts", "../transform/instrument.ts"],
  ["agents/node/src/loading/boot.ts", "../../../../host/src/main.ts"],
])("%s may not import %s", (path, specifier) => {
  expect(wrongImports([{ path, text: `import { it } from "${specifier}";` }])).toHaveLength(1);
});

test.each([
  ["host/src/main.ts", "./doors/cli.ts"],
  ["host/src/doors/cli.ts", "../operations/run.ts"],
  ["host/src/operations/run.ts", "../views/tree.ts"],
  ["host/src/store/seal.ts", "@spoor/protocol/spool"],
  ["host/src/views/tree.ts", "../problem.ts"],
  ["protocol/src/spool.test.ts", "vitest"],
  ["agents/node/src/loading/boot.ts", "../runtime/sink.ts"],
  ["agents/node/src/runtime/values.ts", "@spoor/protocol/redaction"],
])("%s may import %s", (path, specifier) => {
  expect(wrongImports([{ path, text: `import { it } from "${specifier}";` }])).toEqual([]);
});

test("views take types alone from operations and store, and nothing from doors", () => {
  const view = (text: string) => wrongImports([{ path: "host/src/views/tree.ts", text }]);
  expect(view(`import type { Row } from "../store/store.ts";`)).toEqual([]);
  expect(view(`import { open } from "../store/store.ts";`)).toHaveLength(1);
  expect(view(`import type { Cli } from "../doors/cli.ts";`)).toHaveLength(1);
});

// `import { z }` takes along zod's messages in forty languages, half a megabyte that each start of the host would read.
test("zod is imported as a namespace", () => {
  const wrong = files(/^host\/src\/.*\.ts$/).filter(({ text }) => /import (type )?\{[^}]*\} from "zod"/.test(text));
  expect(wrong.map(({ path }) => path)).toEqual([]);
});
