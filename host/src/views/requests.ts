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
  const raised = shown.some((each) => each.raised !== null);
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
      ...(raised ? [{ title: "raised", paint: missing } as const] : []),
    ],
    shown.map((each) => [
      each.handle,
      `${each.status ?? "?"}${each.cut ? " cut" : ""}`,
      each.method,
      each.query === null ? each.path : `${each.path}?${each.query}`,
      each.duration_ns === null ? "?" : duration(each.duration_ns),
      thousands(each.calls),
      each.route ?? "",
      each.handler ?? each.framework ?? each.protocol,
      ...(raised ? [[each.raised, each.exception].filter((part) => part !== null).join(" ")] : []),
    ]),
    style,
  );
  const rest = [
    ...(left > 0 ? [`… ${counted(left, "more request")}: --limit, --budget`] : []),
    ...(data.open > 0 ? [`${counted(data.open, "request")} had no end: still being answered, or it was not seen`] : []),
  ];
  return [...lines, ...rest.map(missing)].join("\n");
}
