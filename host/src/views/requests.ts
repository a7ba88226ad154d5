// Draws web requests, as a table.

import type { RequestsData } from "../operations/requests.ts";
import type { Style } from "../operations/operation.ts";
import { linesThatFit } from "./budget.ts";
import { counted, duration, thousands } from "./numbers.ts";
import { paint } from "./paint.ts";
import { table } from "./table.ts";

export function requestsText(data: RequestsData, style: Style): string {
  if (data.requests.length === 0) return "no web requests were seen";
  const { handle, name, aside, missing } = paint(style);
  const shown = data.requests.slice(0, linesThatFit(style, 1, 90));
  const left = data.left + data.requests.length - shown.length;
  const lines = table(
    [
      { title: "request", paint: handle },
      { title: "status", align: "right" },
      { title: "method" },
      { title: "path", cut: "end", paint: name },
      { title: "duration", align: "right" },
      { title: "calls", align: "right" },
      { title: "route", cut: "end" },
      { title: "handler", cut: "start", paint: aside },
    ],
    shown.map((each) => [
      each.handle,
      each.status === null ? "?" : String(each.status),
      each.method,
      each.query === null ? each.path : `${each.path}?${each.query}`,
      each.duration_ns === null ? "?" : duration(each.duration_ns),
      thousands(each.calls),
      each.route ?? "",
      each.handler ?? each.framework ?? each.protocol,
    ]),
    style,
  );
  return [...lines, ...(left > 0 ? [missing(`… ${counted(left, "more request")}: --limit, --budget`)] : [])].join("\n");
}
