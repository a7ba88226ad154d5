// The `H` record of each file: which process this is, and which thread of it (spec/spool.md, "The header").
import { readFileSync } from "node:fs";
import type { Redactor } from "@spoor/protocol/redaction";
import { toJson } from "./captured.ts";

export interface HeaderOptions {
  readonly key: string;
  /** Of a worker thread; null in the main one. */
  readonly threadId: number | null;
  readonly parent: string | null;
  readonly parentCall: number;
  readonly engine: string;
  readonly argv: readonly string[];
  readonly redactor: Redactor;
  readonly version: string;
  /** Run time, in nanoseconds. */
  readonly started: bigint;
}

/** Everything is asked once, at the start; what it gives needs the number of the segment only. */
export function headerOf(options: HeaderOptions): (segment: number) => string {
  const { key, threadId, parent, parentCall, engine, redactor, version, started } = options;
  const payload = JSON.stringify({
    process: key,
    pid: process.pid,
    ppid: process.ppid,
    parent,
    parent_call: parentCall,
    born: threadId === null ? "spawn" : "thread",
    ...(threadId === null ? {} : { thread: threadId }),
    runtime: "node",
    runtime_version: process.versions.node,
    implementation: "v8",
    executable: process.execPath,
    argv: redactor.argv(options.argv),
    cwd: directory(),
    started_at: new Date().toISOString(),
    agent_version: version,
    engine,
    native_start: nativeStart(),
  });
  const start = started.toString();
  return (segment) => `H\t1\t${start}\t\t${segment}\t\t${payload}`;
}

/** A thread's `T` record. What started a worker is a call of another process of the spool: the header tells of it. */
export function threadLine(strand: number, now: number, threadId: number | null): string {
  const name = threadId === null ? "main" : `worker ${threadId}`;
  return `T\t${strand}\t${now}\t0\t${threadId === null ? process.pid : ""}\t\t{"name":${toJson(name)},"daemon":false}`;
}

function directory(): string {
  try {
    return process.cwd();
  } catch {
    return "";
  }
}

/** Field 22, counted from behind the command name, which may hold spaces and parentheses. */
function nativeStart(): string {
  if (process.platform !== "linux") return "";
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
