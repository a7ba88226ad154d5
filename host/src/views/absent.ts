// What is said about a name that matches nothing: the verdict, the pattern that would record it, similar names.

import type { Absent } from "../answers/absent.ts";
import type { Style } from "../operations/operation.ts";
import { wrap } from "./fit.ts";
import { paint } from "./paint.ts";

const verdicts: Readonly<Record<Absent["verdict"], string>> = {
  not_called: "not called",
  not_recorded: "not recorded",
  unknown: "unknown",
};

export function absentLines(absent: Absent, style: Style): string[] {
  const { missing, name, command } = paint(style);
  const [first = "", ...others] = wrap(`${verdicts[absent.verdict]}: ${absent.says}`, style.columns, "  ");
  const colon = first.indexOf(":");
  return [
    missing(first.slice(0, colon + 1)) + first.slice(colon + 1),
    ...others,
    ...(absent.include === null ? [] : [`  to record it: ${command(`--include '${absent.include}'`)}`]),
    ...(absent.did_you_mean.length === 0
      ? []
      : ["  did you mean:", ...absent.did_you_mean.map((each) => `    ${name(each)}`)]),
  ];
}
