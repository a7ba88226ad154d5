// Where a daemon of a test forwards its events to: a real server, which is away for a while, refuses, or never comes back.
import { createHmac } from "node:crypto";
import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Socket } from "node:net";

export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** Of all events that it took, as they came. */
  readonly ids: string[];
  readonly signatures: (readonly [given: string | undefined, expected: string])[];
  /** Every request: when, and what it was answered (0: nothing). */
  readonly attempts: { readonly at: number; readonly status: number }[];
  /** 0: it takes the body and never answers. Only 204 takes the events. */
  status: number;
  headers: Record<string, string>;
  mostBytes: number;
  /** Before each answer. */
  waitMs: number;
  /** Requests at once, at most. */
  readonly mostAtOnce: () => number;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** With TLS if it has a certificate. */
export async function receiver(
  secret = "s3cret",
  tls: { readonly cert: string; readonly key: string } | null = null,
): Promise<Receiver> {
  let server: Server | null = null;
  let port = 0;
  let [atOnce, mostAtOnce] = [0, 0];
  const sockets = new Set<Socket>();
  const here: Receiver = {
    ids: [],
    signatures: [],
    attempts: [],
    status: 204,
    headers: {},
    mostBytes: Infinity,
    waitMs: 0,
    mostAtOnce: () => mostAtOnce,
    get url() {
      return `${tls === null ? "http" : "https"}://127.0.0.1:${port}/events`;
    },
    async start() {
      const listener: RequestListener = (request, response) => {
        const chunks: Buffer[] = [];
        mostAtOnce = Math.max(mostAtOnce, ++atOnce);
        response.once("close", () => void atOnce--);
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => setTimeout(answer, here.waitMs));
        const answer = (): void => {
          const body = Buffer.concat(chunks);
          const status = body.length > here.mostBytes ? 413 : here.status;
          here.attempts.push({ at: performance.now(), status });
          if (status === 0) return;
          response.writeHead(status, here.headers).end();
          if (status !== 204) return;
          const given = request.headers["x-spoor-signature"] as string | undefined;
          here.signatures.push([given, `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`]);
          const { events } = JSON.parse(body.toString()) as { events: { id: string }[] };
          here.ids.push(...events.map(({ id }) => id));
        };
      };
      const made = tls === null ? createServer(listener) : createTlsServer(tls, listener);
      made.on("connection", (socket) => {
        sockets.add(socket);
        socket.once("close", () => sockets.delete(socket));
      });
      await new Promise<void>((resolve) => made.listen(port, "127.0.0.1", resolve));
      server = made;
      port = (made.address() as { port: number }).port;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server?.close(resolve) ?? resolve(null));
      server = null;
    },
    [Symbol.asyncDispose]: () => here.stop(),
  };
  await here.start();
  return here;
}
