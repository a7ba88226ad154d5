// Starting, finding and stopping the one daemon of this user, from any other process of theirs.
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { daemonPlaces, makeDaemonPlaces, type DaemonPlaces } from "../live/daemon-directory.ts";
import type { DaemonLifecycle, DaemonOptions, RunningDaemon } from "../live/daemon.ts";
import { Problem, type ProblemDetails } from "../problem.ts";
import { isAlive } from "../store/liveness.ts";
import { sendSignal } from "./signal.ts";

export interface LifecycleOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly version: string;
  /** Absolute path of the program whose `backgroundWord` is `serveInBackground`. */
  readonly entry: string;
  /** One sentence for the user. */
  readonly warn: (says: string) => void;
}

/** The first word of the command line of a daemon that was started in the background; its second is the options as JSON. */
export const backgroundWord = "__daemon";
/** What the daemon says, as one line of JSON on this descriptor, when it answers or cannot. */
export const reportDescriptor = 3;

export type Report = { readonly ready: RunningDaemon } | { readonly problem: ProblemDetails };

const START_MS = 20_000;
const STOP_MS = 10_000;
const ANSWER_MS = 3000;
const LOG_BYTES = 4 * 1024 * 1024;
const nothingSaid: DaemonOptions = { listen: null, sink: null };

export function daemonLifecycle(options: LifecycleOptions): DaemonLifecycle {
  const places = daemonPlaces(options.env);
  const lifecycle: DaemonLifecycle = {
    async ensure() {
      const running = await findRunning(places);
      if (running === null) return (await lifecycle.start(nothingSaid)).daemon;
      const { version, warn } = options;
      // It goes on: it may hold probes of programs that nobody wants to disturb now.
      if (running.version !== version) {
        warn(`the daemon is of version ${running.version}, this is ${version}: spoor daemon restart`);
      }
      return running;
    },
    status: () => findRunning(places),
    async start(given) {
      const running = await findRunning(places);
      if (running !== null) return { daemon: running, started: false };
      return startInBackground(places, options, given);
    },
    stop: () => stop(places),
    async serve(given, signal, ready) {
      const { serveDaemon } = await import("./serve.ts");
      const { logLine } = await import("./background.ts");
      const { version, env } = options;
      await serveDaemon({ ...given, places, version, env, log: logLine }, signal, ready);
    },
  };
  return lifecycle;
}

/** Null for a file that was left by one that is gone, and while it begins or ends. */
async function findRunning(places: DaemonPlaces): Promise<RunningDaemon | null> {
  const found = readDaemonFile(places);
  if (found === null || !isAlive({ pid: found.pid, native_start: found.nativeStart })) return null;
  if (!(await answers(places.daemonSocket))) return null;
  const { pid, version, startedAt, http } = found;
  const { directory, daemonSocket: socket, log } = places;
  return { pid, version, startedAt, http, directory, socket, log };
}

interface DaemonFile {
  readonly pid: number;
  readonly nativeStart: string;
  readonly version: string;
  readonly startedAt: string;
  readonly http: { readonly host: string; readonly port: number } | null;
}

function readDaemonFile(places: DaemonPlaces): DaemonFile | null {
  try {
    const file = JSON.parse(readFileSync(places.daemonFile, "utf8")) as DaemonFile;
    return typeof file.pid === "number" && typeof file.nativeStart === "string" ? file : null;
  } catch {
    return null;
  }
}

function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: "/health", headers: { host: "localhost" }, timeout: ANSWER_MS });
    asked.on("response", (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(false));
    asked.on("close", () => resolve(false));
    asked.end();
  });
}

async function startInBackground(
  places: DaemonPlaces,
  { entry, env }: LifecycleOptions,
  given: DaemonOptions,
): Promise<{ daemon: RunningDaemon; started: boolean }> {
  makeDaemonPlaces(places);
  const reported = await spawnDaemon(places, entry, env, given);
  if (reported !== null && "ready" in reported) return { daemon: reported.ready, started: true };
  // Another one was quicker: it is as good.
  if (reported === null || reported.problem.code === "daemon.running") {
    for (let waitedMs = 0; waitedMs < ANSWER_MS; waitedMs += 50) {
      const running = await findRunning(places);
      if (running !== null) return { daemon: running, started: false };
      await sleep(50);
    }
  }
  if (reported !== null) throw new Problem(reported.problem);
  throw notStarted(places, lastLines(places.log));
}

/** Null if it ended, or nothing was heard of it in time. */
async function spawnDaemon(
  places: DaemonPlaces,
  entry: string,
  env: NodeJS.ProcessEnv,
  given: DaemonOptions,
): Promise<Report | null> {
  const log = openLog(places.log);
  try {
    const child = spawn(process.execPath, [...process.execArgv, entry, backgroundWord, JSON.stringify(given)], {
      cwd: places.directory,
      detached: true,
      env: withoutRecording(env),
      stdio: ["ignore", log, log, "pipe"],
    });
    const report = child.stdio[reportDescriptor] as NodeJS.ReadableStream | null;
    let text = "";
    const ended = new Promise<void>((resolve) => {
      child.once("error", () => resolve());
      report?.setEncoding("utf8");
      report?.on("data", (chunk: string) => (text += chunk));
      report?.once("end", () => resolve());
    });
    const timer = new AbortController();
    await Promise.race([ended, sleep(START_MS, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
    child.unref();
    (report as unknown as { destroy?: () => void } | null)?.destroy?.();
    return text.includes("\n") ? (JSON.parse(text) as Report) : null;
  } finally {
    closeSync(log);
  }
}

/** A recorded program may ask for a daemon, which is not part of its run. */
function withoutRecording(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (env["SPOOR_RUN"] === undefined) return env;
  const { SPOOR_RUN: _, NODE_OPTIONS: __, PYTHONPATH: ___, ...rest } = env;
  return rest;
}

function openLog(path: string): number {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) > LOG_BYTES) renameSync(path, `${path}.1`);
  return openSync(path, "a", 0o600);
}

function lastLines(path: string): string {
  try {
    return readFileSync(path, "utf8").trimEnd().split("\n").slice(-3).join(" | ");
  } catch {
    return "nothing in its log";
  }
}

/** The pid in the file is told from a later process of the same pid before it gets a signal. */
async function stop(places: DaemonPlaces): Promise<RunningDaemon | null> {
  const file = readDaemonFile(places);
  if (file === null) return null;
  const identity = { pid: file.pid, native_start: file.nativeStart };
  if (!isAlive(identity)) return null;
  sendSignal(file.pid, "SIGTERM");
  for (let waitedMs = 0; isAlive(identity); waitedMs += 50) {
    if (waitedMs >= STOP_MS) sendSignal(file.pid, "SIGKILL");
    if (waitedMs >= 2 * STOP_MS) throw notStopped(file.pid);
    await sleep(50);
  }
  const { pid, version, startedAt, http } = file;
  const { directory, daemonSocket: socket, log } = places;
  return { pid, version, startedAt, http, directory, socket, log };
}

function notStarted(places: DaemonPlaces, log: string): Problem {
  return new Problem({
    code: "daemon.not_started",
    kind: "environment",
    says: `The daemon did not start: ${log}`,
    tryNext: `spoor daemon   (in the foreground, to see why; its log is ${places.log})`,
    context: { directory: places.directory, log: places.log },
  });
}

function notStopped(pid: number): Problem {
  return new Problem({
    code: "daemon.not_stopped",
    kind: "environment",
    says: `The daemon (pid ${pid}) does not end.`,
    tryNext: `see what it waits for: ps -o stat,wchan -p ${pid}`,
    context: { pid },
  });
}
