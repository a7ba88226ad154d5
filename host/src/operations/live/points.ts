// points.list, show, change, remove, enable, disable, and tags.enable, disable: the probes that there are.
import * as z from "zod";
import { probeShape, seenShape } from "../../answers/live.ts";
import { probeListText, probeText } from "../../views/probes.ts";
import type { LiveOperation } from "../operation.ts";
import { about, probeAnswer, seen, standing } from "./answer.ts";
import { changedSettings, invalid, processField, settingFields, tag } from "./place.ts";
import { changedWhat, logpointFields, metricFields, tracepointFields } from "./what.ts";

const id = z
  .string()
  .regex(/^[tlm][1-9]\d{0,14}$/, "a probe is called t1, l2 or m3")
  .describe("The probe, such as t1");

const listInput = z.strictObject({
  type: z.enum(["tracepoint", "logpoint", "metric"]).optional().describe("Only tracepoints, logpoints or metrics"),
  tag: tag.optional().describe("Only those with this tag"),
  process: processField,
  enabled: z.boolean().optional().describe("Only those that are enabled"),
  disabled: z.boolean().optional().describe("Only those that are disabled"),
});
const listData = z.object({ points: z.array(probeShape), seen: seenShape });

export const listPoints: LiveOperation<z.infer<typeof listInput>, z.infer<typeof listData>> = {
  name: "points.list",
  command: "probe list",
  summary: "The probes that there are, and how each stands",
  description: `Lists tracepoints, logpoints and metrics: where each really is, what it waits for, and how often it was hit.

  spoor probe list
  spoor probe list --type logpoint --tag checkout`,
  effect: "reads",
  input: listInput,
  data: listData,
  positional: [],
  http: { method: "GET", path: "/points", status: 200 },
  async run({ type, tag, process, enabled, disabled }, context) {
    if (enabled === true && disabled === true) throw invalid("disabled", "no probe is both enabled and disabled");
    const only = enabled ?? (disabled === undefined ? undefined : !disabled);
    const probes = await context.live.probes({
      ...(type === undefined ? {} : { type }),
      ...(tag === undefined ? {} : { tag }),
      ...(process === undefined ? {} : { process }),
      ...(only === undefined ? {} : { enabled: only }),
    });
    const [failed] = probes.filter((each) => standing(each) === "failed");
    const next =
      failed !== undefined
        ? `spoor probe show ${failed.id}`
        : probes.length === 0
          ? "spoor probe add FILE:LINE"
          : "spoor hits";
    return {
      about: about(context, [next]),
      data: { points: probes.map(probeAnswer), seen: await seen(context.live) },
    };
  },
  text: ({ data }, style) => probeListText(data, style),
};

const one = z.strictObject({ id });
const oneData = z.object({ probe: probeShape, seen: seenShape });
type OneData = z.infer<typeof oneData>;

export const showPoint: LiveOperation<z.infer<typeof one>, OneData> = {
  name: "points.show",
  command: "probe show",
  summary: "One probe: its settings, where it is in each process, what it counted",
  description: `Shows one probe whole: where it is placed in each process, or why it is not, and how many hits were sent, did not
meet the condition, were beyond a limit, or were dropped.

  spoor probe show t1`,
  effect: "reads",
  input: one,
  data: oneData,
  positional: ["id"],
  http: { method: "GET", path: "/points/{id}", status: 200, answers: "probe" },
  async run({ id }, context) {
    const probe = await context.live.probe(id);
    const next =
      probe.counts.sent > 0
        ? `spoor hits ${id}`
        : standing(probe) === "placed"
          ? `spoor hits ${id} --follow`
          : "spoor ps";
    return { about: about(context, [next]), data: { probe: probeAnswer(probe), seen: await seen(context.live) } };
  },
  text: ({ data }, style) => probeText(data, style),
};

const changeInput = z.strictObject({ id, ...settingFields, ...tracepointFields, ...logpointFields, ...metricFields });

export const changePoint: LiveOperation<z.infer<typeof changeInput>, OneData> = {
  name: "points.change",
  command: "probe change",
  summary: "Change a probe: its condition, message, limits, tags",
  description: `Changes what is given and leaves the rest. A probe that was disarmed because it cost too much is armed again. An empty
condition is none. Where it is stays: remove it and place another.

  spoor probe change t1 --if 'user.id > 200' --rate-limit 1
  spoor probe change l2 --message 'user {user.id}' --expires-in never`,
  effect: "touches",
  input: changeInput,
  data: oneData,
  positional: ["id"],
  http: { method: "PUT", path: "/points/{id}", status: 200, answers: "probe" },
  async run({ id, ...given }, context) {
    const before = await context.live.probe(id);
    const what = changedWhat(before.what.type, given);
    const probe = await context.live.change(id, {
      settings: changedSettings(given),
      ...(what === null ? {} : { what }),
    });
    return {
      about: about(context, [`spoor hits ${id} --follow`]),
      data: { probe: probeAnswer(probe), seen: await seen(context.live) },
    };
  },
  text: ({ data }, style) => probeText(data, style),
};

export const removePoint: LiveOperation<z.infer<typeof one>, OneData> = {
  name: "points.remove",
  command: "probe remove",
  summary: "Remove a probe from all processes",
  description: `Removes a probe; nothing of it is left in any process. Its events stay.

  spoor probe remove t1`,
  effect: "touches",
  input: one,
  data: oneData,
  positional: ["id"],
  http: { method: "DELETE", path: "/points/{id}", status: 200, answers: "probe" },
  async run({ id }, context) {
    const probe = await context.live.remove(id);
    return {
      about: about(context, probe.counts.sent > 0 ? [`spoor hits ${id}`] : ["spoor probe list"]),
      data: { probe: probeAnswer(probe), seen: await seen(context.live) },
    };
  },
  text: ({ data }, style) => probeText(data, style, "removed"),
};

function switching(enabled: boolean): LiveOperation<z.infer<typeof one>, OneData> {
  const verb = enabled ? "enable" : "disable";
  return {
    name: `points.${verb}`,
    command: `probe ${verb}`,
    summary: enabled ? "Let a probe fire again" : "Keep a probe, and keep it from firing",
    description: enabled
      ? "Enables a probe, also one that was disarmed because it cost too much.\n\n  spoor probe enable t1"
      : "Disables a probe: it is taken out of all processes, and kept for later.\n\n  spoor probe disable t1",
    effect: "touches",
    input: one,
    data: oneData,
    positional: ["id"],
    http: { method: "POST", path: `/points/{id}/${verb}`, status: 200, answers: "probe" },
    async run({ id }, context) {
      const probe = await context.live.change(id, { settings: { enabled } });
      return {
        about: about(context, [enabled ? `spoor hits ${id} --follow` : `spoor probe enable ${id}`]),
        data: { probe: probeAnswer(probe), seen: await seen(context.live) },
      };
    },
    text: ({ data }, style) => probeText(data, style),
  };
}

const tagsInput = z.strictObject({ tags: z.array(tag).min(1).max(32).describe("Probes with any of these tags") });

function switchingTags(enabled: boolean): LiveOperation<z.infer<typeof tagsInput>, z.infer<typeof listData>> {
  const verb = enabled ? "enable" : "disable";
  return {
    name: `tags.${verb}`,
    command: `probe ${verb}-tags`,
    summary: enabled ? "Let all probes with a tag fire again" : "Keep all probes with a tag from firing",
    description: `${enabled ? "Enables" : "Disables"} every probe that has any of the tags.

  spoor probe ${verb}-tags checkout`,
    effect: "touches",
    input: tagsInput,
    data: listData,
    positional: ["...tags"],
    http: { method: "POST", path: `/tags/${verb}`, status: 200 },
    async run({ tags }, context) {
      const probes = await context.live.setTags(tags, enabled);
      return {
        about: about(context, [probes.length > 0 && enabled ? "spoor hits --follow" : "spoor probe list"]),
        data: { points: probes.map(probeAnswer), seen: await seen(context.live) },
      };
    },
    text: ({ data }, style) => probeListText(data, style),
  };
}

export const enablePoint = switching(true);
export const disablePoint = switching(false);
export const enableTags = switchingTags(true);
export const disableTags = switchingTags(false);
