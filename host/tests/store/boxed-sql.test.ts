// Users' SQL: what it can do, and every way out of the box that is known.

import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runPaths } from "../../src/project/run-directory.ts";
import { runUserSql } from "../../src/store/boxed-sql.ts";
import { hostIdentity } from "../../src/store/liveness.ts";
import { header, makeProject, makeRun, spoolText, writeSpool, type TestProject } from "./recording.ts";

let project: TestProject;
let run: string;
/** Somewhere to look for files that a query should not have read or made. */
let outside: string;

beforeAll(() => {
  project = makeProject();
  outside = join(project.root, "outside");
  mkdirSync(outside);
  writeFileSync(join(outside, "secret.csv"), "a,b\ntop,secret\n");
  run = makeRun(project);
  const key = "5000001-0";
  writeSpool(
    run,
    `${key}.000001.spool`,
    spoolText([
      header(key),
      {
        kind: "F",
        id: 1,
        ref: 1,
        payload: { module: "shop", name: "f", file: "shop.py", kind: "function", parameters: [] },
      },
      ...[1, 2, 3].flatMap((id) => [
        { kind: "C" as const, id, t: id * 10, parent: 0, ref: 1, thread: 1, payload: { n: id } },
        { kind: "R" as const, id, t: id * 10 + 5 },
      ]),
      { kind: "Z", t: 100, payload: { why: "exit" } },
    ]),
  );
});
afterAll(() => project[Symbol.dispose]());

const ask = (sql: string, options = {}) => runUserSql(project, undefined, sql, options);

test("rows in order of columns, which may have one name twice", async () => {
  expect(await ask("select id, args->>'n' as n, id from calls order by id")).toEqual({
    columns: ["id", "n", "id"],
    rows: [
      [1, "1", 1],
      [2, "2", 2],
      [3, "3", 3],
    ],
    truncated: false,
    runs: 1,
  });
});

test("more rows than asked for are cut, and it says so", async () => {
  expect(await ask("select id from calls order by id", { rows: 2 })).toMatchObject({
    rows: [[1], [2]],
    truncated: true,
  });
  expect(await ask("select id from calls order by id", { rows: 3 })).toMatchObject({ truncated: false });
  expect((await ask("select * from range(5000)")).rows).toHaveLength(1000);
});

test.each([
  "from calls",
  "table calls",
  "show tables",
  "describe calls",
  "summarize calls",
  "with recursive r(i) as (select 1 union all select i + 1 from r where i < 5) select * from r",
  "/* a comment; with a semicolon */ select 1 -- ; select 2",
  "select 1;",
  "values (1)",
  "select key, value from json_each((select args from calls limit 1))",
  "from traces",
  "from trace_events",
  "select list_transform([1, 2], lambda x: x + 1)",
  "select * from duckdb_columns() where table_name = 'calls'",
])("possible: %s", async (sql) => {
  const { rows } = await ask(sql);
  expect(rows.length).toBeGreaterThan(0);
});

describe("refused", () => {
  test.each([
    "attach 'OUT/x.db'",
    "attach ':memory:' as other",
    "detach memory",
    "use memory",
    "copy calls to 'OUT/x.csv'",
    "copy (select 1) to 'OUT/x.parquet'",
    "copy runs from 'OUT/secret.csv'",
    "export database 'OUT/export'",
    "import database 'OUT/export'",
    "install httpfs",
    "load httpfs",
    "load 'OUT/x.duckdb_extension'",
    "force install spatial",
    "update extensions",
    "pragma database_list",
    "pragma threads = 1",
    "pragma enable_profiling",
    "PRAGMA table_info('calls')",
    "set threads = 1",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "reset lock_configuration",
    "reset enable_external_access",
    "create table x (i integer)",
    "create or replace view calls as select 1",
    "create macro m() as 1",
    "create secret s (type s3)",
    "create temp table x as from calls",
    "insert into runs from runs",
    "update runs set run = 'x'",
    "delete from runs",
    "truncate runs",
    "merge into runs using runs r on true when matched then delete",
    "alter table runs add column x integer",
    "drop table runs",
    "drop view calls",
    "comment on table runs is 'x'",
    "call pragma_version()",
    "call enable_logging()",
    "checkpoint",
    "vacuum",
    "analyze",
    "begin transaction",
    "prepare p as select 1",
    "execute p",
    "deallocate p",
    "explain analyze insert into runs from runs",
    "pivot calls on outcome using count(*)",
    "select 1; select 2",
    "select 1; drop table runs",
    "select 1 /* ; */; /* x */ attach 'OUT/x.db'",
    "",
    ";",
    "-- nothing",
    "select ?",
    "select $name",
    // Reading other things by a function.
    "from read_csv('OUT/secret.csv')",
    "from read_csv_auto('OUT/secret.csv')",
    "from READ_TEXT('OUT/secret.csv')",
    "from \"read_text\"('OUT/secret.csv')",
    "from read_blob('OUT/secret.csv')",
    "from read_json('OUT/secret.csv')",
    "from read_parquet('OUT/*.parquet')",
    "from parquet_scan('OUT/secret.csv')",
    "from parquet_metadata('OUT/secret.csv')",
    "from sniff_csv('OUT/secret.csv')",
    "from read_duckdb('OUT/x.db')",
    "from glob('/etc/*')",
    "from glob('OUT/*')",
    "select (select content from read_text('OUT/secret.csv'))",
    "with x as (from read_text('OUT/secret.csv')) from x",
    "from calls, lateral (from read_text('OUT/secret.csv'))",
    "from calls where id in (select length(content) from read_text('OUT/secret.csv'))",
    "from read_text('RUN/segments/link')",
    "from read_text('RUN/segments/../../../../outside/secret.csv')",
    "from read_text('RUN/run.json')",
    // Text that is run as SQL, and functions with an effect.
    "from query('from read_text(''OUT/secret.csv'')')",
    "from query_table('calls')",
    "from json_execute_serialized_sql(json_serialize_sql('select 1'))",
    "from enable_logging(storage = 'file', storage_path = 'OUT/log')",
    "from enable_profiling(save_location = 'OUT/profile')",
    "from checkpoint()",
    "from duckdb_secrets()",
    "from which_secret('s3://x', 's3')",
    "from duckdb_settings()",
    "select write_log('x')",
    "select getenv('HOME')",
    "select sleep_ms(100000)",
    // The network.
    "from read_parquet('https://example.com/x.parquet')",
    "from 'https://example.com/x.parquet'",
    "from 's3://bucket/x.parquet'",
  ])("%s", async (sql) => {
    const link = join(runPaths(run).segments, "link");
    if (!existsSync(link)) symlinkSync(join(outside, "secret.csv"), link);
    const before = readdirSync(outside);
    const text = sql.replaceAll("OUT", outside).replaceAll("RUN", run);
    await expect(ask(text)).rejects.toMatchObject({ code: "sql.refused" });
    expect(readdirSync(outside)).toEqual(before);
  });
});

test.each([
  "from '/etc/passwd'",
  "from 'OUT/secret.csv'",
  "from '../outside/secret.csv'",
  'from "OUT/secret.csv"',
  "from 'RUN/segments/link'",
])("a file by its name is no table: %s", async (sql) => {
  const text = sql.replaceAll("OUT", outside).replaceAll("RUN", run);
  const code = expect.stringMatching(/^sql\.(invalid|refused)$/) as unknown;
  await expect(ask(text)).rejects.toMatchObject({ code });
});

test.each([
  ["select nope from calls", /Candidate bindings/],
  ["from cals", /Did you mean "calls"/],
  ["selec 1", /syntax error/],
  ["select * from calls where", /syntax error/],
  ["select 1 / 'x'", /Could not convert/],
])("what is wrong is said in DuckDB's words: %s", async (sql, says) => {
  await expect(ask(sql)).rejects.toMatchObject({
    code: "sql.invalid",
    message: expect.stringMatching(says) as unknown,
  });
});

test.each([
  "select count(*) from range(1000000000000)",
  "with recursive r(i) as (select 1 union all select i + 1 from r) select count(*) from r",
  "select sum(a.range * b.range) from range(10000000) a, range(10000000) b",
])("an endless query is stopped: %s", async (sql) => {
  const started = Date.now();
  await expect(ask(sql, { timeoutMs: 300 })).rejects.toMatchObject({ code: "sql.timeout" });
  expect(Date.now() - started).toBeLessThan(4000);
  // It is over, too, and not only out of sight.
  await sleep(300);
  const before = process.cpuUsage();
  await sleep(300);
  expect(process.cpuUsage(before).user).toBeLessThan(150_000);
});

test("a query gets only so much memory", { timeout: 30_000 }, async () => {
  const sql = "select list(range) from range(1000000000)";
  await expect(ask(sql, { timeoutMs: 25_000 })).rejects.toMatchObject({ code: "sql.memory" });
});

test("a live run can be asked, too, and its spool is not readable", async () => {
  using other = makeProject();
  const live = makeRun(other, { host: hostIdentity() });
  writeSpool(
    live,
    "5000001-0.000001.spool",
    spoolText([header("5000001-0"), { kind: "T", id: 1, t: 0, parent: 0, ref: 1, payload: { name: "Main" } }]),
  );
  expect((await runUserSql(other, undefined, "select name from threads")).rows).toEqual([["Main"]]);
  const file = join(runPaths(live).spool, "5000001-0.000001.spool");
  await expect(runUserSql(other, undefined, `from read_text('${file}')`)).rejects.toMatchObject({
    code: "sql.refused",
  });
});
