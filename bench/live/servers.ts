// Web servers to be measured bare and live: the applications of tests/system/live-servers.test.ts on the servers that they really
// run on, one process that answers each.
import { spawn } from "node:child_process";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Bench } from "../bench.ts";
import { plainEnvironment } from "../recording.ts";
import { root } from "../../scripts/root.ts";
import type { BenchDaemon } from "./daemon.ts";

const gunicorn = (app: string) => (port: number) => [
  "gunicorn",
  "-b",
  `127.0.0.1:${port}`,
  "--keep-alive",
  "30",
  "--log-level",
  "warning",
  "--no-control-socket",
  "-w",
  "1",
  "-k",
  "gthread",
  "--threads",
  "4",
  app,
];

export const applications = {
  "Flask, gunicorn": gunicorn("plain_flask:app"),
  "Django, gunicorn": gunicorn("plain_django:app"),
  "FastAPI, uvicorn": (port: number) => [
    "uvicorn",
    "plain_fastapi:app",
    "--port",
    String(port),
    "--log-level",
    "warning",
    "--no-access-log",
  ],
} as const;
export type Application = keyof typeof applications;

export interface LiveServer extends AsyncDisposable {
  readonly port: number;
  /** Of the process that answers. */
  readonly pid: number;
}

/** Where each request passes, and what is asked for. */
export const hotLine = { file: "orders.py", marker: "# probe: total" };
export const paths = Array.from({ length: 200 }, (_, at) => `/${at + 1}`);

/** Puts the applications where the servers are started; the number of the line that every request passes. */
export function copyApplications(project: string): number {
  cpSync(join(root, "tests", "system", "programs", "live"), project, { recursive: true });
  const lines = readFileSync(join(project, hotLine.file), "utf8").split("\n");
  return lines.findIndex((line) => line.endsWith(hotLine.marker)) + 1;
}

/** Started by `spoor run --live` if there is a daemon to be live for. Throws when it does not come up. */
export async function startServer(
  bench: Bench,
  { application, bin, project }: { application: Application; bin: string; project: string },
  daemon: BenchDaemon | null,
): Promise<LiveServer> {
  const port = await freePort();
  const plain = plainEnvironment(bench.scratch);
  const env = { ...plain, PATH: `${bin}:${plain["PATH"] ?? ""}`, SPOOR_DAEMON_DIR: daemon?.directory };
  const words = applications[application](port);
  const command = daemon === null ? words : [process.execPath, bench.cli, "run", "--live", "--no-record", ...words];
  const [file = "", ...rest] = command;
  const child = spawn(file, rest, { env, cwd: project, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = new Promise<void>((resolve) => {
    child.once("error", (error) => {
      said += error.message;
      resolve();
    });
    child.once("close", () => resolve());
  });
  const end = async (): Promise<void> => {
    child.kill("SIGTERM");
    const patience = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(patience);
  };
  for (let tries = 0; tries < 300; tries++) {
    const text = await fetch(`http://127.0.0.1:${port}/7`).then(
      (page) => page.text(),
      () => "",
    );
    const [, pid] = /^7 owes 21 to (\d+)\n$/.exec(text) ?? [];
    if (pid !== undefined) return { port, pid: Number(pid), [Symbol.asyncDispose]: end };
    if (child.exitCode !== null) break;
    await sleep(100);
  }
  await end();
  throw new Error(`${command.join(" ")} does not answer:\n${said}`);
}

/** Processor time of every thread that a process has, in nanoseconds, by the thread's id. */
export function threadTimes(pid: number): Map<string, number> {
  const folder = `/proc/${pid}/task`;
  return new Map(
    readdirSync(folder).map((thread) => {
      const [ns = ""] = readFileSync(join(folder, thread, "schedstat"), "utf8").split(" ", 1);
      return [thread, Number(ns)];
    }),
  );
}

/** What the process used in between. */
export function usedNs(before: ReadonlyMap<string, number>, after: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [thread, ns] of after) sum += ns - (before.get(thread) ?? 0);
  return sum;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
