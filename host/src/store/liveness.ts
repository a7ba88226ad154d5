// Is a process that wrote something still alive? A pid alone does not tell, since pids are reused: on Linux the start
// time in /proc tells one process of a pid from the next; elsewhere `ps` does, to the second.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { HostIdentity } from "../project/run-directory.ts";

export interface ProcessIdentity {
  readonly pid: number;
  /** As `nativeStart` gives it; empty if whoever wrote it could not tell. */
  readonly native_start: string;
  /** ISO time at which its agent started; used where `native_start` is empty. */
  readonly started_at?: string;
}

/** What tells this process of the pid from another one; null if there is none of that pid, "" if nobody can tell. */
export function nativeStart(pid: number): string | null {
  if (!Number.isSafeInteger(pid) || pid <= 0) return null;
  if (process.platform === "linux") {
    const stat = readProcStat(pid);
    if (stat !== undefined) return stat;
  }
  if (!signalReaches(pid)) return null;
  return startByPs(pid) ?? "";
}

/** When in doubt, alive: taking a living process for dead would seal, and delete, what it is still writing. */
export function isAlive(identity: ProcessIdentity): boolean {
  const actual = nativeStart(identity.pid);
  if (actual === null) return false;
  if (actual === "") return true;
  if (identity.native_start !== "") return actual === identity.native_start;
  if (process.platform === "linux" || !identity.started_at) return true;
  // A process of that pid which began after the agent did is a later one; `ps` rounds to seconds.
  const began = Date.parse(actual);
  return Number.isNaN(began) || began <= Date.parse(identity.started_at) + 2000;
}

let self: HostIdentity | undefined;

/** This process, for manifests and locks. */
export function hostIdentity(): HostIdentity {
  self ??= { pid: process.pid, native_start: nativeStart(process.pid) ?? "", ...namespaceOf() };
  return self;
}

/**
 * True for a host that runs, and for one in another pid namespace of this machine (a container that shares the
 * directory), whose pids mean nothing here.
 */
export function isHostAlive(host: HostIdentity | null): boolean {
  if (host === null) return false;
  return inOtherNamespace(host) || isAlive(host);
}

export function inOtherNamespace(host: HostIdentity | null): boolean {
  const theirs = host?.pid_namespace;
  const ours = hostIdentity().pid_namespace;
  if (theirs === undefined || ours === undefined || theirs === ours) return false;
  // Another boot of this machine is no container: whatever ran then is gone.
  return theirs.split(" ")[0] === ours.split(" ")[0];
}

function namespaceOf(): { pid_namespace?: string } {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return { pid_namespace: `${boot} ${readlinkSync("/proc/self/ns/pid")}` };
  } catch {
    return {};
  }
}

/** Field 22, counted from behind the command name, which may hold spaces and parentheses; undefined without /proc. */
function readProcStat(pid: number): string | null | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch (error) {
    const gone = ["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "");
    return gone && !signalReaches(pid) ? null : undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const [state = ""] = fields;
  // A zombie runs no instruction any more; its parent may never collect it. But the state is that of the first thread,
  // which may have ended before others.
  if (state === "X" || (state === "Z" && !hasOtherThreads(pid))) return null;
  return fields[19] ?? "";
}

function hasOtherThreads(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).some((thread) => thread !== String(pid));
  } catch {
    return false;
  }
}

function signalReaches(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function startByPs(pid: number): string | null {
  try {
    const options = { encoding: "utf8", env: { ...process.env, LC_ALL: "C" }, stdio: "pipe" } as const;
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], options).trim() || null;
  } catch {
    return null;
  }
}
