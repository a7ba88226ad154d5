// The number of the last event of each process that is on its way to the disk or there already: what comes again after a
// broken connection or a restart is known by it. The processes heard of last are kept, as many as any machine has.

const MOST_PROCESSES = 10_000;

export interface KeptNumbers {
  last(process: string): number;
  set(process: string, number: number): void;
  readonly all: ReadonlyMap<string, number>;
}

export function keptNumbers(known: ReadonlyMap<string, number>): KeptNumbers {
  const numbers = new Map(known);
  return {
    last: (process) => numbers.get(process) ?? 0,
    set(process, number) {
      // Put at the end: a map gives its keys in the order in which they came.
      numbers.delete(process);
      numbers.set(process, number);
      if (numbers.size <= MOST_PROCESSES) return;
      for (const oldest of numbers.keys()) {
        numbers.delete(oldest);
        break;
      }
    },
    all: numbers,
  };
}
