// Removes recordings that are no longer wanted.
import { z } from "zod";
import { parseDurationNs, parseSizeBytes, sayBytes } from "../project/units.ts";
import { counted } from "../views/numbers.ts";
import { paint } from "../views/paint.ts";
import { table } from "../views/table.ts";
import { Problem } from "../problem.ts";
import type { Operation } from "./operation.ts";

const input = z.strictObject({
  keep: z.number().int().min(0).optional().describe("Keep this many of the latest runs"),
  olderThan: z.string().optional().describe("Remove runs that ended longer ago than this, such as 7d").meta({ placeholder: "time" }),
  maxSize: z.string().optional().describe("Remove the oldest runs until the rest takes no more than this, such as 5GiB").meta({ placeholder: "size" }),
  dryRun: z.boolean().optional().describe("Only say what would be removed"),
});

const data = z.object({
  dry_run: z.boolean(),
  removed: z.array(z.object({ run: z.string(), why: z.string(), bytes: z.number() })),
  kept: z.number(),
  freed_bytes: z.number(),
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
    const { pruneRuns } = await import("../store/prune.ts");
    const { removed, kept } = pruneRuns(project, {
      keep: keep ?? null,
      olderThanMs: olderThan === undefined ? null : parseDurationNs(olderThan, "d") / 1e6,
      maxBytes: maxSize === undefined ? null : parseSizeBytes(maxSize),
      dryRun,
    });
    const freed = removed.reduce((sum, each) => sum + each.bytes, 0);
    return {
      about: { project: project.name, runs: [], completeness: null, next: [] },
      data: { dry_run: dryRun, removed: removed.map((each) => ({ ...each })), kept, freed_bytes: freed },
    };
  },
  text({ about, data }, style) {
    const { handle, aside } = paint(style);
    const verb = data.dry_run ? "would remove" : "removed";
    const sum =
      data.removed.length === 0
        ? `nothing to remove; ${counted(data.kept, "run")} kept`
        : `${verb} ${counted(data.removed.length, "run")}, ${sayBytes(data.freed_bytes)}; ${counted(data.kept, "run")} kept`;
    const columns = [
      { title: "run", paint: handle },
      { title: "size", align: "right" as const },
      { title: "why", paint: aside },
    ];
    const rows = data.removed.map((each) => [each.run, sayBytes(each.bytes), each.why]);
    return [`${about.project}: ${sum}`, ...table(columns, rows, style)].join("\n");
  },
};
