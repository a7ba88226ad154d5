// How the daemon is, as text.
import type { HealthAnswer } from "../operations/live/health.ts";
import type { Style } from "../operations/operation.ts";
import { toTheSecond } from "./clock.ts";
import { counted, thousands } from "./numbers.ts";
import { paint } from "./paint.ts";
import { visible } from "./visible.ts";

export function healthText(health: HealthAnswer, style: Style, now = new Date()): string {
  const { aside, bad, missing } = paint(style);
  const { events, sink, http } = health;
  const gone = health.processes.filter((each) => !each.connected).length;
  const where =
    http === null ? "not over TCP" : `http://${http.host.includes(":") ? `[${http.host}]` : http.host}:${http.port}`;
  return [
    `${health.status === "ok" ? "ok" : bad("degraded")}${aside(` · spoor ${visible(health.version)}, process ${health.pid}, since ${toTheSecond(health.startedAt, now)}, ${where}`)}`,
    ...health.troubles.map((trouble) => bad(visible(trouble))),
    `${counted(health.processes.length - gone, "process", "processes")} connected, ${counted(health.probes, "probe")}`,
    ...(gone > 0 ? [missing(`${counted(gone, "process", "processes")} gone without farewell`)] : []),
    `${counted(events.received, "event")} received, ${thousands(events.stored)} stored${events.dropped > 0 ? bad(`, ${thousands(events.dropped)} dropped`) : ""}${events.lost > 0 ? bad(`, ${thousands(events.lost)} lost with processes that ended`) : ""}`,
    ...(sink === null
      ? []
      : [
          `sink ${visible(sink.url)}: ${thousands(sink.delivered)} delivered, ${thousands(sink.waiting)} waiting, ${thousands(sink.lost)} lost`,
          ...(sink.failing === null ? [] : [bad(visible(sink.failing))]),
        ]),
  ].join("\n");
}
