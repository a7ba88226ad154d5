// The runs of a project: what was recorded, when, and how it ended.
import * as z from "zod";
import { listRuns, readManifest } from "../project/run-directory.ts";
import { isHostAlive } from "../store/liveness.ts";
import { counted, duration, thousands } from "../views/numbers.ts";
import { paint } from "../views/paint.ts";
import { table } from "../views/table.ts";
import { Problem } from "../problem.ts";
import type { Operation } from "./operation.ts";

const input = z.strictObject({
  limit: z.number().int().min(1).max(10_000).default(20).describe("At most this many, the latest first (default 20)"),
});

const row = z.object({
  run: z.string(),
  name: z.string().nullable().describe("Given with --name"),
  command: z.array(z.string()),
  cwd: z.string(),
  started_at: z.string(),
  duration_ms: z.number().nullable().describe("Null while it runs, and where its recorder died"),
  status: z
    .enum(["running", "finished", "recovered", "interrupted"])
    .describe("recovered: its recorder died, and it was read all the same; interrupted: that is still to be done"),
  exit_code: z.number().nullable(),
  signal: z.string().nullable(),
  timed_out: z.boolean(),
  processes: z.number().nullable().describe("Null until the run is sealed"),
  calls: z.number().nullable(),
  exceptions: z.number().nullable(),
  bytes: z.number().nullable().describe("Of its Parquet files"),
});

const data = z.object({ runs: z.array(row), total: z.number() });

export const runs: Operation<z.infer<typeof input>, z.infer<typeof data>> = {
  name: "runs.list",
  command: "runs",
  summary: "The recorded runs: when, what, how it ended, how much",
  description: `Lists the runs of the project, the latest first. Every question takes --run with a run's id, the unique start of
one, or -2 for the run before the last.

  spoor runs --limit 5`,
  effect: "reads",
  input,
  data,
  positional: [],
  async run({ limit }, context) {
    const all = listRuns(context.project);
    if (all.length === 0) {
      throw new Problem({
        code: "run.none",
        kind: "usage",
        says: `Project "${context.project.name}" (${context.project.root}) has no recorded runs.`,
        tryNext: "spoor run <command>",
        context: { project: context.project.name, root: context.project.root },
      });
    }
    const shown = all.slice(0, limit);
    return {
      about: { project: context.project.name, runs: shown, completeness: null, next: ["spoor report"] },
      data: {
        total: all.length,
        runs: shown.map((info) => {
          const { counts, host } = readManifest(info.directory);
          return {
            run: info.run,
            name: info.label,
            command: [...info.command],
            cwd: info.cwd,
            started_at: info.startedAt,
            duration_ms: info.endedAt === null ? null : Date.parse(info.endedAt) - Date.parse(info.startedAt),
            status: info.status === "running" && !isHostAlive(host) ? "interrupted" : info.status,
            exit_code: info.exitCode,
            signal: info.signal,
            timed_out: info.timedOut,
            processes: counts?.processes ?? null,
            calls: counts?.calls ?? null,
            exceptions: counts?.exceptions ?? null,
            bytes: counts?.bytes ?? null,
          };
        }),
      },
    };
  },
  text({ data }, style) {
    const { handle, name } = paint(style);
    const number = (value: number | null): string => (value === null ? "?" : thousands(value));
    const named = data.runs.some((each) => each.name !== null);
    const lines = table(
      [
        { title: "run", paint: handle },
        ...(named ? [{ title: "name", cut: "end" as const }] : []),
        { title: "when" },
        { title: "command", cut: "end", paint: name },
        { title: "ended", cut: "end" },
        { title: "took", align: "right" },
        { title: "calls", align: "right" },
        { title: "processes", align: "right" },
      ],
      data.runs.map((each) => [
        each.run,
        ...(named ? [each.name ?? ""] : []),
        localTime(each.started_at),
        each.command.join(" ").replaceAll(/\s+/g, " "),
        endedText(each),
        each.duration_ms === null ? "" : duration(each.duration_ms * 1e6),
        number(each.calls),
        number(each.processes),
      ]),
      style,
    );
    const more = data.total - data.runs.length;
    return [...lines, ...(more > 0 ? [`… and ${counted(more, "older run")} (--limit ${data.total})`] : [])].join("\n");
  },
};

function endedText(each: z.infer<typeof row>): string {
  if (each.status === "running") return "running";
  if (each.status === "interrupted") return "interrupted";
  if (each.timed_out) return "timed out";
  if (each.signal !== null) return each.signal;
  if (each.exit_code === null) return "recovered";
  return `exit ${each.exit_code}`;
}

/** `11-21 10:06`, and the year where it is another. */
function localTime(iso: string): string {
  const at = new Date(iso);
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = `${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const year = at.getFullYear() === new Date().getFullYear() ? "" : `${at.getFullYear()}-`;
  return `${year}${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
