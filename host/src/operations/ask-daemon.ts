// Asks the daemon an operation over its own socket, where no token is needed: the answer, or the Problem that it was refused with.
import { request } from "node:http";
import type { RunningDaemon } from "../live/daemon.ts";
import { Problem, type ProblemKind } from "../problem.ts";
import type { Answer, LiveOperation } from "./operation.ts";

/** A daemon answers within a second or two: it waits that long for processes. */
const answerMs = 30_000;

export interface DaemonQuestion {
  readonly operation: LiveOperation;
  readonly input: unknown;
  readonly project: { readonly name: string };
}

/** What is not of the operation's data on the way: all of a Problem. */
interface Refusal {
  readonly error: string;
  readonly code: string;
  readonly kind?: ProblemKind;
  readonly details: Readonly<Record<string, unknown>>;
}

export async function askDaemon(
  { operation, input, project }: DaemonQuestion,
  daemon: RunningDaemon,
  signal: AbortSignal,
): Promise<Answer<unknown>> {
  const { status, text } = await post(daemon.socket, `/operations/${operation.name}`, { project, input }, signal);
  const said = parsed(text);
  if (status >= 200 && status < 300) return said as Answer<unknown>;
  const { error, code, kind, details } = (said ?? {}) as Partial<Refusal>;
  if (typeof error !== "string" || typeof code !== "string") throw new Error(`the daemon answered ${status}: ${text}`);
  const { tryNext, ...context } = details ?? {};
  throw new Problem({
    code,
    kind: kind ?? "internal",
    says: error,
    tryNext: typeof tryNext === "string" ? tryNext : "",
    context,
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function post(
  socketPath: string,
  path: string,
  body: unknown,
  signal: AbortSignal,
): Promise<{ readonly status: number; readonly text: string }> {
  return new Promise((resolve, reject) => {
    const payload = Buffer.from(JSON.stringify(body));
    const asked = request({
      socketPath,
      path,
      method: "POST",
      signal: AbortSignal.any([signal, AbortSignal.timeout(answerMs)]),
      headers: { "content-type": "application/json", "content-length": payload.length },
      agent: false,
    });
    asked.once("error", (error) => reject(unreachable(socketPath, error)));
    asked.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", (error) => reject(unreachable(socketPath, error)));
      response.once("end", () =>
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
      );
    });
    asked.end(payload);
  });
}

export function unreachable(socket: string, error: Error): Problem {
  return new Problem({
    code: "daemon.no_answer",
    kind: "environment",
    says: `The daemon at ${socket} does not answer: ${error.message}.`,
    tryNext: "spoor daemon status",
    context: { socket },
  });
}
