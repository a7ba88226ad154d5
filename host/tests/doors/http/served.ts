// A real daemon and whoever asks it over HTTP: well-behaved clients, and raw bytes on a socket for those that are not.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { request as httpRequest, type IncomingHttpHeaders, type RequestOptions } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";
import { testDaemon, type TestDaemon } from "../../live/daemon.ts";
import { bin, type Ended } from "../../spoor.ts";

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: Record<string, unknown>;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: Record<string, string>;
  /** JSON where it is no text. */
  readonly body?: unknown;
  readonly tls?: { readonly ca: Buffer };
  readonly host?: string;
  readonly port?: number;
}

export interface Served extends AsyncDisposable {
  readonly daemon: TestDaemon;
  readonly pid: number;
  readonly port: number;
  readonly token: string;
  ask(path: string, asking?: Asking): Promise<Answered>;
  /** Sends bytes over TCP; all that came back until the other side closed, or the time was over. */
  raw(bytes: string, options?: { readonly forMs?: number }): Promise<string>;
  spoor(words: readonly string[], env?: NodeJS.ProcessEnv): Promise<Ended>;
}

export async function served(options: object = {}): Promise<Served> {
  const daemon = testDaemon();
  const child = await daemon.start(options);
  const { http } = JSON.parse(readFileSync(daemon.places.daemonFile, "utf8")) as { http: { port: number } };
  const { port } = http;
  const env = { ...daemon.env, NO_COLOR: "1" };
  return {
    daemon,
    pid: child.pid ?? 0,
    port,
    token: readFileSync(daemon.places.token, "utf8").trim(),
    ask: (path, asking = {}) => ask({ port, host: "127.0.0.1", path }, asking),
    raw: (bytes, { forMs = 3000 } = {}) => raw(port, bytes, forMs),
    spoor: (words, more = {}) => run(process.execPath, [bin, ...words], { ...env, ...more }, daemon.project),
    [Symbol.asyncDispose]: () => daemon[Symbol.asyncDispose](),
  };
}

export function ask(
  where: RequestOptions,
  { method = "GET", headers = {}, body, tls, host, port }: Asking,
): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const payload = body === undefined ? null : typeof body === "string" ? body : JSON.stringify(body);
    const given: RequestOptions = {
      ...where,
      ...(host === undefined ? {} : { host }),
      ...(port === undefined ? {} : { port }),
      method,
      agent: false,
      headers: { ...(payload === null ? {} : { "content-length": String(Buffer.byteLength(payload)) }), ...headers },
    };
    const asked =
      tls === undefined
        ? httpRequest(given)
        : httpsRequest({ ...given, ca: tls.ca, checkServerIdentity: () => undefined });
    asked.once("error", reject);
    asked.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("error", reject);
      response.once("end", () => {
        const isJson = String(response.headers["content-type"]).startsWith("application/json");
        const json = isJson ? (JSON.parse(text) as Record<string, unknown>) : {};
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json });
      });
    });
    asked.end(payload ?? undefined);
  });
}

function raw(port: number, bytes: string, forMs: number): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let said = "";
    socket.setEncoding("latin1").on("data", (text: string) => (said += text));
    const timer = setTimeout(() => socket.destroy(), forMs);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(said);
    });
    socket.write(bytes, "latin1");
  });
}

export function run(command: string, words: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { env, cwd, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}

/** A certificate of its own authority for `localhost` and 127.0.0.1, and its key. */
export async function certificate(directory: string, names = "DNS:localhost,IP:127.0.0.1") {
  const cert = join(directory, "cert.pem");
  const key = join(directory, "key.pem");
  const words = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=spoor -keyout ${key} -out ${cert}`;
  const made = await run(
    "openssl",
    [...words.split(" "), "-addext", `subjectAltName=${names}`],
    process.env,
    directory,
  );
  if (made.code !== 0) throw new Error(made.stderr);
  return { cert, key, ca: readFileSync(cert) };
}
