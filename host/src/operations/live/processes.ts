// processes.list, wake, sleep: which processes can be probed, and whether they are.
import * as z from "zod";
import { processShape, seenShape } from "../../answers/live.ts";
import type { ProcessState } from "@spoor/protocol/control";
import { processesText } from "../../views/processes.ts";
import type { LiveOperation } from "../operation.ts";
import { about, processAnswer, seen } from "./answer.ts";
import { text } from "./place.ts";

const listInput = z.strictObject({});
const listData = z.object({
  processes: z.array(processShape),
  daemonStartedAt: z.string().describe("Processes find a daemon within 5 seconds"),
  seen: seenShape,
});

export const listProcesses: LiveOperation<z.infer<typeof listInput>, z.infer<typeof listData>> = {
  name: "processes.list",
  command: "ps",
  summary: "The processes that can be probed",
  description: `Lists the processes of yours that wait for probes: those that call spoor.init(), and those that were started by spoor
run --live. Children stand under the process that forked them. Python can be probed, Node.js cannot so far.

  spoor ps`,
  effect: "reads",
  input: listInput,
  data: listData,
  positional: [],
  http: { method: "GET", path: "/processes", status: 200 },
  async run(_, context) {
    const { processes, startedAt } = await context.live.health();
    const next = processes.length === 0 ? "spoor run --live COMMAND" : "spoor probe add FILE:LINE";
    return {
      about: about(context, [next]),
      data: { processes: processes.map(processAnswer), daemonStartedAt: startedAt, seen: await seen(context.live) },
    };
  },
  text: ({ data }, style) => processesText(data, style),
};

const oneInput = z.strictObject({
  process: text(256)
    .min(1)
    .describe("The process: its id, its pid, or the name of the application if it is the only one"),
});
const oneData = z.object({ process: processShape, seen: seenShape });

function setting(state: ProcessState): LiveOperation<z.infer<typeof oneInput>, z.infer<typeof oneData>> {
  const verb = state === "awake" ? "wake" : "sleep";
  return {
    name: `processes.${verb}`,
    command: verb,
    summary:
      state === "awake" ? "Wake a process: its probes are armed" : "Put a process to sleep: nothing of it is hooked",
    description:
      state === "awake"
        ? `Wakes a process that was put to sleep; probes that concern it are armed. Others wake by themselves.

  spoor wake api`
        : `Puts a process to sleep until it is woken: all probes are taken out of it, and it runs at bare speed. Probes keep.

  spoor sleep api`,
    effect: "touches",
    input: oneInput,
    data: oneData,
    positional: ["process"],
    http: { method: "POST", path: `/processes/{process}/${verb}`, status: 200, answers: "process" },
    async run({ process }, context) {
      const changed = await context.live.setState(process, state);
      return {
        about: about(context, [state === "awake" ? "spoor probe list" : `spoor wake ${changed.id}`]),
        data: { process: processAnswer(changed), seen: await seen(context.live) },
      };
    },
    text: ({ data }, style) =>
      processesText({ processes: [data.process], daemonStartedAt: null, seen: data.seen }, style),
  };
}

export const wake = setting("awake");
export const sleep = setting("asleep");
