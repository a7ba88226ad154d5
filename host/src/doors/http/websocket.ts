// WebSockets: /ws for whoever follows events and asks operations on one connection, /agents for agents on other machines. Both have
// passed admission before they get here.
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type RawData, type WebSocket } from "ws";
import { maxMessageBytes } from "@spoor/protocol/control";
import type { AgentLink } from "../../live/daemon.ts";
import type { Live } from "../../live/live.ts";
import { askHere } from "../../operations/ask.ts";
import { liveOperations } from "../../operations/live/list.ts";
import { Problem } from "../../problem.ts";
import { failureOf } from "./failures.ts";
import { filterOf } from "./filter.ts";
import { following } from "./following.ts";

export interface WebSocketOptions {
  readonly live: Live;
  /** The daemon's end. */
  readonly signal: AbortSignal;
  readonly heartbeatMs: number;
  acceptAgent(link: AgentLink): void;
  log(line: string): void;
}

export interface WebSockets {
  /** Throws the Problem `request.no_such_route`, or one about the filter, while nothing is answered yet. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  close(): void;
}

/** A reader that leaves this much waiting gets nothing more until it has read. */
const mostWaitingBytes = 256 * 1024;

/** Questions of one connection that are being answered at once. */
const mostAsked = 32;

export function webSockets(options: WebSocketOptions): WebSockets {
  const server = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    clientTracking: true,
  });
  return {
    upgrade(request, socket, head) {
      const url = new URL(request.url ?? "/", "http://daemon");
      switch (url.pathname) {
        case "/ws": {
          const filter = filterOf(url.searchParams);
          const after = request.headers["last-event-id"];
          server.handleUpgrade(request, socket, head, (webSocket) => {
            keepAlive(webSocket, options.heartbeatMs);
            const last = typeof after === "string" ? after : null;
            serveFollower(webSocket, { filter, last }, options).catch((error: unknown) => options.log(String(error)));
          });
          return;
        }
        case "/agents":
          server.handleUpgrade(request, socket, head, (webSocket) => options.acceptAgent(agentLink(webSocket)));
          return;
        default:
          throw new Problem({
            code: "request.no_such_route",
            kind: "usage",
            says: "There is no WebSocket there.",
            tryNext: "/ws",
          });
      }
    },
    close() {
      for (const client of server.clients) client.close(1001, "the daemon ends");
      server.close();
    },
  };
}

/**
 * Sends `{"event"}` and `{"missed"}`, and answers `{"ask": NAME, "input", "id"}` with `{"id", "status", "answer"}`, where the answer is
 * what the operation's route would have as its body.
 */
async function serveFollower(
  webSocket: WebSocket,
  { filter, last }: { filter: Parameters<Live["follow"]>[0]; last: string | null },
  { live, signal, log }: WebSocketOptions,
): Promise<void> {
  const closed = new AbortController();
  webSocket.once("close", () => closed.abort());
  webSocket.on("error", () => webSocket.terminate());
  let asked = 0;
  webSocket.on("message", (data, isBinary) => {
    if (asked >= mostAsked) return webSocket.close(1008, "too many questions at once");
    asked += 1;
    void answer(isBinary ? "" : textOf(data), live, log)
      .then((text) => webSocket.send(text))
      .finally(() => (asked -= 1));
  });
  try {
    for await (const each of following(live, filter, last, AbortSignal.any([signal, closed.signal]))) {
      webSocket.send(JSON.stringify(each));
      while (webSocket.bufferedAmount > mostWaitingBytes && webSocket.readyState === webSocket.OPEN) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
  } catch (error) {
    if (!signal.aborted && !closed.signal.aborted) throw error;
  } finally {
    webSocket.close(1001);
  }
}

async function answer(text: string, live: Live, log: (line: string) => void): Promise<string> {
  let id: unknown = null;
  try {
    const asked = parsed(text);
    ({ id = null } = asked);
    const operation = liveOperations.find((each) => each.name === asked["ask"]);
    if (operation === undefined) throw noMessage(`there is no operation ${JSON.stringify(asked["ask"] ?? null)}`);
    const { data } = await askHere(operation, asked["input"] ?? {}, { project: { name: "" }, live });
    const { status, answers } = operation.http;
    return JSON.stringify({
      id,
      status,
      answer: answers === undefined ? data : (data as Record<string, unknown>)[answers],
    });
  } catch (error) {
    const { status, body } = failureOf(error);
    if (status === 500) log(`/ws: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return JSON.stringify({ id, status, ...body });
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    const given: unknown = JSON.parse(text);
    if (typeof given === "object" && given !== null) return given as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw noMessage("it is not a JSON object");
}

function noMessage(says: string): Problem {
  return new Problem({
    code: "usage.invalid",
    kind: "usage",
    says: `The message is not valid: ${says}.`,
    tryNext: '{"id":1,"ask":"points.list","input":{}}',
  });
}

function agentLink(webSocket: WebSocket): AgentLink {
  // The daemon asks for signs of life itself, in the agent's own messages.
  webSocket.on("error", () => webSocket.terminate());
  let drained = (): void => undefined;
  return {
    send(text) {
      if (webSocket.readyState !== webSocket.OPEN) return false;
      webSocket.send(text, () => drained());
      return true;
    },
    waiting: () => webSocket.bufferedAmount,
    pause: () => webSocket.pause(),
    resume: () => webSocket.resume(),
    onDrain: (listener) => (drained = listener),
    onMessage(listener) {
      webSocket.on("message", (data, isBinary) => {
        if (isBinary) webSocket.close(1003, "text only");
        else listener(textOf(data));
      });
    },
    onClose: (listener) => webSocket.once("close", () => listener()),
    close: () => webSocket.close(1000),
  };
}

/** A peer that has gone without a word is noticed by the pong that does not come. */
function keepAlive(webSocket: WebSocket, everyMs: number): void {
  let alive = true;
  webSocket.on("pong", () => (alive = true));
  const timer = setInterval(() => {
    if (!alive) return webSocket.terminate();
    alive = false;
    webSocket.ping();
  }, everyMs);
  webSocket.once("close", () => clearInterval(timer));
}

function textOf(data: RawData): string {
  return (Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data as ArrayBuffer)).toString("utf8");
}
