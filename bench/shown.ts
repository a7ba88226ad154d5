// How much of a program's values a recording shows: reads the arguments and results of a spool and says of each whether all
// of it is there (spec/values.md has what marks what).

export type Shown =
  /** A number, a text that was not cut, true, false, nothing. */
  | "scalar"
  /** A container or an instance with everything in it. */
  | "whole"
  /** Opened, but something inside is only named: the depth ended. */
  | "parts closed"
  /** Something of it was left out: too many items, fields or characters, or the budget of the record was spent. */
  | "cut"
  /** Only its type, and its length or identity. */
  | "closed";

export const shownKinds: readonly Shown[] = ["scalar", "whole", "parts closed", "cut", "closed"];

export type Tally = Readonly<Record<Shown, number>>;

export interface Usefulness {
  readonly calls: number;
  /** Without `self` and `cls`, which are shown by rules of their own. */
  readonly args: Tally;
  readonly results: Tally;
}

interface Found {
  readonly cut: boolean;
  readonly closed: boolean;
}

const containers = new Set(["list", "tuple", "set", "frozenset", "deque", "dict"]);
const views = new Set(["dict_keys", "dict_values", "dict_items", "memoryview", "ndarray"]);
/** They have nothing inside that could be shown. */
const named = new Set(["function", "method", "class", "module", "generator", "coroutine", "async_generator", "code"]);

export function judge(value: unknown): Shown {
  if (typeof value !== "object" || value === null) return "scalar";
  if (isClosed(value)) return "closed";
  const { cut, closed } = inside(value);
  if (cut) return "cut";
  if (closed) return "parts closed";
  return "$" in value && typeof value.$ === "string" && (named.has(value.$) || isSimple(value)) ? "scalar" : "whole";
}

/** A kind of its own for one indivisible thing: a big integer, a date, a path, an enum member. */
function isSimple(value: object): boolean {
  return Object.entries(value).every(([key, part]) => key === "$" || typeof part !== "object");
}

function isClosed(value: object): boolean {
  if (!("$" in value) || typeof value.$ !== "string") return false;
  const keys = Object.keys(value);
  if (isClosedAsHot(value)) return true;
  if (containers.has(value.$)) return keys.length === 2 && "len" in value;
  if (views.has(value.$)) return true;
  if (value.$ === "exception") return !("message" in value);
  return keys.length === 2 && "$id" in value;
}

/** No key of it can be a field of the program's. */
function ofOurs(value: object): boolean {
  return (
    "$" in value &&
    typeof value.$ === "string" &&
    (containers.has(value.$) || value.$ === "exception" || value.$ === "cut")
  );
}

/** Not opened, because the function that it was given to is called often. */
function isClosedAsHot(value: object): boolean {
  const told = "$cut" in value ? value.$cut : ofOurs(value) ? value : null;
  return typeof told === "object" && told !== null && "why" in told && told.why === "hot";
}

function inside(value: unknown): Found {
  if (typeof value !== "object" || value === null) return { cut: false, closed: false };
  if (Array.isArray(value)) return anyOf(value);
  if (isClosed(value)) return { cut: false, closed: true };
  const parts = Object.entries(value).filter(([key]) => key !== "$cut");
  const { cut, closed } = anyOf(parts.map(([, part]) => part));
  return { cut: cut || "$cut" in value || isCut(value), closed };
}

function anyOf(values: readonly unknown[]): Found {
  const found = values.map(inside);
  return { cut: found.some(({ cut }) => cut), closed: found.some(({ closed }) => closed) };
}

function isCut(value: object): boolean {
  if (!("$" in value) || typeof value.$ !== "string") return false;
  if (value.$ === "cut" || value.$ === "unreadable") return true;
  if (value.$ === "bytes" || value.$ === "bytearray") return bytesShown(value) < lengthOf(value);
  if (value.$ === "str" || value.$ === "int") return "head" in value;
  return containers.has(value.$) && "len" in value;
}

function bytesShown(value: object): number {
  if ("text" in value) return String(value.text).length;
  return "hex" in value ? String(value.hex).length / 2 : 0;
}

function lengthOf(value: object): number {
  return "len" in value ? Number(value.len) : 0;
}

/**
 * Reads complete spool files of one process in order, one at a time since all of them can be gigabytes; of many records only
 * about `most` are looked at.
 * @param bytes of all files together.
 */
export function usefulnessOf(texts: Iterable<string>, bytes: number, most = 200_000): Usefulness {
  const hasSelf = new Set<string>();
  const [args, results] = [emptyTally(), emptyTally()];
  let calls = 0;
  const step = Math.max(1, Math.ceil(bytes / 100 / most));
  let at = 0;
  for (const line of linesOf(texts)) {
    const [kind, id = "", , , ref = "", , payload = ""] = line.split("\t");
    if (kind === "F") {
      const { parameters = [] } = JSON.parse(payload) as { parameters?: string[] };
      if (parameters[0] === "self" || parameters[0] === "cls") hasSelf.add(id);
    } else if (kind === "C") {
      calls += 1;
      if (payload !== "" && at++ % step === 0) addArguments(args, JSON.parse(payload), hasSelf.has(ref));
    } else if (kind === "R" && payload !== "" && at++ % step === 0) {
      results[judge(JSON.parse(payload))] += 1;
    }
  }
  return { calls, args, results };
}

function* linesOf(texts: Iterable<string>): Iterable<string> {
  for (const text of texts) yield* text.split("\n");
}

function addArguments(tally: Record<Shown, number>, values: unknown, hasSelf: boolean): void {
  if (typeof values !== "object" || values === null) return;
  for (const value of Object.values(values).slice(hasSelf ? 1 : 0)) tally[judge(value)] += 1;
}

function emptyTally(): Record<Shown, number> {
  return { scalar: 0, whole: 0, "parts closed": 0, cut: 0, closed: 0 };
}

/** Per cent of all that were counted. */
export function shareOf(tally: Tally, kind: Shown): number {
  const all = shownKinds.reduce((sum, each) => sum + tally[each], 0);
  return all === 0 ? 0 : (100 * tally[kind]) / all;
}
