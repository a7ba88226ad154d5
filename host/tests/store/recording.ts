// Runs for the tests of the store: a project in a temporary directory, with spool files put there as agents would.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spoolLine, type SpoolRecord } from "@spoor/protocol/spool";
import type { Project } from "../../src/project/project.ts";
import { type RunManifest, runPaths, writeManifest } from "../../src/project/run-directory.ts";
import { hostIdentity } from "../../src/store/liveness.ts";
import type { Store } from "../../src/store/store.ts";

export interface TestProject extends Project, Disposable {}

export function makeProject(): TestProject {
  const root = mkdtempSync(join(tmpdir(), "spoor-store-"));
  const spoorDirectory = join(root, ".spoor");
  const runsDirectory = join(spoorDirectory, "runs");
  mkdirSync(runsDirectory, { recursive: true });
  const remove = () => rmSync(root, { recursive: true, force: true });
  return { name: "shop", root, spoorDirectory, runsDirectory, [Symbol.dispose]: remove };
}

/** A host that is certainly dead: no system gives this pid. */
export const DEAD_HOST = { pid: 5_000_000, native_start: "1" };

/** The directory of a new run whose host is dead, unless said otherwise. */
export function makeRun(project: Project, changes: Partial<RunManifest> = {}): string {
  const run = changes.run ?? "20261101-093000-abc";
  const directory = join(project.runsDirectory, run);
  mkdirSync(runPaths(directory).spool, { recursive: true });
  mkdirSync(runPaths(directory).segments, { recursive: true });
  writeManifest(directory, {
    format: 1,
    run,
    project: project.name,
    root: project.root,
    command: ["python3", "app.py"],
    cwd: project.root,
    started_at: "2026-11-01T09:30:00.000Z",
    ended_at: null,
    status: "running",
    exit_code: null,
    signal: null,
    timed_out: false,
    host: DEAD_HOST,
    ...changes,
  });
  return directory;
}

export function writeSpool(runDirectory: string, name: string, text: string | Buffer): void {
  writeFileSync(join(runPaths(runDirectory).spool, name), text);
}

/** A header as agents write it, for the process `key`. */
export function header(key: string, changes: Record<string, unknown> = {}, segment = 1): SpoolRecord {
  const pid = Number(key.split("-")[0]);
  return {
    kind: "H",
    id: 1,
    t: Number.parseInt(key.split("-")[1] ?? "0", 16),
    ref: segment,
    payload: { process: key, pid, ppid: 1, parent: null, parent_call: 0, born: "spawn", ...changes },
  };
}

export function spoolText(records: readonly SpoolRecord[]): string {
  return records.map(spoolLine).join("");
}

/** The native identity of the test's own process: alive for as long as the test runs. */
export function livingKey(): { key: string; native_start: string } {
  const { pid, native_start } = hostIdentity();
  return { key: `${pid}-0`, native_start };
}

/** Rows as arrays of some columns, in an order that does not depend on how they were stored. */
export async function rowsOf(store: Store, table: string, columns: readonly string[]): Promise<unknown[][]> {
  const list = columns.map((name) => `"${name}"`).join(", ");
  const rows = await store.query(`select ${list} from ${table} order by all`);
  return sorted(rows.map((row) => columns.map((name) => row[name])));
}

export function sorted(rows: readonly (readonly unknown[])[]): unknown[][] {
  const key = (row: readonly unknown[]) =>
    JSON.stringify(row.map((value) => (typeof value === "number" ? String(value).padStart(20, "0") : value)));
  return rows.map((row) => [...row]).sort((a, b) => (key(a) < key(b) ? -1 : 1));
}
