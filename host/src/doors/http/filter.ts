// Which events a follower wants: the filters of `events.list`, without what only pages of answers have.
import * as z from "zod";
import type { EventFilter } from "../../live/live.ts";
import { checkInput } from "../../operations/ask.ts";
import { eventFilter, filterFields, listEvents } from "../../operations/live/events.ts";
import type { LiveOperation } from "../../operations/operation.ts";
import { inputOfQuery } from "./input.ts";

const input = z.strictObject(filterFields);

export const filterOperation: LiveOperation = { ...(listEvents as LiveOperation), input };

export function filterOf(query: URLSearchParams): EventFilter {
  return eventFilter(checkInput(input, inputOfQuery(filterOperation, query)) as z.infer<typeof input>);
}
