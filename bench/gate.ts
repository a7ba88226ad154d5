// What a recorded call may cost, in instructions: counted by callgrind, compared with the baseline in baseline/instructions.json.
// Instructions are the same on a busy machine and an idle one, so that a tenth more is a regression and not the weather.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { ValuesLevel } from "spoor/project/settings";
import type { Python } from "../scripts/python-interpreters.ts";
import { countInstructions } from "./callgrind.ts";
import { describePython } from "./machine.ts";
import { countUnits } from "./rounds.ts";

/** The part by which instructions may grow until that is a regression. */
export const tolerance = 0.1;

interface Gated {
  readonly says: string;
  readonly workload: string;
  readonly values: ValuesLevel;
  readonly runs: number;
  /** What was called often: at sixty-three of sixty-four calls nothing is opened; or calls are only counted and timed. Else every value is in full. */
  readonly often?: "closed" | "counted";
}

/** Ten thousand calls and more of each, so that what is rare (a new segment, a collection of garbage) weighs little. */
const gated: readonly Gated[] = [
  { says: "two ints, without values", workload: "tiny", values: "none", runs: 20 },
  { says: "one yield and resume, without values", workload: "generator", values: "none", runs: 20 },
  { says: "two ints", workload: "tiny", values: "default", runs: 20 },
  { says: "text", workload: "takes_text", values: "default", runs: 34 },
  { says: "dict", workload: "takes_dict", values: "default", runs: 20 },
  { says: "list of 20", workload: "takes_list", values: "default", runs: 20 },
  { says: "object", workload: "takes_object", values: "default", runs: 20 },
  { says: "mixed", workload: "takes_all", values: "default", runs: 34 },
  { says: "fib(20)", workload: "fib", values: "default", runs: 1 },
  { says: "one yield and resume", workload: "generator", values: "default", runs: 20 },
  { says: "dicts of many names", workload: "many_names", values: "default", runs: 34 },
  { says: "Richards", workload: "richards", values: "default", runs: 3 },
  { says: "two ints, counted only", workload: "tiny", values: "default", runs: 20, often: "counted" },
  { says: "object, mostly closed", workload: "takes_object", values: "default", runs: 20, often: "closed" },
  { says: "Richards, mostly closed", workload: "richards", values: "default", runs: 3, often: "closed" },
];

const changes = { closed: { hotValues: 0 }, counted: { hot: 1 } };

export type Instructions = Readonly<Record<string, number>>;

export interface Baseline {
  /** What the figures depend on besides our own sources. */
  readonly built: string;
  readonly instructions: Instructions;
}

/** Instructions that recording by the native core adds to one call and its return (or one yield and its resume). */
export async function countGated(python: Python, scratch: string): Promise<Instructions> {
  const of = async (values: ValuesLevel | null, often?: Gated["often"]) => {
    const chosen = gated.filter((each) => values === null || (each.values === values && each.often === often));
    const once = chosen.filter(({ workload }, at) => chosen.findIndex((each) => each.workload === workload) === at);
    return countInstructions({
      python: python.executable,
      scratch,
      workloads: once.map(({ workload, runs }) => ({ name: workload, warm: Math.ceil(runs / 4), runs })),
      ...(values === null
        ? {}
        : { spoor: { values, core: "native", ...(often === undefined ? {} : { change: changes[often] }) } }),
    });
  };
  const [values, [bare, none], [counted, closed]] = await Promise.all([
    of("default"),
    Promise.all([of(null), of("none")]),
    Promise.all([of("default", "counted"), of("default", "closed")]),
  ]);
  const countsOf = ({ often, values: level }: Gated) => {
    if (often !== undefined) return often === "closed" ? closed : counted;
    return level === "none" ? none : values;
  };
  const found: Record<string, number> = {};
  for (const each of gated) {
    const units = await countUnits({ python: python.executable, scratch, workload: each.workload });
    const recorded = countsOf(each).get(each.workload) ?? Number.NaN;
    found[each.says] = Math.round((recorded - (bare.get(each.workload) ?? Number.NaN)) / units);
  }
  return found;
}

/** Sentences about what got dearer by more than the tolerance, or has no figure to be compared with. */
export function regressions(before: Instructions, now: Instructions): string[] {
  return Object.entries(now).flatMap(([says, count]) => {
    const known = before[says];
    if (known === undefined) return [`${says}: no baseline`];
    if (count <= known * (1 + tolerance)) return [];
    return [`${says}: ${count} instructions, ${Math.round((count / known - 1) * 100)} % more than ${known}`];
  });
}

/** Two machines whose descriptions are the same count the same. */
export function describeBuild(python: Python): string {
  const first = (file: string) => execFileSync(file, ["--version"], { encoding: "utf8" }).split("\n", 1)[0] ?? "";
  const core = `core by ${first(process.env["CC"] ?? "cc")}`;
  return [describePython(python), core, `${process.platform} ${process.arch}`, first("valgrind")].join("; ");
}

const file = join(import.meta.dirname, "baseline", "instructions.json");

export function readBaseline(python: Python): Baseline | undefined {
  return readAll()[python.version];
}

export function acceptBaseline(python: Python, baseline: Baseline): void {
  const all = Object.entries({ ...readAll(), [python.version]: baseline }).sort(([a], [b]) => (a < b ? -1 : 1));
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(Object.fromEntries(all), null, 2)}\n`);
}

function readAll(): Record<string, Baseline> {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Record<string, Baseline>) : {};
}
