// requests.list: the web requests that the program answered.

import * as z from "zod";
import type { SqlValue } from "../store/store.ts";
import { readRequests, requestHandle } from "../queries/requests.ts";
import { exceptionHandle } from "../queries/handle.ts";
import { globToRegex } from "../queries/patterns.ts";
import { without } from "../queries/without.ts";
import { requestsText } from "../views/requests.ts";
import { about } from "./about.ts";
import { budget, limit, run } from "./input.ts";
import type { Operation } from "./operation.ts";

const sorts = z.enum(["started", "duration", "calls"]);

const input = z.object({
  path: z.string().optional().describe("Only requests of this path or route, such as '/items/*'"),
  method: z.string().optional().describe("Only of this method, such as POST"),
  status: z
    .string()
    .regex(/^[1-5](?:\d\d|xx)$/, "a status such as 404, or 5xx")
    .optional()
    .describe("Only with this status: 404, or 5xx for all of them"),
  sort: sorts.default("started").describe("In the order in which they began, or the largest first: duration or calls"),
  limit: limit(30),
  run,
  budget,
});
type Input = z.infer<typeof input>;

const requestShape = z.object({
  handle: z.string(),
  run: z.string(),
  process: z.number(),
  protocol: z.string().describe("wsgi, asgi or websocket"),
  method: z.string(),
  path: z.string().describe("Redacted, like the query"),
  query: z.string().nullable(),
  framework: z.string().nullable().describe("flask, django, starlette or fastapi; null for any other application"),
  route: z.string().nullable().describe("The pattern that fitted the path, as the framework writes it"),
  handler: z.string().nullable().describe("The function that the framework chose; for Flask the name of the endpoint"),
  status: z.number().nullable().describe("Of a websocket 101 if it was accepted"),
  cut: z
    .boolean()
    .describe(
      "The answer was not completed: an exception left the application in the middle of it, or the client had gone",
    ),
  raised: z
    .string()
    .nullable()
    .describe(
      "The type of the exception that left the handler or the application, where the status is 500 or above or the answer was cut",
    ),
  exception: z.string().nullable().describe("That exception's handle"),
  started_ns: z.number().describe("Since the start of the run"),
  duration_ns: z.number().nullable().describe("Until the answer was complete; null if no end was seen"),
  calls: z
    .number()
    .describe("Recorded calls that began meanwhile in its thread or tasks, or in threads of a pool that worked for it"),
});
export type RequestShape = z.infer<typeof requestShape>;

const data = z.object({
  requests: z.array(requestShape),
  left: z.number().describe("Requests beyond the limit"),
  open: z.number().describe("Of all that fit, those of which no end was seen"),
});
export type RequestsData = z.infer<typeof data>;

const orders: Readonly<Record<z.infer<typeof sorts>, string>> = {
  started: "r.run, r.started_ns, r.process, r.id",
  duration: "r.duration_ns DESC NULLS LAST, r.started_ns",
  calls: "r.started_ns",
};

export const requests: Operation<Input, RequestsData> = {
  name: "requests.list",
  command: "requests",
  summary: "Web requests: method, path, route, status, duration, who handled them",
  description:
    "Lists the requests that the program answered through Flask, Django, Starlette, FastAPI, gunicorn, uvicorn, hypercorn or waitress, with the route that fitted and the handler. " +
    "flow --request r7 shows the calls of one. Example: spoor requests --status 5xx --sort duration.",
  effect: "reads",
  input,
  data,
  positional: [],

  async run(input, context) {
    const store = await context.openStore(input.run);
    const parameters: Record<string, SqlValue> = {};
    const conditions = ["true"];
    if (input.path !== undefined) {
      conditions.push("(regexp_matches(r.path, $path) OR regexp_matches(coalesce(r.route, ''), $path))");
      parameters["path"] = `^${globToRegex(input.path)}$`;
    }
    if (input.method !== undefined) {
      conditions.push("r.method = upper($method)");
      parameters["method"] = input.method;
    }
    if (input.status !== undefined) {
      const any = input.status.endsWith("xx");
      conditions.push(any ? "r.status // 100 = $status" : "r.status = $status");
      parameters["status"] = any ? Number(input.status[0]) : Number(input.status);
    }
    const where = { sql: conditions.join(" AND "), parameters };
    // How many calls each has is known only once all are counted.
    const most = input.sort === "calls" ? 10_000 : input.limit;
    const rows = await readRequests(store, where, orders[input.sort], most);
    if (input.sort === "calls") rows.sort((a, b) => b.calls - a.calls);
    const shown = rows.slice(0, input.limit);
    const found = shown.map((row) => ({
      handle: requestHandle(row.process, row.id),
      ...without(row, "id", "all", "open", "exception"),
      exception: row.exception === null ? null : exceptionHandle(row.process, row.exception),
    }));
    const failed = found.find(({ exception }) => exception !== null);
    const most_calls = found.reduce<RequestShape | null>(
      (best, each) => (each.calls > (best?.calls ?? 0) ? each : best),
      null,
    );
    return {
      about: await about(context, store, [
        ...(failed === undefined ? [] : [`spoor exceptions --type ${failed.raised}`]),
        ...(most_calls === null ? [] : [`spoor flow --request ${most_calls.handle}`]),
      ]),
      data: { requests: found, left: (rows[0]?.all ?? 0) - shown.length, open: rows[0]?.open ?? 0 },
    };
  },

  text(answer, style) {
    return requestsText(answer.data, style);
  },
};
