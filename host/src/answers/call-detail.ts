// One call in full: what surrounds it, what it waited for, what was raised in it.

import * as z from "zod";
import { callReference, callShape } from "./call.ts";
import { exceptionShape } from "./exception.ts";

export const ancestorShape = callReference.extend({
  via: z
    .enum(["call", "later", "task", "thread", "process"])
    .describe("How the next inner call came from it; later: on the same task, but not called by it"),
  on: z.string().nullable().describe("The task, thread or process that it started"),
});
export type Ancestor = z.infer<typeof ancestorShape>;

export const suspensionShape = z.object({
  suspended_ns: z.number(),
  resumed_ns: z.number().nullable(),
  resumed_by: z.string().nullable().describe("Handle of the call that resumed it"),
  value: z.unknown().describe("What a generator yielded; null for await"),
});
export type Suspension = z.infer<typeof suspensionShape>;

export const callDetailShape = z.object({
  call: callShape,
  ancestors: z.array(ancestorShape).describe("Outermost first"),
  ancestors_cut: z.boolean().describe("There are more before the first of them"),
  suspensions: z.array(suspensionShape).describe("The first of them"),
  suspensions_left: z.number().describe("Recorded ones beyond those"),
  suspensions_counted: z
    .number()
    .describe("Those that were counted only, so that nobody knows when, and what was yielded"),
  exception: exceptionShape.nullable().describe("That it was left by"),
  exceptions_inside: z.array(exceptionShape).describe("First seen in this call, and it returned all the same"),
});
export type CallDetail = z.infer<typeof callDetailShape>;
