// What every answer says of itself: project, runs, completeness, and the commands worth running next.

import type { Store } from "../store/store.ts";
import type { About, Context } from "./operation.ts";

export async function about(context: Context, store: Store, next: readonly string[]): Promise<About> {
  return {
    project: context.project.name,
    runs: store.runs,
    completeness: await store.completeness(),
    // The same command twice, or a dozen of them, helps nobody.
    next: [...new Set(next)].slice(0, 4),
  };
}
