// Which recorded processes of a run are alive, told from the spool files that they keep open (spec/spool.md: a file
// is named by its process, and a living process always has one), and how to end them.
import { closeSync, openSync, readFileSync, readSync, readdirSync } from "node:fs";
import { join } from "node:path";

export interface LiveProcess {
  readonly pid: number;
  /** Its command line, as the header has it; empty if the header could not be read. */
  readonly argv: readonly string[];
}

export function liveProcesses(runDirectory: string): LiveProcess[] {
  const newest = new Map<string, string>();
  for (const name of spoolFiles(runDirectory)) newest.set(name.split(".")[0] ?? name, name);
  const found = new Map<number, LiveProcess>();
  for (const [key, name] of newest) {
    const pid = Number(key.split("-")[0]);
    const header = readHeader(join(runDirectory, "spool", name));
    if (Number.isInteger(pid) && isAlive(pid, header?.native_start)) {
      found.set(pid, { pid, argv: header?.argv ?? [] });
    }
  }
  return [...found.values()];
}

/** Names of the spool files, oldest segment of a process first. */
export function spoolFiles(runDirectory: string): string[] {
  try {
    return readdirSync(join(runDirectory, "spool"))
      .filter((name) => name.endsWith(".spool"))
      .sort();
  } catch {
    return [];
  }
}

/** All living processes below `pid`, from Linux's /proc; empty where there is none. */
export function descendants(pid: number): number[] {
  const below: number[] = [];
  const queue = [pid];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
    for (const child of childrenOf(next)) {
      below.push(child);
      queue.push(child);
    }
  }
  return below;
}

export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already, or not ours to signal.
  }
}

export function isAlive(pid: number, nativeStart?: string): boolean {
  const stat = readStat(pid);
  if (stat !== null) return stat.state !== "Z" && (!nativeStart || stat.start === nativeStart);
  if (process.platform === "linux") return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function readStat(pid: number): { state: string; start: string } | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name in parentheses may hold anything, so count from the last one: state is field 3, start time field 22.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", start: fields[19] ?? "" };
  } catch {
    return null;
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, "utf8")
        .split(" ")
        .filter((word) => word !== "")
        .map(Number),
    );
  } catch {
    return [];
  }
}

function readHeader(path: string): { native_start?: string; argv?: string[] } | null {
  try {
    const descriptor = openSync(path, "r");
    try {
      const buffer = Buffer.alloc(64 * 1024);
      const text = buffer.toString("utf8", 0, readSync(descriptor, buffer, 0, buffer.length, 0));
      return JSON.parse(text.slice(0, text.indexOf("\n")).split("\t")[6] ?? "") as {
        native_start?: string;
        argv?: string[];
      };
    } finally {
      closeSync(descriptor);
    }
  } catch {
    return null;
  }
}
