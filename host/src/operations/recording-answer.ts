// What the two ways of recording (in the terminal, and captured for a model) have in common: their flags, and what is
// said about a recording that was just made.
import * as z from "zod";
import { cores, valuesLevels, type ConfigurationFile } from "../project/configuration-schema.ts";
import { Problem } from "../problem.ts";
import { addUp } from "../store/completeness.ts";
import type { Completeness } from "../store/store.ts";
import { readManifest, runInfo } from "../project/run-directory.ts";
import { whyNothing } from "../recording/nothing-recorded.ts";
import type { Recorded, RecordRequest } from "../recording/record.ts";
import { counted } from "../views/numbers.ts";
import { paint } from "../views/paint.ts";
import type { About, Answer, Context, Style } from "./operation.ts";

export const recordingFlags = {
  include: z
    .array(z.string().min(1))
    .optional()
    .describe("Also record these modules (requests.*) or paths (lib/**)")
    .meta({ placeholder: "pattern" }),
  exclude: z
    .array(z.string().min(1))
    .optional()
    .describe("Do not record these modules or paths")
    .meta({ placeholder: "pattern" }),
  values: z.enum(valuesLevels).optional().describe("How much of arguments and results to record"),
  noValues: z.boolean().optional().describe("Record no arguments and results (--values none)"),
  sample: z.number().min(0).max(1).optional().describe("Record this fraction of root calls, such as 0.1"),
  hot: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe("Full records of one function; later calls are counted and timed only (default 10000)"),
  hotValues: z
    .number()
    .int()
    .min(0)
    .optional()
    .describe(
      "Records of one function with the insides of objects and containers, of later ones one in sixty-four (default 1000; more than --hot: all)",
    ),
  size: z.string().optional().describe("Most that the run may write, such as 500MB (default 2GiB)"),
  core: z
    .enum(cores)
    .optional()
    .describe("What records: the native core where there is one (auto), that or nothing, or pure Python"),
  name: z.string().min(1).optional().describe("A name for the run, shown in spoor runs"),
};

interface RecordingFlags {
  readonly include?: string[] | undefined;
  readonly exclude?: string[] | undefined;
  readonly values?: (typeof valuesLevels)[number] | undefined;
  readonly noValues?: boolean | undefined;
  readonly sample?: number | undefined;
  readonly hot?: number | undefined;
  readonly hotValues?: number | undefined;
  readonly size?: string | undefined;
  readonly core?: (typeof cores)[number] | undefined;
}

/** The flags as the highest layer of the configuration. */
export function settingsFrom(flags: RecordingFlags): ConfigurationFile {
  return {
    include: flags.include,
    exclude: flags.exclude,
    values: flags.noValues ? "none" : flags.values,
    sample: flags.sample,
    hot: flags.hot,
    hotValues: flags.hotValues,
    size: flags.size,
    core: flags.core,
  };
}

export const recordingData = z.object({
  run: z.string().describe("The run's id"),
  exit_code: z.number().describe("The program's own; 128+n for signal n; 124 timed out"),
  signal: z.string().nullable(),
  timed_out: z.boolean(),
  duration_ms: z.number(),
  processes: z.number(),
  calls: z.number().describe("Calls recorded one by one, and those only counted"),
  exceptions: z.number().describe("Exceptions seen in recorded code, handled ones included"),
  exceptions_left: z.number().describe("Exceptions that left recorded code"),
  alive: z
    .array(z.object({ pid: z.number(), argv: z.array(z.string()) }))
    .describe("Recorded processes that go on after the command has ended"),
  warnings: z.array(z.string()),
});

export type RecordingData = z.infer<typeof recordingData>;
/** Of a program that may have run unrecorded. */
type RanData = Omit<RecordingData, "run"> & { readonly run: string | null };

/** Opens what was recorded, and says what there is to say about it. */
export async function aboutRecording(
  request: Pick<RecordRequest, "command" | "project" | "settings" | "cwd">,
  recorded: Recorded,
  context: Context,
): Promise<{ about: About; data: RecordingData }> {
  const seen = await lookInto(recorded, context);
  const empty = "completeness" in seen && seen.calls === 0 && seen.completeness.exceptions === 0;
  const why = empty ? whyNothing({ ...request, ...recorded, ...lostIn(seen.completeness) }) : [];
  const warnings = [
    ...recorded.troubles,
    ...("trouble" in seen && recorded.troubles.length === 0 ? [seen.trouble] : []),
    ...recorded.alive.map(
      ({ pid, argv }) => `process ${pid} (${argv.join(" ")}) of this run goes on; what it records is read with the run`,
    ),
    ...(empty ? ["nothing was recorded.", ...why.map((reason) => `  ${reason}`)] : []),
  ];
  const left = "left" in seen ? seen.left : 0;
  const completeness = "completeness" in seen ? seen.completeness : null;
  return {
    about: {
      project: request.project.name,
      runs: [runInfo(recorded.directory, readManifest(recorded.directory))],
      completeness: empty ? null : completeness,
      next: empty ? [] : ["spoor report", ...(left > 0 ? ["spoor exceptions"] : [])],
    },
    data: {
      run: recorded.run,
      exit_code: recorded.exitCode,
      signal: recorded.signal,
      timed_out: recorded.timedOut,
      duration_ms: Math.round(recorded.durationMs),
      processes: completeness?.processes ?? 0,
      calls: "calls" in seen ? seen.calls : 0,
      exceptions: completeness?.exceptions ?? 0,
      exceptions_left: left,
      alive: recorded.alive.map(({ pid, argv }) => ({ pid, argv: [...argv] })),
      warnings,
    },
  };
}

function lostIn({ processes, drops }: Completeness): { processes: number; lost: string[] } {
  return { processes, lost: drops.flatMap(({ why, note }) => (why === "not_injected" ? [note] : [])) };
}

type Seen =
  | { readonly completeness: Completeness; readonly calls: number; readonly left: number }
  | { readonly trouble: string };

/** Never rejects: the program has run, and what cannot be read of its recording does not change that. */
async function lookInto(recorded: Recorded, context: Context): Promise<Seen> {
  try {
    const sealed = completenessOf(recorded);
    if (sealed?.exceptions === 0) return { completeness: sealed, calls: allCalls(sealed), left: 0 };
    const store = await context.openStore(recorded.run);
    const completeness = sealed ?? (await store.completeness());
    const rows = await store.query<{ left: number }>(`SELECT count(*) AS "left" FROM exceptions WHERE fate = 'left'`);
    return { completeness, calls: allCalls(completeness), left: rows[0]?.left ?? 0 };
  } catch (error) {
    return { trouble: `the recording cannot be read: ${(error as Error).message}` };
  }
}

/** From the manifest, which saves opening the store after every small program; null where the run goes on. */
function completenessOf({ directory, alive }: Recorded): Completeness | null {
  const manifest = readManifest(directory);
  if (alive.length > 0 || !manifest.counts) return null;
  return addUp([{ manifest, live: false, counts: manifest.counts }]);
}

function allCalls({ calls, counted: { hot, sampled, size } }: Completeness): number {
  return calls + hot + sampled + size;
}

/** One line, such as `spoor: recorded 12,345 calls in 3 processes, 2 exceptions left → spoor report`. */
export function summaryLine(data: RanData, style: Style): string {
  const { bad, command } = paint(style);
  const left = data.exceptions_left;
  return [
    `spoor: recorded ${counted(data.calls, "call")} in ${counted(data.processes, "process", "processes")}`,
    ...(left === 0 ? [] : [`, ${bad(`${counted(left, "exception")} left`)}`]),
    ...(data.timed_out ? [`, ${bad("timed out")}`] : []),
    ` → ${command("spoor report")}`,
  ].join("");
}

function emptyRecording({ run, warnings }: RanData): Problem {
  return new Problem({
    code: "recording.empty",
    kind: "environment",
    says: "Nothing was recorded.",
    tryNext: "spoor doctor",
    context: { run, reasons: warnings },
  });
}

/** How the program or its recording failed, for `--json-errors`; null where neither did. */
export function targetFailure(answer: Answer<RanData>): Problem | null {
  const { exit_code, signal, timed_out, run, calls, exceptions } = answer.data;
  if (exit_code === 0 && run !== null && calls + exceptions === 0) return emptyRecording(answer.data);
  if (exit_code === 0) return null;
  const code = timed_out ? "program.timed_out" : signal === null ? "program.failed" : "program.killed";
  const says = timed_out
    ? "The program took longer than its time limit."
    : signal === null
      ? `The program ended with exit code ${exit_code}.`
      : `The program was ended by ${signal}.`;
  return new Problem({
    code,
    kind: "target",
    says,
    tryNext: run === null ? "spoor run <command>" : "spoor exceptions",
    context: { run, exit_code, signal },
  });
}
