// Which core recorded: from the header to the table and the completeness line, and from recordings that do not say.
import { renameSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { projectAt } from "../../src/project/find-project.ts";
import { readManifest, runPaths, writeManifest } from "../../src/project/run-directory.ts";
import { openDuckDb, sqlText } from "../../src/store/duckdb.ts";
import { openStore } from "../../src/store/open.ts";
import { DEAD_HOST, header, livingKey, makeProject, makeRun, spoolText, writeSpool } from "./recording.ts";

const native = { core: "native", core_reason: "native: compiled here", core_fallback: false };
const fallback = { core: "python", core_reason: "no native library: no C compiler", core_fallback: true };
const asked = { core: "python", core_reason: "python core asked for", core_fallback: false };
const exit = { kind: "Z" as const, t: 100, payload: { why: "exit" } };

const columns = "core, core_reason, core_fallback";
const key = (pid: number): string => `${pid}-${pid % 10}`;

function record(directory: string, ...cores: Record<string, unknown>[]): void {
  for (const [index, core] of cores.entries()) {
    const process = key(5_000_001 + index);
    writeSpool(directory, `${process}.000001.spool`, spoolText([header(process, core), exit]));
  }
}

test("processes have it in columns; what the pure twin stood in for is counted by reason", async () => {
  using project = makeProject();
  const directory = makeRun(project);
  record(directory, native, fallback, asked, fallback);
  const expected = [native, fallback, asked, fallback];
  for (const _ of ["sealed just now", "sealed before"]) {
    await using store = await openStore(project);
    expect(await store.query(`select ${columns} from processes order by process`)).toEqual(expected);
    const seen = await store.completeness();
    expect(seen.pure).toEqual([{ reason: fallback.core_reason, processes: 2 }]);
  }
  expect(readManifest(directory).counts?.pure).toEqual([{ reason: fallback.core_reason, processes: 2 }]);
});

test("a run that goes on has it as well", async () => {
  using project = makeProject();
  const directory = makeRun(project, { host: DEAD_HOST });
  const living = livingKey();
  record(directory, native);
  const first = header(living.key, { ...fallback, native_start: living.native_start });
  writeSpool(directory, `${living.key}.000001.spool`, spoolText([first]));
  await using store = await openStore(project);
  expect(await store.query(`select ${columns} from processes order by core`)).toEqual([native, fallback]);
  const seen = await store.completeness();
  expect([seen.live, seen.pure]).toEqual([true, [{ reason: fallback.core_reason, processes: 1 }]]);
});

test("a spool that does not say is read", async () => {
  using project = makeProject();
  record(makeRun(project), {});
  await using store = await openStore(project);
  const nothing = { core: null, core_reason: null, core_fallback: null };
  expect(await store.query(`select ${columns} from processes`)).toEqual([nothing]);
  expect((await store.completeness()).pure).toEqual([]);
});

test("a recording that was sealed before there were such columns is read, alone and beside a new one", async () => {
  using project = makeProject();
  const old = makeRun(project, { run: "20261101-093000-abc" });
  record(old, native);
  await (await openStore(project))[Symbol.asyncDispose]();
  const file = join(runPaths(old).segments, "000001/processes.parquet");
  await using db = await openDuckDb();
  await db.run(
    `copy (select * exclude (${columns}) from read_parquet(${sqlText(file)})) to ${sqlText(`${file}.old`)} (format parquet)`,
  );
  renameSync(`${file}.old`, file);
  const { pure: _, ...counts } = readManifest(old).counts ?? {};
  writeManifest(old, { ...readManifest(old), counts: counts as never });
  const nothing = { core: null, core_reason: null, core_fallback: null };
  {
    await using store = await openStore(projectAt(project.root));
    expect(await store.query(`select ${columns} from processes`)).toEqual([nothing]);
    expect((await store.completeness()).pure).toEqual([]);
  }
  record(makeRun(project, { run: "20261102-093000-abd", started_at: "2026-11-02T09:30:00.000Z" }), fallback);
  await using store = await openStore(project, "all");
  expect(await store.query(`select run, ${columns} from processes order by run`)).toEqual([
    { run: "20261101-093000-abc", ...nothing },
    { run: "20261102-093000-abd", ...fallback },
  ]);
  expect((await store.completeness()).pure).toEqual([{ reason: fallback.core_reason, processes: 1 }]);
});
