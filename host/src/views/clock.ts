// Moments as people read them: by the clock on their wall, with the day only where it is not today.

/** `09:30:00.123` of an ISO 8601 text. */
export function timeOfDay(iso: string, now: Date): string {
  const at = new Date(iso);
  return `${dayUnlessToday(at, now)}${clock(at)}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

/** `09:30:00` of an ISO 8601 text. */
export function toTheSecond(iso: string, now: Date): string {
  const at = new Date(iso);
  return `${dayUnlessToday(at, now)}${clock(at)}`;
}

function clock(at: Date): string {
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(twoDigits).join(":");
}

function dayUnlessToday(at: Date, now: Date): string {
  const day = dayOf(at);
  return day === dayOf(now) ? "" : `${day} `;
}

function dayOf(at: Date): string {
  return [String(at.getFullYear()), twoDigits(at.getMonth() + 1), twoDigits(at.getDate())].join("-");
}

function twoDigits(number: number): string {
  return String(number).padStart(2, "0");
}
