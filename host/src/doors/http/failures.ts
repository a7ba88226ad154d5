// Turns whatever was thrown into a status and a body of HTTP, in one place.
import { Problem } from "../../problem.ts";

export interface Failure {
  readonly status: 400 | 401 | 403 | 404 | 405 | 409 | 413 | 422 | 500 | 503;
  readonly body: {
    readonly error: string;
    readonly code: string;
    readonly kind: string;
    readonly details: Readonly<Record<string, unknown>>;
  };
}

const statuses: Readonly<Record<string, Failure["status"]>> = {
  "usage.invalid": 400,
  "duration.invalid": 400,
  "request.not_json": 400,
  "token.missing": 401,
  "token.wrong": 403,
  "request.host": 403,
  "request.origin": 403,
  "request.content_type": 403,
  "request.no_such_route": 404,
  "request.method": 405,
  "request.too_large": 413,
};

export function failureOf(error: unknown): Failure {
  if (error instanceof Problem) {
    const { code, kind, message, tryNext, context } = error;
    return {
      status: statusOf(error),
      body: { error: message, code, kind, details: { ...context, ...(tryNext === "" ? {} : { tryNext }) } },
    };
  }
  // What it was is in the daemon's log, and nobody else's business.
  return {
    status: 500,
    body: {
      error: "This is a bug in Spoor; the daemon's log has more.",
      code: "internal.error",
      kind: "internal",
      details: {},
    },
  };
}

function statusOf({ code, kind }: Problem): Failure["status"] {
  const known = statuses[code];
  if (known !== undefined) return known;
  if (code.endsWith(".not_found")) return 404;
  if (code.endsWith(".conflict") || code === "process.ambiguous" || code === "process.away") return 409;
  switch (kind) {
    case "usage":
    case "target":
      return 422;
    case "environment":
      return 503;
    case "internal":
      return 500;
  }
}
