// The cases of spec/vectors/streams, each in three ways that must agree: sealed at once, sealed file by file while
// the run goes on, and read without being sealed.

import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { openStore } from "../../src/store/open.ts";
import { runPaths, updateManifest } from "../../src/project/run-directory.ts";
import { hostIdentity } from "../../src/store/liveness.ts";
import { TABLE_NAMES, TABLES } from "../../src/store/schema.ts";
import { sealRun } from "../../src/store/seal.ts";
import { makeProject, makeRun, rowsOf, sorted, writeSpool, type TestProject } from "./recording.ts";

type Column = string | number | null;
type Item = string | readonly [Column, Column, Column, Column, Column, Column, unknown];

interface Case {
  readonly says: string;
  readonly root?: string;
  readonly files: Readonly<Record<string, readonly Item[]>>;
  readonly expect: Readonly<Record<string, { columns: readonly string[]; rows: readonly (readonly unknown[])[] }>>;
}

const directory = fileURLToPath(new URL("../../../spec/vectors/streams/", import.meta.url));
const names = readdirSync(directory).filter((name) => name.endsWith(".json"));

test("there are cases", () => {
  expect(names.length).toBeGreaterThanOrEqual(40);
});

describe.each(names.map((name) => name.replace(".json", "")))("%s", (name) => {
  const vector = JSON.parse(readFileSync(join(directory, `${name}.json`), "utf8")) as Case;
  const files = Object.entries(vector.files).map(([file, items]) => [file, items.map(textOf).join("")] as const);
  const root = vector.root === undefined ? {} : { root: vector.root };

  test("sealed at once", async () => {
    using project = makeProject();
    const run = makeRun(project, root);
    for (const [file, text] of files) writeSpool(run, file, text);
    await sealRun(run, { final: true });
    expect(readdirSync(runPaths(run).spool).filter((file) => file.endsWith(".spool"))).toEqual([]);
    rmSync(runPaths(run).spool, { recursive: true });
    const { got, wanted } = await rowsFor(project, vector);
    expect(got).toEqual(wanted);
  });

  test("sealed file by file", async () => {
    using project = makeProject();
    const run = makeRun(project, { ...root, host: hostIdentity() });
    for (const [file, text] of files) {
      writeSpool(run, file, text);
      await sealRun(run, { final: false });
    }
    await sealRun(run, { final: true });
    updateManifest(run, { status: "finished" });
    const { got, wanted } = await rowsFor(project, vector);
    expect(got).toEqual(wanted);
  });

  test("read while it is not sealed", async () => {
    using project = makeProject();
    const run = makeRun(project, { ...root, host: hostIdentity() });
    for (const [file, text] of files) writeSpool(run, file, text);
    const { got, wanted } = await rowsFor(project, vector);
    expect(got).toEqual(wanted);
    expect(readdirSync(runPaths(run).segments)).toEqual([]);
  });
});

/** Rows of the tables that a case is about, beside those that it expects. */
async function rowsFor(project: TestProject, { says, expect: tables }: Case) {
  await using store = await openStore(project);
  const got: Record<string, unknown> = { says };
  const wanted: Record<string, unknown> = { says };
  for (const table of TABLE_NAMES) {
    const named = tables[table];
    if (!named && ["processes", "threads", "functions"].includes(table)) continue;
    const columns = named?.columns ?? TABLES[table].map(([name]) => name);
    got[table] = await rowsOf(store, table, columns);
    wanted[table] = sorted(named?.rows ?? []);
  }
  return { got, wanted };
}

function textOf(item: Item): string {
  if (typeof item === "string") return item;
  const [kind, id, t, parent, ref, thread, payload] = item;
  const json = payload === null ? "" : JSON.stringify(payload);
  return `${[kind, id, t, parent, ref, thread].map((column) => column ?? "").join("\t")}\t${json}\n`;
}
