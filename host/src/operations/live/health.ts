// daemon.health: how the daemon is, and every process that is connected to it.
import * as z from "zod";
import { processShape } from "../../answers/live.ts";
import { healthText } from "../../views/health.ts";
import type { LiveOperation } from "../operation.ts";
import { about, processAnswer } from "./answer.ts";

const input = z.strictObject({});
const data = z.object({
  status: z.enum(["ok", "degraded"]),
  troubles: z.array(z.string()).describe("Why it is degraded"),
  version: z.string(),
  pid: z.number(),
  startedAt: z.string(),
  http: z.object({ host: z.string(), port: z.number() }).nullable(),
  probes: z.number(),
  events: z.object({ received: z.number(), stored: z.number(), dropped: z.number(), lost: z.number() }),
  sink: z
    .object({
      url: z.string(),
      delivered: z.number(),
      waiting: z.number(),
      lost: z.number(),
      failing: z.string().nullable(),
    })
    .nullable(),
  processes: z.array(processShape),
});
export type HealthAnswer = z.infer<typeof data>;

export const health: LiveOperation<z.infer<typeof input>, HealthAnswer> = {
  name: "daemon.health",
  command: "daemon health",
  summary: "How the daemon is, and what is connected to it",
  description: `Says whether the daemon stores and forwards events as it should, how many there were, and which processes it knows.

  spoor daemon health`,
  effect: "reads",
  input,
  data,
  positional: [],
  http: { method: "GET", path: "/health", status: 200 },
  async run(_, context) {
    const health = await context.live.health();
    return {
      about: about(context, health.processes.length === 0 ? [] : ["spoor ps"]),
      data: {
        ...health,
        troubles: [...health.troubles],
        processes: health.processes.map(processAnswer),
      },
    };
  },
  text: ({ data }, style) => healthText(data, style),
};
