// Numbers as people read them: thousands separated, durations in the unit that fits, counts with their noun.
// Everything is spelled the same on every machine: no locale is asked.

/** `1234567` as `1,234,567`. */
export function thousands(count: number | bigint): string {
  return String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/** `1 call`, `2 calls`, `1,204 processes`; `many` where adding an s is not enough. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${thousands(count)} ${count === 1 ? one : many}`;
}

const units = [
  { name: "ns", ns: 1, below: 1e3 },
  { name: "µs", ns: 1e3, below: 1e6 },
  { name: "ms", ns: 1e6, below: 1e9 },
  { name: "s", ns: 1e9, below: 60e9 },
] as const;

/** Nanoseconds in the unit that fits, three digits: `850 ns`, `12.3 µs`, `2 min 5 s`. Null is time still running: `…`. */
export function duration(ns: number | null): string {
  if (ns === null) return "…";
  for (const unit of units) {
    // What rounds up to 1,000 belongs to the next unit, so that no `1,000 µs` is ever shown.
    if (Number((ns / unit.ns).toPrecision(3)) * unit.ns < unit.below) {
      return `${threeDigits(ns / unit.ns, unit.ns === 1)} ${unit.name}`;
    }
  }
  const seconds = Math.round(ns / 1e9);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${thousands(Math.floor(minutes / 60))} h ${minutes % 60} min`;
}

function threeDigits(value: number, whole: boolean): string {
  if (whole || value >= 100) return String(Math.round(value));
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** A share in percent: `37 %`, `<1 %`; empty when there is no whole. */
export function share(part: number, whole: number): string {
  if (whole <= 0) return "";
  const percent = (100 * part) / whole;
  if (percent > 0 && percent < 1) return "<1 %";
  return `${Math.round(percent)} %`;
}
