// What an answer about live processes saw, in one line: connected processes, probes that wait, hits that were not shown.
import type { Seen } from "../answers/live.ts";
import type { Style } from "../operations/operation.ts";
import { wrap } from "./fit.ts";
import { counted, thousands } from "./numbers.ts";
import { paint } from "./paint.ts";

export function seenLines(seen: Seen, style: Style): string[] {
  const { counts } = seen;
  const processes = [
    seen.connected === 0 ? "no process is connected" : counted(seen.connected, "process", "processes"),
    ...(seen.held > 0 ? [`${thousands(seen.held)} put to sleep`] : []),
    ...(seen.away > 0 ? [`${thousands(seen.away)} gone without farewell`] : []),
  ];
  const probes = [
    counted(seen.probes, "probe"),
    ...(seen.disabled > 0 ? [`${thousands(seen.disabled)} disabled`] : []),
    ...(seen.waiting > 0 ? [`${thousands(seen.waiting)} waiting for code to be loaded`] : []),
    ...(seen.failed > 0 ? [`${thousands(seen.failed)} failed`] : []),
    ...(seen.ended > 0 ? [`${thousands(seen.ended)} ended`] : []),
  ];
  const hits = [
    counted(counts.hits, "hit"),
    ...(counts.unmet > 0 ? [`${thousands(counts.unmet)} did not meet the condition${errorsText(counts.errors)}`] : []),
    ...(counts.limited > 0 ? [`${thousands(counts.limited)} beyond a limit`] : []),
    ...(counts.dropped > 0 ? [`${thousands(counts.dropped)} dropped`] : []),
  ];
  const text = `saw: ${[processes, probes, hits].map((part) => part.join(", ")).join("; ")}`;
  return wrap(text, style.columns, "     ").map(paint(style).aside);
}

function errorsText(errors: number): string {
  return errors > 0 ? ` (${thousands(errors)} for an error in it)` : "";
}
