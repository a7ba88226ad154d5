// The shapes in which operations answer about functions and calls. Field names are the columns of spec/store.md;
// times are nanoseconds; values are JSON as spec/values.md says.

import * as z from "zod";

export const functionShape = z.object({
  module: z.string(),
  function: z.string().describe("Qualified name within the module"),
  file: z.string().nullable().describe("Relative to the project where it is inside it"),
  line: z.number().nullable().describe("First line, from 1"),
  kind: z.string(),
});
export type FunctionShape = z.infer<typeof functionShape>;

/** A call as others refer to it: as caller, ancestor, creator of a task. */
export const callReference = z.object({
  handle: z.string().describe("For `spoor call`: c42, p2c42"),
  module: z.string(),
  function: z.string(),
});
export type CallReference = z.infer<typeof callReference>;

/** Calls of one function, folded. */
export const folded = z.object({
  handle: z.string().describe("The first of them"),
  module: z.string(),
  function: z.string(),
  count: z.number(),
  total_ns: z.number(),
  raised: z.number(),
  later: z.boolean().describe("Caused, but not called: a task, a thread, a callback"),
});
export type Folded = z.infer<typeof folded>;

export const outcome = z.enum(["returned", "raised", "closed", "running"]);
export type Outcome = z.infer<typeof outcome>;

/** Why a call has no end, as far as it is known. */
export const unended = z.enum(["running", "waiting", "exited", "exited_waiting", "died"]);
export type Unended = z.infer<typeof unended>;

export const callException = z.object({
  handle: z.string(),
  type: z.string(),
  message: z.string().nullable(),
});

export const threadShape = z.object({
  thread: z.number(),
  name: z.string(),
  kind: z.enum(["thread", "task"]),
});

export const callShape = functionShape.extend({
  handle: z.string(),
  run: z.string(),
  process: z.number(),
  thread: threadShape,
  started_ns: z.number().describe("Since the run started"),
  duration_ns: z.number().nullable().describe("Null while it has not returned"),
  running_ns: z.number().nullable().describe("Duration less the time it was suspended"),
  own_ns: z.number().nullable().describe("Running time less that of recorded calls below it"),
  suspends: z.number(),
  outcome,
  unended: unended
    .nullable()
    .describe(
      "Of outcome running: the process still runs, or has ended in order, while the call ran or waited to be resumed; or has died. Null where nobody knows",
    ),
  args: z.record(z.string(), z.unknown()).nullable().describe("Null where not captured"),
  result: z.unknown().describe("Null where not captured or not returned: see outcome"),
  result_captured: z.boolean(),
  exception: callException.nullable(),
  called_by: callReference.nullable(),
  calls_made: z.array(folded),
});
export type CallShape = z.infer<typeof callShape>;
