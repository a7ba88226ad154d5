// Exceptions as operations answer about them.

import * as z from "zod";
import { callReference } from "./call.ts";

export const fate = z.enum(["caught", "caught_outside", "left", "open"]);
export type Fate = z.infer<typeof fate>;

export const frameShape = z.object({
  depth: z.number().describe("0 where it was raised"),
  function: z.string(),
  file: z.string().nullable(),
  line: z.number().nullable(),
  call: z.string().nullable().describe("Handle of the call, if the frame is a recorded one"),
  locals: z.record(z.string(), z.unknown()).nullable(),
});
export type FrameShape = z.infer<typeof frameShape>;

export const exceptionShape = z.object({
  handle: z.string(),
  run: z.string(),
  type: z.string(),
  module: z.string().nullable(),
  message: z.string().nullable(),
  args: z.unknown(),
  file: z.string().nullable(),
  line: z.number().nullable(),
  function: z.string().nullable().describe("Where it was raised"),
  fate: fate.describe("caught; caught_outside by unrecorded code; left recorded code; open: unknown yet"),
  fatal: z.boolean().describe("It ended the program"),
  caught_in: z.string().nullable(),
  caught_file: z.string().nullable(),
  caught_line: z.number().nullable(),
  seen_in: callReference.nullable().describe("The call in which it was first seen"),
  left_call: callReference.nullable().describe("The outermost call that it left"),
  calls_left: z.number(),
  cause: z.string().nullable(),
  context: z.string().nullable(),
  frames: z.array(frameShape).describe("Innermost first, with locals; only for exceptions that left recorded code"),
});
export type ExceptionShape = z.infer<typeof exceptionShape>;
