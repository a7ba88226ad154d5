// Where a place is, asked of the connected processes before a probe is kept: a place that one of them knows and none finds is
// refused, with the lines or files that the user may have meant.
import type { Place, Resolution } from "@spoor/protocol/control";
import { Problem } from "../problem.ts";
import type { WantedPlace } from "./live.ts";
import type { Process } from "./processes.ts";

/** Problem `probe.no_code`, `probe.ambiguous`. Who does not answer in time does not know the place. */
export async function checkPlace(
  wanted: WantedPlace,
  place: Place,
  asked: readonly Process[],
  timeoutMs: number,
): Promise<void> {
  const agents = asked.flatMap(({ agent }) => agent ?? []);
  const answers = await Promise.all(agents.map((agent) => agent.resolve(place, timeoutMs)));
  const known = answers.filter((answer) => answer !== null);
  if (known.some(({ found }) => found)) return;
  let files: readonly string[] = [];
  for (const answer of known) {
    if (answer.found) continue;
    switch (answer.why) {
      case "no_code":
        throw noCode(wanted, answer.file, nearest(known));
      case "ambiguous":
        files = [...new Set([...files, ...answer.files])];
        break;
      case "unknown":
        break;
    }
  }
  if (files.length > 0) throw ambiguous(wanted, files);
}

function nearest(answers: readonly Resolution[]): number[] {
  const lines = answers.flatMap((answer) => (!answer.found && answer.why === "no_code" ? answer.nearest : []));
  return [...new Set(lines)].sort((a, b) => a - b);
}

function noCode(wanted: WantedPlace, file: string, lines: readonly number[]): Problem {
  const line = "line" in wanted ? wanted.line : 0;
  return new Problem({
    code: "probe.no_code",
    kind: "usage",
    says: `Line ${line} of ${file} has no code.`,
    tryNext: lines.length === 0 ? "name a line that has code" : `nearest lines that have: ${lines.join(", ")}`,
    context: { file, line, nearest: lines },
  });
}

function ambiguous(wanted: WantedPlace, files: readonly string[]): Problem {
  const name = "file" in wanted ? wanted.file : wanted.function;
  return new Problem({
    code: "probe.ambiguous",
    kind: "usage",
    says: `${files.length} loaded files are "${name}".`,
    tryNext: `give more of the path: ${files.slice(0, 5).join(", ")}`,
    context: { files },
  });
}
