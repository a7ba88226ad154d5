// The arithmetic of the measurements. A figure comes from rounds; in each round the bare program and the traced one ran
// moments apart, so that a machine that is slow for a while is slow for both, and only differences of one round count.

export interface Difference {
  /** The best traced round minus the best bare one: what the cost is when nothing else disturbs. */
  readonly min: number;
  /** Median over the rounds of traced minus bare. */
  readonly median: number;
  /** Between the first and the third quartile of those differences. */
  readonly spread: number;
  /** Median over the rounds of traced divided by bare. */
  readonly ratio: number;
  /** The best bare round. */
  readonly bare: number;
  readonly rounds: number;
}

/** Position `at` (0 to 1) in the sorted values, interpolated between neighbours. Throws on an empty list. */
export function quantile(values: readonly number[], at: number): number {
  if (values.length === 0) throw new Error("There is no quantile of nothing.");
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * at;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Pairs of one measurement: `bare[i]` and `traced[i]` are of the same round. */
export function compare(bare: readonly number[], traced: readonly number[]): Difference {
  if (bare.length !== traced.length) {
    throw new Error(`Rounds do not pair: ${bare.length} bare and ${traced.length} traced.`);
  }
  const differences = traced.map((value, round) => value - (bare[round] ?? Number.NaN));
  return {
    min: Math.min(...traced) - Math.min(...bare),
    median: median(differences),
    spread: quantile(differences, 0.75) - quantile(differences, 0.25),
    ratio: median(traced.map((value, round) => value / (bare[round] ?? Number.NaN))),
    bare: Math.min(...bare),
    rounds: bare.length,
  };
}

/** The items in an order of their own for each round, the same in every run of the bench. */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const order = [...items];
  let state = seed * 2654435761 + 1;
  for (let at = order.length - 1; at > 0; at--) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const other = Math.floor((state / 4294967296) * (at + 1));
    const held = order[at] as T;
    order[at] = order[other] as T;
    order[other] = held;
  }
  return order;
}
