// A daemon of a test: in a directory of its own, started as users start it, gone after the test.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, mkdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { daemonPlaces, type DaemonPlaces } from "../../src/live/daemon-directory.ts";
import type { Health } from "../../src/live/live.ts";
import { testBundle } from "../bundle.ts";

export interface TestDaemon extends AsyncDisposable {
  readonly base: string;
  readonly project: string;
  readonly places: DaemonPlaces;
  readonly env: NodeJS.ProcessEnv;
  /** Starts the daemon in the foreground of a child process; resolves once it answers. */
  start(options?: object, env?: NodeJS.ProcessEnv): Promise<ChildProcess>;
  health(): Promise<Health>;
  log(): string;
}

export function testDaemon(): TestDaemon {
  const base = realpathSync(mkdtempSync(join(tmpdir(), "spoor-daemon-")));
  const project = join(base, "project");
  mkdirSync(join(project, ".spoor"), { recursive: true, mode: 0o700 });
  const env: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    HOME: base,
    SPOOR_DAEMON_DIR: join(base, "daemon"),
    XDG_CONFIG_HOME: join(base, "config"),
    XDG_STATE_HOME: join(base, "state"),
  };
  const places = daemonPlaces(env);
  const children: ChildProcess[] = [];
  let said = "";
  return {
    base,
    project,
    places,
    env,
    start(options = {}, more = {}) {
      const given = JSON.stringify({
        listen: { host: "127.0.0.1", port: 0, tls: null, names: [] },
        sink: null,
        ...options,
      });
      const child = spawn(process.execPath, [testBundle(), "__daemon", given], {
        env: { ...env, ...more },
        stdio: ["ignore", "inherit", "pipe", "pipe"],
      });
      children.push(child);
      child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
      return new Promise((resolve, reject) => {
        let report = "";
        const pipe = child.stdio[3] as NodeJS.ReadableStream;
        pipe.setEncoding("utf8");
        pipe.on("data", (text: string) => (report += text));
        pipe.on("end", () => (report.includes('"ready"') ? resolve(child) : reject(new Error(report || said))));
      });
    },
    health: () => askJson<Health>(places.daemonSocket, "/health"),
    log: () => {
      try {
        return said + readFileSync(places.log, "utf8");
      } catch {
        return said;
      }
    },
    async [Symbol.asyncDispose]() {
      for (const child of children) if (child.exitCode === null) child.kill("SIGKILL");
      await Promise.resolve();
      rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

export function askJson<T>(socketPath: string, path: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, path, headers: { host: "localhost" } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(JSON.parse(text) as T));
    });
    asked.on("error", reject);
    asked.end();
  });
}
