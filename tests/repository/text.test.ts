// No file is too long, opens without a word on its job, or names what differs from machine to machine.
import { expect, test } from "vitest";
import type { File } from "./files.ts";
import { files } from "./files.ts";
import { namesMachinePath, namesRegistry, tooLong, withoutOpening } from "./text.ts";

const sources = /\.(ts|mjs|py|c|h|css)$/;
const fixtures = /^(spec\/vectors|tests\/.*\/(golden|fixtures))\//;
const all = files(/./);

test("no source has more than 500 lines", () => {
  expect(tooLong(all.filter(({ path }) => sources.test(path)))).toEqual([]);
  expect(tooLong([file("long.ts", "x;\n".repeat(501))])).toHaveLength(1);
  expect(tooLong([file("just.ts", "x;\n".repeat(500))])).toEqual([]);
});

test("each source opens with its job", () => {
  const opening = all.filter(({ path }) => /\.(ts|mjs|py)$/.test(path) && !fixtures.test(path));
  expect(withoutOpening(opening)).toEqual([]);
  expect(withoutOpening([file("a.ts", "import x from 'y';\n// late\n")])).toHaveLength(1);
  expect(withoutOpening([file("a.py", "#!/usr/bin/env python3\nimport x\n")])).toHaveLength(1);
  expect(withoutOpening([file("b.py", '"""Its job."""\n')])).toEqual([]);
});

test("no file names a package registry", () => {
  expect(namesRegistry(all)).toEqual([]);
  const host = ["registry", "npmjs", "org"].join(".");
  expect(namesRegistry([file("package-lock.json", `"resolved": "https://${host}/x"`)])).toHaveLength(1);
});

test("no file names a path of one machine", () => {
  expect(namesMachinePath(all.filter(({ path }) => !fixtures.test(path)))).toEqual([]);
  for (const path of ["work/main", "root/.cache"]) {
    expect(namesMachinePath([file("a.md", `see /${path}`)])).toHaveLength(1);
  }
  expect(namesMachinePath([file("a.md", "spec/work/x, ./root/x, ~/work/x")])).toEqual([]);
});

function file(path: string, text: string): File {
  return { path, text };
}
