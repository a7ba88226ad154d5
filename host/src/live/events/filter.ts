// Which events a filter means, of one event at a time.
import type { LiveEvent } from "@spoor/protocol/control";
import type { EventFilter } from "../live.ts";

export function fits(filter: EventFilter, event: LiveEvent): boolean {
  const { client, payload } = event;
  if (filter.name !== undefined && event.name !== filter.name) return false;
  if (filter.probe !== undefined && payload["probeId"] !== filter.probe) return false;
  if (filter.since !== undefined && Date.parse(event.timestamp) < filter.since) return false;
  if (filter.tag !== undefined) {
    const tags = payload["tags"];
    if (!Array.isArray(tags) || !tags.includes(filter.tag)) return false;
  }
  return filter.process === undefined || isProcess(client, filter.process);
}

/** Id, pid or application name. */
export function isProcess(
  client: { readonly applicationInstanceId: string; readonly applicationName: string },
  wanted: string,
): boolean {
  const { applicationInstanceId, applicationName } = client;
  if (applicationInstanceId === wanted || applicationName === wanted) return true;
  return /^\d+$/.test(wanted) && applicationInstanceId.startsWith(`${wanted}-`);
}
