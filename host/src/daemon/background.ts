// What the process does that was started to be the daemon in the background: it serves until it is told to end, and reports
// once, to whoever started it, that it answers or why it cannot.
import { closeSync, writeSync } from "node:fs";
import { daemonPlaces } from "../live/daemon-directory.ts";
import type { DaemonOptions } from "../live/daemon.ts";
import { Problem } from "../problem.ts";
import { reportDescriptor, type Report } from "./lifecycle.ts";
import { serveDaemon } from "./serve.ts";

/** The exit code. */
export async function serveInBackground(optionsJson: string, version: string, env: NodeJS.ProcessEnv): Promise<number> {
  const ending = new AbortController();
  for (const name of ["SIGTERM", "SIGINT"] as const) process.on(name, () => ending.abort(name));
  // Of the terminal that it was started from, which it outlives.
  process.on("SIGHUP", () => undefined);
  process.umask(0o077);
  process.on("unhandledRejection", (error) => logLine(`unhandled: ${(error as Error)?.stack ?? String(error)}`));
  try {
    const options = JSON.parse(optionsJson) as DaemonOptions;
    const given = { ...options, places: daemonPlaces(env), version, log: logLine, env };
    await serveDaemon(given, ending.signal, (ready) => report({ ready }));
    return 0;
  } catch (error) {
    logLine((error as Error).stack ?? String(error));
    report({ problem: problemOf(error as Error) });
    return 1;
  }
}

/** Written by hand: a log on a disk that is full must not end the daemon. */
export function logLine(line: string): void {
  try {
    writeSync(2, `${new Date().toISOString()} ${line}\n`);
  } catch {
    // Nowhere to say it.
  }
}

let isReported = false;

function report(said: Report): void {
  if (isReported) return;
  isReported = true;
  try {
    writeSync(reportDescriptor, `${JSON.stringify(said)}\n`);
    closeSync(reportDescriptor);
  } catch {
    // Whoever started it is gone.
  }
}

function problemOf(error: Error): Extract<Report, { problem: unknown }>["problem"] {
  if (!(error instanceof Problem)) {
    const says = `The daemon did not start: ${error.message}`;
    return { code: "daemon.not_started", kind: "environment", says, tryNext: "spoor daemon   (in the foreground)" };
  }
  const { code, kind, message, tryNext, context } = error;
  return { code, kind, says: message, tryNext, context };
}
