// The operations about live processes, in the order in which help shows them.
import type { LiveOperation } from "../operation.ts";
import { addLogpoint, addMetric, addTracepoint } from "./add.ts";
import { listEvents } from "./events.ts";
import { health } from "./health.ts";
import {
  changePoint,
  disablePoint,
  disableTags,
  enablePoint,
  enableTags,
  listPoints,
  removePoint,
  showPoint,
} from "./points.ts";
import { listProcesses, sleep, wake } from "./processes.ts";

export const liveOperations: readonly LiveOperation[] = [
  listProcesses,
  addTracepoint,
  addLogpoint,
  addMetric,
  listPoints,
  showPoint,
  changePoint,
  removePoint,
  enablePoint,
  disablePoint,
  enableTags,
  disableTags,
  listEvents,
  wake,
  sleep,
  health,
];
