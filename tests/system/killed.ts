// What is to be known of a program whose threads call `step(n)` with 0, 1, 2… and keep count outside the recording,
// in files that outlive them (programs/crash): how far each came, and how far its recording goes.
import { readFileSync } from "node:fs";
import type { Sandbox } from "./sandbox.ts";

export interface Steps {
  readonly key: string;
  readonly thread: string;
  readonly returned: number;
  readonly last: number;
  /** Results that are not those of their arguments. */
  readonly wrong: number;
  readonly open: number;
}

/** What was recorded, by `process key-thread`.. */
export async function stepsOf(here: Sandbox): Promise<Map<string, Steps>> {
  const steps = await here.rows<Steps>(`
    select p.key, t.name as thread, count(*) filter (outcome = 'returned') as returned,
      coalesce(max((args->>'n')::int) filter (outcome = 'returned'), -1) as last,
      count(*) filter (outcome = 'returned' and result::bigint <> 2 * (args->>'n')::bigint) as wrong,
      count(*) filter (outcome = 'running') as open
    from calls c join processes p using (process) join threads t on t.process = c.process and t.thread = c.thread
    where c.function = 'step' group by all`);
  return new Map(steps.map((each) => [`${each.key}-${each.thread}`, each]));
}

/** How many calls a thread had counted when it ended: eight bytes, or none if it did not come so far. */
export function completed(file: string): number {
  const bytes = readFileSync(file);
  return bytes.length < 8 ? 0 : Number(bytes.readBigUInt64LE());
}
