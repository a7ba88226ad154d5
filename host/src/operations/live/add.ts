// tracepoints.add, logpoints.add, metrics.add: a probe of each kind is placed in live processes.
import { basename, extname } from "node:path";
import * as z from "zod";
import { probeShape, seenShape } from "../../answers/live.ts";
import type { MetricKind } from "@spoor/protocol/control";
import type { ProbeWhat, WantedPlace } from "../../live/live.ts";
import { probeText } from "../../views/probes.ts";
import type { Answer, LiveContext, LiveOperation } from "../operation.ts";
import { shellWord } from "../shell-word.ts";
import { about, probeAnswer, seen, standing } from "./answer.ts";
import {
  invalid,
  placeFields,
  settingFields,
  wantedPlace,
  wantedSettings,
  type PlaceInput,
  type SettingInput,
} from "./place.ts";
import { bucketsOf, labelsOf, logpointFields, metricFields, stackOf, tracepointFields } from "./what.ts";

const tracepointInput = z.strictObject({ ...placeFields, ...settingFields, ...tracepointFields });
const logpointInput = z.strictObject({
  ...placeFields,
  message: logpointFields.message.unwrap().describe("What to say, with values in braces: 'user {user.id}: {total}'"),
  ...settingFields,
});
const metricInput = z.strictObject({ ...placeFields, ...metricFields, ...settingFields });

const data = z.object({ probe: probeShape, seen: seenShape });
type Data = z.infer<typeof data>;

/** A person reads hundreds of lines, and one hit after the other; numbers are gathered. */
const snapshotsPerSecond = 10;
const linesPerSecond = 5000;

/** Prometheus' own default, for times in seconds. */
const defaultBuckets = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

export const addTracepoint: LiveOperation<z.infer<typeof tracepointInput>, Data> = {
  name: "tracepoints.add",
  command: "probe add",
  summary: "Place a tracepoint: a snapshot of the variables whenever a line runs",
  description: `Places a tracepoint at a line of live processes, or on a function. Each time the line is about to run and the
condition holds, the process sends a snapshot: arguments, locals, and what was asked for besides. It is not stopped,
and nothing of its own code is called.

  spoor probe add handlers.py:42 --if 'user.id > 100'
  spoor probe add --function Cart.total --wait-for-end --tag checkout
  spoor probe add handlers.py:42 --show 'len(items)' --stack 5 --expires-in 10m`,
  effect: "touches",
  input: tracepointInput,
  data,
  positional: ["file"],
  http: { method: "POST", path: "/tracepoints", status: 201, answers: "probe" },
  run(given, context) {
    return add(given, context, snapshotsPerSecond, () => ({
      type: "tracepoint",
      expressions: given.expressions ?? [],
      globals: given.globals ?? [],
      stack: stackOf(given.stack) ?? { frames: 1, locals: 0 },
      waitForEnd: given.waitForEnd ?? false,
      values: given.values ?? "default",
    }));
  },
  text: ({ data }, style) => probeText(data, style),
};

export const addLogpoint: LiveOperation<z.infer<typeof logpointInput>, Data> = {
  name: "logpoints.add",
  command: "probe log",
  summary: "Place a logpoint: a line of text whenever a line runs",
  description: `Places a logpoint at a line of live processes, or on a function: a text with values in braces, said each time
the line is about to run and the condition holds. {{ and }} are braces themselves.

  spoor probe log handlers.py:42 'user {user.id} pays {total}'
  spoor probe log handlers.py:42 'slow: {elapsed}' --if 'elapsed > 0.5' --tag slow`,
  effect: "touches",
  input: logpointInput,
  data,
  positional: ["file", "message"],
  http: { method: "POST", path: "/logpoints", status: 201, answers: "probe" },
  run(given, context) {
    return add(given, context, linesPerSecond, () => ({ type: "logpoint", message: given.message }));
  },
  text: ({ data }, style) => probeText(data, style),
};

export const addMetric: LiveOperation<z.infer<typeof metricInput>, Data> = {
  name: "metrics.add",
  command: "probe metric",
  summary: "Place a metric: a counter, gauge, histogram or timer at a line",
  description: `Places a metric at a line of live processes, or on a function. A counter counts how often the line runs, or
adds up an expression; a gauge keeps its last value; a histogram its distribution; a timer measures seconds from the
line to the end of its function. Processes gather, and send sums once a second. GET /metrics/prometheus has them all.

  spoor probe metric handlers.py:42
  spoor probe metric handlers.py:42 --kind histogram --expression 'len(items)' --label route=request.path
  spoor probe metric --function Cart.total --kind timer --name cart_total_seconds`,
  effect: "touches",
  input: metricInput,
  data,
  positional: ["file"],
  http: { method: "POST", path: "/metrics", status: 201, answers: "probe" },
  run(given, context) {
    return add(given, context, linesPerSecond, (place) => {
      const kind = given.kind ?? "counter";
      const expression = given.expression ?? null;
      if (expression === null && (kind === "gauge" || kind === "histogram")) {
        throw invalid("expression", `a ${kind} is of a value: say which`);
      }
      if (expression !== null && kind === "timer") throw invalid("expression", "a timer measures time, and no value");
      const isSpread = kind === "histogram" || kind === "timer";
      return {
        type: "metric",
        name: given.name ?? nameFor(place, kind),
        kind,
        expression,
        labels: labelsOf(given.labels) ?? {},
        buckets: isSpread ? bucketsOf(given.buckets ?? defaultBuckets) : [],
      };
    });
  },
  text: ({ data }, style) => probeText(data, style),
};

async function add(
  given: PlaceInput & SettingInput,
  context: LiveContext,
  perSecond: number,
  what: (place: WantedPlace) => ProbeWhat,
): Promise<Answer<Data>> {
  const place = wantedPlace(given);
  const wanted = { place, settings: wantedSettings(given, perSecond), what: what(place) };
  const probe = await context.live.add(wanted);
  const next =
    standing(probe) === "placed"
      ? [`spoor hits ${shellWord(probe.id)} --follow`]
      : ["spoor ps", `spoor probe show ${shellWord(probe.id)}`];
  return {
    about: about(context, next),
    data: { probe: probeAnswer(probe), seen: await seen(context.live) },
  };
}

/** `handlers_42_total`, `cart_checkout`: as Prometheus has names, where counters end so. */
function nameFor(place: WantedPlace, kind: MetricKind): string {
  const text = "file" in place ? `${basename(place.file, extname(place.file))}_${place.line}` : place.function;
  const plain = text.replaceAll(/[^a-zA-Z0-9_]+/g, "_").toLowerCase();
  const name = kind === "counter" && !plain.endsWith("_total") ? `${plain}_total` : plain;
  return /^[a-z_]/.test(name) ? name : `_${name}`;
}
