// A daemon of the bench, in a directory of its own, and what is asked of it over its private socket.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { daemonPlaces } from "spoor/live/daemon-directory";
import type { Bench } from "../bench.ts";

export interface BenchDaemon extends Disposable {
  /** The root of a project that has no recordings. */
  readonly root: string;
  readonly agentsSocket: string;
  readonly pid: number;
  /** The directory that agents find it by. */
  readonly directory: string;
  /** Rejects with what it says where that is no success. */
  ask(method: string, path: string, body?: object): Promise<unknown>;
}

export async function startDaemon(bench: Bench): Promise<BenchDaemon> {
  const base = mkdtempSync(join(bench.scratch, "live-"));
  const root = join(base, "project");
  const directory = join(base, "d");
  mkdirSync(join(root, ".spoor"), { recursive: true, mode: 0o700 });
  const env = { ...process.env, HOME: base, XDG_CONFIG_HOME: base, SPOOR_DAEMON_DIR: directory };
  const places = daemonPlaces(env);
  const options = JSON.stringify({ listen: { host: "127.0.0.1", port: 0, tls: null, names: [] }, sink: null });
  const child = spawn(process.execPath, [bench.cli, "__daemon", options], {
    env,
    stdio: ["ignore", "ignore", "inherit", "pipe"],
  });
  await new Promise((resolve) => child.stdio[3]?.once("data", resolve));
  return {
    root,
    agentsSocket: places.agentsSocket,
    pid: child.pid ?? 0,
    directory,
    ask: (method, path, body) => ask(places.daemonSocket, method, path, body),
    [Symbol.dispose]() {
      child.kill("SIGKILL");
      rmSync(base, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
    },
  };
}

function ask(socketPath: string, method: string, path: string, body?: object): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const headers = { host: "localhost", "content-type": "application/json" };
    const asked = request({ socketPath, method, path, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => (text += part));
      response.on("end", () => {
        if ((response.statusCode ?? 500) < 300) resolve(JSON.parse(text));
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
      });
    });
    asked.on("error", reject);
    asked.end(body && JSON.stringify(body));
  });
}
