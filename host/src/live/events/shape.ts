// From a batch as it is kept to events as they are shown.
import type { Client, LiveEvent, SentEvent } from "@spoor/protocol/control";

export interface StoredBatch {
  readonly at: number;
  readonly client: Client;
  readonly first: number;
  readonly events: readonly (SentEvent | null)[];
}

export function* eventsOf(batch: StoredBatch): Generator<{ readonly position: number; readonly event: LiveEvent }> {
  for (const [index, sent] of batch.events.entries()) {
    if (sent !== null) yield { position: batch.at + index, event: shape(batch, index, sent) };
  }
}

export function shape({ client, first }: StoredBatch, index: number, { name, time, payload }: SentEvent): LiveEvent {
  return {
    id: `${client.applicationInstanceId}:${first + index}`,
    name,
    timestamp: new Date(time).toISOString(),
    client,
    payload,
  };
}
