// What an answer says about a name that matches no recorded function.

import * as z from "zod";

export const absentShape = z.object({
  name: z.string(),
  verdict: z
    .enum(["not_called", "not_recorded", "unknown"])
    .describe(
      "not_called is proven: its module was recorded from its first line and nothing was lost; not_recorded: it is outside what was recorded; unknown: neither can be said",
    ),
  says: z.string(),
  include: z.string().nullable().describe("The pattern that would record it"),
  calls_seen: z.number().describe("Calls of it seen from recorded code, though not recorded"),
  did_you_mean: z.array(z.string()),
});
export type Absent = z.infer<typeof absentShape>;
