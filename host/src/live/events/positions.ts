// Positions of events: microseconds since 1970 when they came, but each higher than all before it, also when the clock is
// set back, over all projects of a daemon and over its restarts. Cursors are positions.

export interface Positions {
  /** The first of `count` positions. */
  take(count: number): number;
  /** All that are given from now on are higher. */
  raise(above: number): void;
}

export function positions(): Positions {
  let next = 0;
  return {
    take(count) {
      const at = Math.max(next, Date.now() * 1000);
      next = at + count;
      return at;
    },
    raise(above) {
      next = Math.max(next, above + 1);
    },
  };
}
