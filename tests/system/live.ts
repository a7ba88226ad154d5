// Live processes in tests: a real daemon, asked over HTTP as anybody does, and servers that are probed under load.
import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import type { Python } from "../../scripts/python-interpreters.ts";
import { testDaemon, type TestDaemon } from "../../host/tests/live/daemon.ts";

export interface Answered {
  readonly status: number;
  readonly body: Body;
}

/** What tests look at in the answers of the API, whichever it is. */
export interface Body {
  readonly id: string;
  readonly pid: number;
  readonly counts: {
    readonly hits: number;
    readonly sent: number;
    readonly unmet: number;
    readonly limited: number;
    readonly dropped: number;
  };
  readonly processes: readonly LiveOne[];
  readonly events: readonly Hit[];
  readonly cursor: string | null;
}

export type Counts = Body["counts"];

export interface Hit {
  readonly id: string;
  readonly name: string;
  readonly client: { readonly applicationInstanceId: string };
  readonly payload: {
    readonly message: string;
    readonly stack: readonly object[];
    readonly snapshot: { readonly arguments: { readonly user_id: number }; readonly locals: object };
  };
}

export interface LiveDaemon extends AsyncDisposable {
  readonly daemon: TestDaemon;
  readonly env: NodeJS.ProcessEnv;
  port(): number;
  start(): Promise<ChildProcess>;
  ask(method: string, path: string, body?: object): Promise<Answered>;
  processes(): Promise<readonly LiveOne[]>;
  events(query?: string): Promise<readonly Hit[]>;
  /** Ids of all hits of a logpoint, newest first. */
  hits(probe: string): Promise<string[]>;
}

export interface LiveOne {
  readonly id: string;
  readonly pid: number;
  readonly parent: string | null;
  readonly name: string;
  readonly state: string;
  readonly held: boolean;
  readonly connected: boolean;
}

/** `settings`: variables of the daemon's configuration. */
export async function liveDaemon(settings: NodeJS.ProcessEnv = {}): Promise<LiveDaemon> {
  const daemon = testDaemon();
  let port = 0;
  const live: LiveDaemon = {
    daemon,
    env: { SPOOR_DAEMON_DIR: daemon.env["SPOOR_DAEMON_DIR"] },
    port: () => port,
    async start() {
      const listen = { host: "127.0.0.1", port, tls: null, names: [] };
      const child = await daemon.start({ listen }, settings);
      port = (await daemon.health()).http?.port ?? 0;
      return child;
    },
    async ask(method, path, body) {
      // As JSON even without a body: fetch looks like a browser, which has to say so.
      const headers = { "content-type": "application/json" };
      const url = `http://127.0.0.1:${port}${path}`;
      const response = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
      return { status: response.status, body: (await response.json()) as Body };
    },
    processes: async () => (await live.ask("GET", "/processes")).body.processes,
    events: async (query = "") => (await live.ask("GET", `/api/events${query}`)).body.events,
    async hits(probe) {
      const ids: string[] = [];
      let cursor: string | null = "";
      while (cursor !== null) {
        const more: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
        const { body } = await live.ask("GET", `/api/events?probe=${probe}&name=probe.hit.logpoint&limit=500${more}`);
        ids.push(...body.events.map((each) => each.id));
        ({ cursor } = body);
      }
      return ids;
    },
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
  await live.start();
  return live;
}

/** What a test is skipped without. */
export function needed(python: Python | null): Python {
  if (python === null) throw new Error("this machine has no such Python");
  return python;
}

/** The line, counted from 1, that ends with this marker. */
export function lineOf(path: string, marker: string): number {
  const at = readFileSync(path, "utf8")
    .split("\n")
    .findIndex((line) => line.endsWith(`# probe: ${marker}`));
  if (at < 0) throw new Error(`no ${marker} in ${path}`);
  return at + 1;
}

export async function until<T>(
  look: () => Promise<T | false | null | undefined> | T | false | null,
  what: string | (() => string),
  limitMs = 30_000,
): Promise<T> {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await look();
    if (found !== false && found !== null && found !== undefined) return found;
    if (performance.now() > end) throw new Error(`waited in vain for ${typeof what === "string" ? what : what()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
