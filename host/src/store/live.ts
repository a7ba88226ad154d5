// A run that is still going on, as it is at this moment: what its spools hold is copied, so that neither its agents
// nor its host are disturbed, and paired into the `live` tables by the SQL that sealing uses. Its host may seal a
// segment at any time meanwhile; then the look is repeated.

import { join } from "node:path";
import { runPaths, type RunManifest } from "../project/run-directory.ts";
import { sqlText, type DuckDb } from "./duckdb.ts";
import { timesUpToNow } from "./generations.ts";
import { inOtherNamespace } from "./liveness.ts";
import { pairBatch } from "./pair.ts";
import type { ProcessState } from "./processes.ts";
import { TABLE_NAMES } from "./schema.ts";
import { processesSql, readableText } from "./seal.ts";
import { readSegments, type Segments } from "./segments.ts";
import { lookAtSpool } from "./spool-state.ts";
import { unreadable } from "./unread.ts";

export interface LiveRun {
  readonly directory: string;
  readonly manifest: RunManifest;
  /** A private directory for copies of spools. */
  readonly copies: string;
}

const TRIES = 8;

/** Fills `live.*` with what is not sealed. @returns the segments that hold the rest. */
export async function readLiveRun(db: DuckDb, run: LiveRun): Promise<Segments> {
  const { segments: directory } = runPaths(run.directory);
  for (let attempt = 1; ; attempt++) {
    const before = readSegments(directory);
    let failure: unknown = null;
    try {
      await readOnce(db, run, before, join(run.copies, String(attempt)));
    } catch (error) {
      failure = error;
    }
    const same = readSegments(directory).names.length === before.names.length;
    if (same && failure === null) return before;
    if ((same || attempt >= TRIES) && failure !== null) throw failure;
    if (attempt >= TRIES) throw new Error(`${run.directory} is sealed faster than it can be read`);
    for (const name of TABLE_NAMES) await db.run(`delete from live.${name} where run = ${sqlText(run.manifest.run)}`);
  }
}

async function readOnce(
  db: DuckDb,
  { directory, manifest }: LiveRun,
  earlier: Segments,
  copies: string,
): Promise<void> {
  const { spool } = runPaths(directory);
  const upToNow = timesUpToNow(spool);
  const look = lookAtSpool(spool, earlier, inOtherNamespace(manifest.host));
  const { files, processes: known, living } = look;
  const { sources, truncated } = await readableText(files, known, copies, upToNow);
  const unread = files.filter((file) => !living.has(file.processKey) && file.first.is !== "unfinished").map(unreadable);
  const batch = { sources, unread: unread.filter((file) => file !== null), earlier, root: manifest.root, last: true };
  const run = sqlText(manifest.run);
  const paired = await pairBatch(db, batch, (name, _columns, select) =>
    db.run(`insert into live.${name} select ${run}, * from (${select})`),
  );
  const processes = known.map((state): ProcessState => {
    const seen = paired.processes.get(state.process);
    const alive = living.has(state.key);
    return {
      ...state,
      ended_ns: Math.max(state.ended_ns, seen?.endedNs ?? 0),
      ended: seen?.exited || state.ended === "exit" ? "exit" : alive ? "running" : "died",
      truncated: state.truncated || (!alive && truncated.has(state.process)),
      corrupt: state.corrupt + (seen?.corrupt ?? 0),
    };
  });
  if (processes.length > 0)
    await db.run(`insert into live.processes select ${run}, * from (${processesSql(processes)})`);
}
