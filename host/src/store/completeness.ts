// What recordings did and did not see: counted once when a run is sealed, kept in its manifest, and added up here for
// the runs that a query is about.

import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RunCounts, RunManifest } from "../project/run-directory.ts";
import type { DuckDb } from "./duckdb.ts";
import type { Segments } from "./segments.ts";
import type { Completeness } from "./store.ts";
import { tablesOfSegments } from "./views.ts";

/** Counts a sealed run from its Parquet files. */
export async function countRun(db: DuckDb, segments: Segments): Promise<RunCounts> {
  await db.run("drop schema if exists counting cascade");
  await db.run("create schema counting");
  for (const { name, select } of tablesOfSegments(segments)) await db.run(`create view counting.${name} as ${select}`);
  const counts = await countTables(db, "counting", "true");
  await db.run("drop schema counting cascade");
  return { ...counts, bytes: bytesOf(segments) };
}

interface CountRow {
  processes: number;
  truncated: number;
  corrupt: number;
  calls: number;
  open: number;
  suspends: number;
  exceptions: number;
  hot: number;
  sampled: number;
  size: number;
  suspensions: number;
  gaps: number;
  gap_calls: number;
  gap_calls_at_least: boolean;
}

/** Counts tables of a schema, restricted to the rows that `where` names. */
export async function countTables(db: DuckDb, schema: string, where: string): Promise<Omit<RunCounts, "bytes">> {
  const [row] = await db.rows<CountRow>(`
    select p.*, c.*, e.*, n.*, g.*, greatest(c.suspends - s.suspensions, 0) as suspensions from
      (select count(*) as processes, count(*) filter (truncated) as truncated,
         coalesce(sum(corrupt), 0)::bigint as corrupt from ${schema}.processes where ${where}) p,
      (select count(*) as calls, count(*) filter (outcome = 'running') as open,
         coalesce(sum(suspends), 0)::bigint as suspends from ${schema}.calls where ${where}) c,
      (select count(*) as suspensions from ${schema}.suspensions where ${where}) s,
      (select count(*) as exceptions from ${schema}.exceptions where ${where}) e,
      (select coalesce(sum(calls) filter (why = 'hot'), 0)::bigint as hot,
         coalesce(sum(calls) filter (why = 'sampled'), 0)::bigint as sampled,
         coalesce(sum(calls) filter (why = 'size'), 0)::bigint as size from ${schema}.counted where ${where}) n,
      (select count(distinct (module, callee, kind, file)) as gaps, coalesce(sum(calls), 0)::bigint as gap_calls,
         coalesce(bool_or(at_least), false) as gap_calls_at_least from ${schema}.gaps where ${where}) g`);
  if (!row) throw new Error("counting gave no row");
  const dropped = await db.rows<{ why: string; count: number; note: string }>(
    `select why, sum(count)::bigint as count, coalesce(note, '') as note from ${schema}.drops where ${where}
     group by why, note order by why, note`,
  );
  const pure = await db.rows<{ reason: string; processes: number }>(
    `select coalesce(core_reason, '') as reason, count(*) as processes from ${schema}.processes
     where ${where} and core_fallback group by reason order by processes desc, reason`,
  );
  const { hot, sampled, size, suspensions, suspends: _, ...rest } = row;
  return { ...rest, counted: { hot, sampled, size, suspensions }, dropped, pure };
}

function bytesOf(segments: Segments): number {
  let bytes = 0;
  for (const name of segments.names) {
    const directory = join(segments.directory, name);
    if (!existsSync(directory)) continue;
    for (const file of readdirSync(directory)) bytes += statSync(join(directory, file)).size;
  }
  return bytes;
}

export interface CountedRun {
  readonly manifest: RunManifest;
  readonly live: boolean;
  readonly counts: Omit<RunCounts, "bytes">;
}

/** One statement about several runs, newest first. */
export function addUp(runs: readonly CountedRun[]): Completeness {
  const sum = (of: (counts: Omit<RunCounts, "bytes">) => number) =>
    runs.reduce((total, run) => total + of(run.counts), 0);
  const settings = runs.map((run) => run.manifest.settings ?? {});
  const levels = [...new Set(settings.map(({ values }) => values ?? "default"))];
  return {
    runs: runs.map((run) => run.manifest.run),
    live: runs.some((run) => run.live),
    recovered: runs.some((run) => run.manifest.status === "recovered"),
    processes: sum((counts) => counts.processes),
    processesTruncated: sum((counts) => counts.truncated),
    calls: sum((counts) => counts.calls),
    open: sum((counts) => counts.open),
    counted: {
      hot: sum((counts) => counts.counted.hot),
      sampled: sum((counts) => counts.counted.sampled),
      size: sum((counts) => counts.counted.size),
      suspensions: sum((counts) => counts.counted.suspensions ?? 0),
    },
    exceptions: sum((counts) => counts.exceptions),
    gaps: sum((counts) => counts.gaps),
    gapCalls: sum((counts) => counts.gap_calls),
    gapCallsAtLeast: runs.some((run) => run.counts.gap_calls_at_least),
    valuesLevel: levels.join(", "),
    pure: mergePure(runs.flatMap((run) => run.counts.pure ?? [])),
    corrupt: sum((counts) => counts.corrupt),
    drops: mergeDrops(runs.flatMap((run) => run.counts.dropped)),
    include: [...new Set(settings.flatMap(({ include }) => include ?? []))],
    exclude: [...new Set(settings.flatMap(({ exclude }) => exclude ?? []))],
  };
}

function mergeDrops(drops: Completeness["drops"]): Completeness["drops"] {
  const merged = new Map<string, Completeness["drops"][number]>();
  for (const drop of drops) {
    const key = JSON.stringify([drop.why, drop.note]);
    merged.set(key, { ...drop, count: drop.count + (merged.get(key)?.count ?? 0) });
  }
  return [...merged.values()];
}

function mergePure(pure: Completeness["pure"]): Completeness["pure"] {
  const merged = new Map<string, number>();
  for (const { reason, processes } of pure) merged.set(reason, (merged.get(reason) ?? 0) + processes);
  return [...merged].map(([reason, processes]) => ({ reason, processes }));
}
