// The routes of the HTTP API: one for each operation that runs in the daemon, and those that are no question and answer.
import { Hono, type Context } from "hono";
import type { HttpBindings } from "@hono/node-server";
import type { Live } from "../../live/live.ts";
import { askHere } from "../../operations/ask.ts";
import { liveOperations } from "../../operations/live/list.ts";
import type { LiveOperation } from "../../operations/operation.ts";
import { Problem } from "../../problem.ts";
import { checkBodyType } from "./admission.ts";
import { eventStream } from "./event-stream.ts";
import { failureOf } from "./failures.ts";
import { filterOf } from "./filter.ts";
import { inputOfBody, inputOfQuery } from "./input.ts";
import { openApi } from "./openapi.ts";
import { prometheusText, prometheusType } from "./prometheus.ts";

export interface RouteOptions {
  readonly live: Live;
  readonly version: string;
  /** Base addresses, for the description of the API. */
  servers(): readonly string[];
  /** Whether whoever asks is our own command line: operations by name, with all of the answer. */
  readonly forOwnTools: boolean;
  /** Ends what goes on for ever. */
  readonly signal: AbortSignal;
  readonly heartbeatMs: number;
  log(line: string): void;
}

type Env = { Bindings: HttpBindings };

/** Of operations asked over HTTP without a project: nothing in their answers is about one. */
const noProject = { name: "" };

export function routes(options: RouteOptions): Hono<Env> {
  const { live, version, signal } = options;
  const app = new Hono<Env>();
  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(guarding)) c.res.headers.set(name, value);
  });
  app.onError((error, c) => {
    const { status, body } = failureOf(error);
    if (status === 500) options.log(`${c.req.method} ${c.req.path}: ${error.stack ?? error.message}`);
    if (status === 401) c.header("www-authenticate", 'Bearer realm="spoor"');
    return c.json(body, status);
  });
  for (const operation of liveOperations) {
    const { method, path, status, answers } = operation.http;
    app.on(method, path.replaceAll(/\{(\w+)\}/g, ":$1"), async (c) => {
      const input = { ...(await inputOf(operation, c)), ...c.req.param() };
      const { data } = await askHere(operation, input, { project: noProject, live });
      return c.json(answers === undefined ? (data as object) : (data as Record<string, object>)[answers], status);
    });
  }
  app.get("/api/events/stream", (c) => {
    return eventStream({
      live,
      filter: filterOf(new URL(c.req.url).searchParams),
      after: c.req.header("last-event-id") ?? null,
      signal: AbortSignal.any([signal, c.req.raw.signal]),
      heartbeatMs: options.heartbeatMs,
    });
  });
  app.get("/metrics/prometheus", async (c) => {
    const [series, probes, health] = await Promise.all([live.metrics(), live.probes({}), live.health()]);
    return c.body(prometheusText({ series, probes, health }), 200, { "content-type": prometheusType });
  });
  app.get("/openapi.json", (c) => c.json(openApi(version, options.servers())));
  if (options.forOwnTools) addOperations(app, live);
  app.notFound((c) => {
    const { status, body } = failureOf(noRoute(c.req.method));
    return c.json(body, status);
  });
  return app;
}

/** What a browser may do with an answer: nothing but show it as what it is. */
export const guarding: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "cross-origin-resource-policy": "same-origin",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
};

/** `POST /operations/NAME` with `{project, input}`: the whole answer, for doors in other processes. */
function addOperations(app: Hono<Env>, live: Live): void {
  app.post("/operations/:name", async (c) => {
    const name = c.req.param("name");
    const operation = liveOperations.find((each) => each.name === name);
    if (operation === undefined) throw noRoute("POST");
    const { project, input } = (await bodyOf(c)) as { project?: { name?: unknown }; input?: unknown };
    const named = typeof project?.name === "string" ? { name: project.name } : noProject;
    return c.json(await askHere(operation, input ?? {}, { project: named, live }));
  });
}

async function inputOf(operation: LiveOperation, c: Context<Env>): Promise<Record<string, unknown>> {
  const query = inputOfQuery(operation, new URL(c.req.url).searchParams);
  const { method } = operation.http;
  return method === "GET" || method === "DELETE" ? query : { ...query, ...(await bodyOf(c)) };
}

function bodyOf(c: Context<Env>): Promise<Record<string, unknown>> {
  checkBodyType(c.env.incoming);
  return inputOfBody(c.req.raw.body, c.req.header("content-length"));
}

function noRoute(method: string): Problem {
  return new Problem({
    code: "request.no_such_route",
    kind: "usage",
    says: `There is nothing to ${method} there.`,
    tryNext: "GET /openapi.json",
  });
}
