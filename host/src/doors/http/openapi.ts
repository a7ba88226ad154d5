// The HTTP API as an OpenAPI 3.1 document, drawn from the operations.
import * as z from "zod";
import { liveOperations } from "../../operations/live/list.ts";
import type { LiveOperation } from "../../operations/operation.ts";
import { filterOperation } from "./filter.ts";
import { propertiesOf } from "./input.ts";

type Json = Readonly<Record<string, unknown>>;

export function openApi(version: string, servers: readonly string[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of liveOperations) {
    const { method, path } = operation.http;
    (paths[path] ??= {})[method.toLowerCase()] = describe(operation);
  }
  paths["/api/events/stream"] = { get: streamOperation() };
  paths["/metrics/prometheus"] = {
    get: {
      operationId: "metrics.prometheus",
      summary: "Metric probes, in the text format of Prometheus",
      responses: {
        "200": { description: "All series", content: { "text/plain": { schema: { type: "string" } } } },
        ...failures,
      },
    },
  };
  paths["/openapi.json"] = {
    get: {
      operationId: "openapi.show",
      summary: "This document",
      responses: { "200": { description: "OpenAPI 3.1", content: json({ type: "object" }) }, ...failures },
    },
  };
  return {
    openapi: "3.1.1",
    info: {
      title: "Spoor's daemon",
      version,
      description:
        "Probes in live processes, and what they send. A WebSocket at /ws has the events, too, and takes operations as messages. " +
        "Bodies are JSON whatever Content-Type says, except from browsers.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: servers.map((url) => ({ url })),
    // Without a token: programs of the daemon's own user on this machine.
    security: [{}, { token: [] }],
    paths,
    components: {
      securitySchemes: { token: { type: "http", scheme: "bearer" } },
      schemas: {
        Failure: {
          type: "object",
          required: ["error", "code", "details"],
          properties: {
            error: { type: "string", description: "One sentence" },
            code: { type: "string", description: "Stable, such as probe.no_code" },
            kind: { type: "string" },
            details: { type: "object", properties: { tryNext: { type: "string" } }, additionalProperties: true },
          },
        },
      },
    },
  };
}

const failureTexts: Readonly<Record<string, string>> = {
  400: "Not JSON, or a field that is wrong",
  401: "No token",
  403: "Wrong token, Host or Origin",
  404: "No such probe, process or path",
  409: "In conflict with what there is",
  413: "A body of more than 1 MiB",
  422: "Well-formed, but impossible: no code at that line, a condition that is none",
};

const failures: Json = Object.fromEntries(
  Object.entries(failureTexts).map(([status, description]) => [
    status,
    { description, content: json({ $ref: "#/components/schemas/Failure" }) },
  ]),
);

function describe(operation: LiveOperation): Json {
  const { method, path, status, answers } = operation.http;
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => name);
  const { properties, required = [] } = inputSchema(operation);
  const outside = Object.keys(properties).filter((name) => !inPath.includes(name));
  const inQuery = method === "GET" || method === "DELETE" ? outside : [];
  const inBody = method === "GET" || method === "DELETE" ? [] : outside;
  const parameters = [
    ...inPath.map((name) => parameter(name, "path", true, properties[name] ?? {})),
    ...inQuery.map((name) => parameter(name, "query", required.includes(name), properties[name] ?? {})),
  ];
  const body = {
    type: "object",
    properties: Object.fromEntries(inBody.map((name) => [name, properties[name]])),
    required: required.filter((name) => inBody.includes(name)),
    additionalProperties: false,
  };
  return {
    operationId: operation.name,
    summary: operation.summary,
    description: operation.description,
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(inBody.length === 0 ? {} : { requestBody: { required: body.required.length > 0, content: json(body) } }),
    responses: {
      [status]: { description: operation.summary, content: json(answerSchema(operation, answers)) },
      ...failures,
    },
  };
}

function streamOperation(): Json {
  const { properties } = inputSchema(filterOperation);
  return {
    operationId: "events.follow",
    summary: "Events as they come, as server-sent events",
    description:
      "With Last-Event-ID it goes on behind that event. An event `missed` says how many came too fast for the reader.",
    parameters: [
      ...Object.entries(properties).map(([name, schema]) => parameter(name, "query", false, schema)),
      parameter("Last-Event-ID", "header", false, { type: "string" }),
    ],
    responses: {
      "200": { description: "The stream", content: { "text/event-stream": { schema: { type: "string" } } } },
      ...failures,
    },
  };
}

function inputSchema(operation: LiveOperation): { properties: Record<string, Json>; required?: string[] } {
  const { required } = z.toJSONSchema(operation.input, { io: "input", unrepresentable: "any" });
  const properties = Object.fromEntries(
    Object.entries(propertiesOf(operation))
      .filter(([, schema]) => schema.http !== false)
      .map(([name, schema]) => [name, plain(schema)]),
  );
  return { properties, ...(required === undefined ? {} : { required }) };
}

function answerSchema(operation: LiveOperation, field: string | undefined): Json {
  const { $schema: _, ...schema } = z.toJSONSchema(operation.data, { io: "output", unrepresentable: "any" });
  if (field === undefined) return schema;
  return (schema.properties?.[field] ?? {}) as Json;
}

function parameter(name: string, place: string, required: boolean, schema: Json): Json {
  const { description, ...rest } = schema;
  return { name, in: place, required, ...(typeof description === "string" ? { description } : {}), schema: rest };
}

/** Without what only our own command line reads. */
function plain(schema: object): Json {
  return Object.fromEntries(
    Object.entries(schema).filter(([key]) => !["placeholder", "flag", "cli", "http"].includes(key)),
  );
}

function json(schema: Json): Json {
  return { "application/json": { schema } };
}
