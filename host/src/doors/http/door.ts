// The HTTP door: the daemon's own socket, and TCP where it is wanted. Node's server takes requests in, within limits of time and size;
// admission says who may ask; routes answer.
import { chmodSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerOptions, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { X509Certificate } from "node:crypto";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { getRequestListener } from "@hono/node-server";
import type { HttpDoor, HttpDoorOptions, Listen } from "../../live/daemon.ts";
import { Problem } from "../../problem.ts";
import { admit, isLoopback, namesAt, type Admitting } from "./admission.ts";
import { failureOf, type Failure } from "./failures.ts";
import { maxBodyBytes } from "./input.ts";
import { guarding, routes } from "./routes.ts";
import { webSockets } from "./websocket.ts";

const heartbeatMs = 15_000;

/** Who sends its request byte by byte is not waited for. */
const limits: ServerOptions = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 16 * 1024,
};
const mostConnections = 1_000;

/** What comes after a refusal is read and forgotten for a moment and a little, so that the refusal is read. */
const lingerMs = 500;
const lingerBytes = 2 * 1024 * 1024;

export async function openHttpDoor(options: HttpDoorOptions): Promise<HttpDoor> {
  const ended = new AbortController();
  const { live, version, log } = options;
  let http: HttpDoor["http"] = null;
  const sockets = webSockets({ live, signal: ended.signal, heartbeatMs, log, acceptAgent: options.acceptAgent });
  const serving = (server: Server, admitting: () => Admitting | null): void => {
    const app = routes({
      live,
      version,
      servers: () => (http === null ? [] : [baseAddress(http, options.listen)]),
      forOwnTools: admitting() === null,
      signal: ended.signal,
      heartbeatMs,
      log,
    });
    const answer = getRequestListener(app.fetch, { overrideGlobalObjects: false, autoCleanupIncoming: false });
    const take = (request: IncomingMessage, response: ServerResponse, goesOn: () => void): void => {
      try {
        checkFirst(request, admitting());
      } catch (error) {
        refuse(request, response, failureOf(error));
        return;
      }
      goesOn();
      const { socket } = request;
      response.once("finish", () => linger(request, socket));
      void answer(request, response);
    };
    server.on("request", (request, response) => take(request, response, () => undefined));
    // Who asks first whether it may send its body is told before it does.
    server.on("checkContinue", (request, response) => take(request, response, () => response.writeContinue()));
    server.on("upgrade", (request, socket, head) => {
      socket.on("error", () => socket.destroy());
      try {
        checkFirst(request, admitting());
        sockets.upgrade(request, socket, head);
      } catch (error) {
        refuseUpgrade(socket, failureOf(error));
      }
    });
    server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      if (!socket.writable || error.code === "ECONNRESET") return void socket.destroy();
      const isSlow = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
      // Ended from both sides: the other one may never do it.
      const text = `HTTP/1.1 ${isSlow ? "408 Request Timeout" : "400 Bad Request"}\r\nConnection: close\r\n\r\n`;
      socket.end(text, () => socket.destroy());
    });
    server.maxConnections = mostConnections;
  };

  const own = createServer(limits);
  serving(own, () => null);
  await listening(own, { path: options.socket });
  chmodSync(options.socket, 0o600);
  const servers = [own];
  if (options.listen !== null) {
    try {
      const { server, admitting } = tcpServer(options.listen, options.token);
      serving(server, () => admitting);
      await listening(server, { host: options.listen.host, port: options.listen.port });
      servers.push(server);
      const address = server.address();
      const port = typeof address === "object" && address !== null ? address.port : options.listen.port;
      http = { host: options.listen.host, port };
      for (const name of namesAt(namesOf(options.listen), port)) admitting.names.add(name);
    } catch (error) {
      own.close();
      throw error;
    }
  }
  return {
    http,
    async close() {
      ended.abort();
      sockets.close();
      await Promise.all(
        servers.map(
          (server) =>
            new Promise<void>((resolve) => {
              server.close(() => resolve());
              server.closeIdleConnections();
              setTimeout(() => server.closeAllConnections(), lingerMs).unref();
            }),
        ),
      );
    },
  };
}

function checkFirst(request: IncomingMessage, admitting: Admitting | null): void {
  if (admitting !== null) admit(request, admitting);
  if (Number(request.headers["content-length"] ?? 0) <= maxBodyBytes) return;
  throw new Problem({
    code: "request.too_large",
    kind: "usage",
    says: "The body is longer than 1 MiB.",
    tryNext: "",
    context: { maxBytes: maxBodyBytes },
  });
}

function refuse(request: IncomingMessage, response: ServerResponse, { status, body }: Failure): void {
  const text = JSON.stringify(body);
  const hasBody =
    request.headers["transfer-encoding"] !== undefined || Number(request.headers["content-length"] ?? 0) > 0;
  response.writeHead(status, {
    ...guarding,
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    ...(status === 401 ? { "www-authenticate": 'Bearer realm="spoor"' } : {}),
    ...(hasBody ? { connection: "close" } : {}),
  });
  if (!hasBody) return void response.end(text);
  // Ended when what they send has: Node would close at once, and with bytes of theirs unread take the refusal back.
  response.write(text);
  request.once("end", () => response.end());
  linger(request, request.socket);
}

/** The rest of a body that nobody wants. */
function linger(request: IncomingMessage, socket: Socket): void {
  if (request.complete || socket.destroyed) return;
  let bytes = 0;
  const timer = setTimeout(() => socket.destroy(), lingerMs);
  socket.once("close", () => clearTimeout(timer));
  request.once("end", () => clearTimeout(timer));
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > lingerBytes) socket.destroy();
  });
}

function refuseUpgrade(socket: Duplex, { status, body }: Failure): void {
  const text = JSON.stringify(body);
  const challenge = status === 401 ? 'WWW-Authenticate: Bearer realm="spoor"\r\n' : "";
  socket.end(
    `HTTP/1.1 ${status} Refused\r\n${challenge}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\nConnection: close\r\n\r\n${text}`,
  );
}

interface TcpServer {
  readonly server: Server;
  readonly admitting: Admitting & { readonly names: Set<string> };
}

function tcpServer(listen: Listen, token: string): TcpServer {
  const { host, tls } = listen;
  const staysHere = isLoopback(host) || host === "localhost";
  if (!staysHere && tls === null) {
    throw new Problem({
      code: "daemon.listen",
      kind: "usage",
      says: `Plain HTTP is served on this machine only, and ${host} is beyond it.`,
      tryNext: "spoor daemon --listen HOST:PORT --tls-cert FILE --tls-key FILE",
      context: { host },
    });
  }
  const admitting = { names: new Set<string>(), token, trustsOwnUser: staysHere && listen.names.length === 0 };
  if (tls === null) return { server: createServer(limits), admitting };
  try {
    const server = createTlsServer({
      ...limits,
      cert: readFileSync(tls.cert),
      key: readFileSync(tls.key),
      minVersion: "TLSv1.2",
    });
    return { server, admitting };
  } catch (error) {
    throw new Problem({
      code: "daemon.tls",
      kind: "environment",
      says: `The certificate ${tls.cert} with the key ${tls.key} cannot be used: ${(error as Error).message}`,
      tryNext: "give PEM files that belong together",
      context: { ...tls },
    });
  }
}

/** By which names and addresses clients may call: where it listens, what it was told, what its certificate is for. */
function namesOf({ host, names, tls }: Listen): string[] {
  const isAny = host === "0.0.0.0" || host === "::";
  const here = ["localhost", "127.0.0.1", "::1"];
  return [...here, ...(isAny ? [] : [host]), ...names, ...(tls === null ? [] : certified(tls.cert))];
}

function certified(path: string): string[] {
  const told = new X509Certificate(readFileSync(path)).subjectAltName ?? "";
  return [...told.matchAll(/(?:DNS|IP Address):([^,\s]+)/g)]
    .map(([, name = ""]) => name)
    .filter((name) => !name.includes("*"));
}

function baseAddress({ host, port }: { readonly host: string; readonly port: number }, listen: Listen | null): string {
  return `${listen?.tls == null ? "http" : "https"}://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function listening(server: Server, where: { path: string } | { host: string; port: number }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const place = "path" in where ? where.path : `${where.host}:${where.port}`;
      const isTaken = error.code === "EADDRINUSE";
      reject(
        new Problem({
          code: isTaken ? "daemon.port_taken" : "daemon.listen",
          kind: "environment",
          says: isTaken ? `Another program listens at ${place}.` : `It cannot listen at ${place}: ${error.message}.`,
          tryNext: "spoor daemon start --listen 127.0.0.1:PORT",
          context: { place },
        }),
      );
    });
    server.listen(where, resolve);
  });
}
