// The rounds that everything is measured in: processes that live through all of them take turns, in every round each is asked
// once, in another order, and the bare program is asked first and last.
import type { LineProcess } from "./lines.ts";
import type { Measured } from "./results.ts";
import { compare, shuffled } from "./statistics.ts";

/** What one unit of work took (such as nanoseconds a call), over a slice of time and in the best batch of it. */
export interface Took {
  readonly ns: number;
  readonly best: number;
}

export interface Contender extends AsyncDisposable {
  readonly process: LineProcess;
  /** Why it cannot be measured. */
  readonly missing: string | null;
  measure(): Promise<Took>;
  /** Takes tens of microseconds a call: asked in every third round only. */
  readonly slow?: boolean;
  /** Has threads that go on after an answer: the process is stopped while others are asked. */
  readonly busy?: boolean;
}

/** The bare cost of one unit first, then the cost that each other adds. */
export async function takeTurns(
  bare: Contender,
  others: readonly Contender[],
  rounds: number,
): Promise<{ bareNs: number; costs: Measured[] }> {
  const bareTook: Took[] = [];
  const samples = others.map((): (Took & { readonly round: number })[] => []);
  const failures = others.map(({ missing }) => missing);
  for (let round = 0; round < rounds; round++) {
    const before = await bare.measure();
    for (const at of shuffled([...others.keys()], round)) {
      const other = others[at];
      if (!other || failures[at] != null || (other.slow && round % 3 !== 0)) continue;
      try {
        if (other.busy) other.process.signal("SIGCONT");
        samples[at]?.push({ round, ...(await other.measure()) });
        if (other.busy) other.process.signal("SIGSTOP");
      } catch (error) {
        failures[at] = (error as Error).message.split("\n").slice(0, 2).join(" ");
      }
    }
    const after = await bare.measure();
    bareTook.push({ ns: Math.min(before.ns, after.ns), best: Math.min(before.best, after.best) });
  }
  const bareNs = Math.min(...bareTook.map(({ best }) => best));
  const costs = others.map(({ process }, at): Measured => {
    // A recorder that fails leaves the program alone, which would then look free of cost.
    const missing = /^spoor: .*/m.exec(process.errors())?.[0] ?? failures[at];
    if (missing != null) return { missing };
    const own = samples[at] ?? [];
    const pairs = own.map(({ round }) => bareTook[round]?.ns ?? Number.NaN);
    const best = Math.min(...own.map((sample) => sample.best)) - bareNs;
    return { ...compare(pairs, own.map(({ ns }) => ns)), min: best, bare: bareNs }; // prettier-ignore
  });
  return { bareNs, costs };
}
