// Removes recordings that are no longer wanted.
import * as z from "zod";
import { parseDurationNs, parseSizeBytes, sayBytes } from "../project/units.ts";
import { counted } from "../views/numbers.ts";
import { paint } from "../views/paint.ts";
import { table } from "../views/table.ts";
import { Problem } from "../problem.ts";
import type { Operation } from "./operation.ts";

const input = z.strictObject({
  keep: z.number().int().min(0).optional().describe("Keep this many of the latest runs"),
  olderThan: z
    .string()
    .optional()
    .describe("Remove runs that started longer ago than this, such as 7d")
    .meta({ placeholder: "time" }),
  maxSize: z
    .string()
    .optional()
    .describe("Remove the oldest runs until the rest takes no more than this, such as 5GiB")
    .meta({ placeholder: "size" }),
  dryRun: z.boolean().optional().describe("Only say what would be removed"),
});

const data = z.object({
  dry_run: z.boolean(),
  removed: z.array(z.object({ run: z.string(), bytes: z.number(), started_at: z.string() })),
  removed_bytes: z.number(),
  kept_runs: z.number(),
  kept_bytes: z.number(),
});

export const prune: Operation<z.infer<typeof input>, z.infer<typeof data>> = {
  name: "runs.prune",
  command: "prune",
  summary: "Remove old recordings",
  description: `Removes the runs that any of the given limits rules out. A run that is still going on is never removed.

  spoor prune --keep 20
  spoor prune --older-than 7d --max-size 5GiB --dry-run`,
  effect: "touches",
  input,
  data,
  positional: [],
  async run({ keep, olderThan, maxSize, dryRun = false }, { project }) {
    if (keep === undefined && olderThan === undefined && maxSize === undefined) {
      throw new Problem({
        code: "usage.invalid",
        kind: "usage",
        says: "Which runs? Give at least one of --keep, --older-than and --max-size.",
        tryNext: "spoor prune --keep 20 --dry-run",
      });
    }
    const { prune } = await import("../store/prune.ts");
    const ageMs = olderThan === undefined ? null : parseDurationNs(olderThan, "d") / 1e6;
    const { removed, removedBytes, keptRuns, keptBytes } = await prune(project, {
      keep,
      olderThan: ageMs === null ? undefined : new Date(Date.now() - ageMs),
      maxBytes: maxSize === undefined ? undefined : parseSizeBytes(maxSize),
      dryRun,
    });
    return {
      about: { project: project.name, runs: [], completeness: null, next: [] },
      data: {
        dry_run: dryRun,
        removed: removed.map(({ run, bytes, startedAt }) => ({ run, bytes, started_at: startedAt })),
        removed_bytes: removedBytes,
        kept_runs: keptRuns,
        kept_bytes: keptBytes,
      },
    };
  },
  text({ about, data }, style) {
    const { handle } = paint(style);
    const verb = data.dry_run ? "would remove" : "removed";
    const kept = `${counted(data.kept_runs, "run")} kept (${sayBytes(data.kept_bytes)})`;
    const sum =
      data.removed.length === 0
        ? `nothing to remove; ${kept}`
        : `${verb} ${counted(data.removed.length, "run")} (${sayBytes(data.removed_bytes)}); ${kept}`;
    const columns = [
      { title: "run", paint: handle },
      { title: "size", align: "right" as const },
    ];
    const rows = data.removed.map((each) => [each.run, sayBytes(each.bytes)]);
    return [`${about.project}: ${sum}`, ...table(columns, rows, style)].join("\n");
  },
};
