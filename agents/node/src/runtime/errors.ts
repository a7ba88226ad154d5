// Exceptions in flight: the first sight of each, the handlers that it enters, the calls that it leaves (spec/spool.md,
// "Exceptions"), and the variables of those. An exception is known by its identity, and no reference is kept that would keep it alive. Nothing is
// asked but own data properties: not `message` where it is a getter, and never `stack`, which may run code of the program's.
import type { Redactor } from "@spoor/protocol/redaction";
import {
  isNativeError, isProxy, isSame, isWellFormed, prototypeOf, sliceText, toJson, toWellFormed, weakGet, weakSet, getFrom, setIn, descriptionOf,
} from "./captured.ts"; // prettier-ignore
import { inheritedData, ownData, type Classes } from "./classes.ts";
import type { FunctionInfo, Functions } from "./functions.ts";
import { entryIn } from "./recorded-functions.ts";

export interface Frame {
  readonly call: number;
  readonly fn: number;
  readonly line: number;
  /** Of the function's `variables`; null where they are not told. */
  values: readonly unknown[] | null;
}

interface Flight {
  readonly id: number;
  /** Frames of this place are told with their variables. */
  isTold: boolean;
  frames: Frame[] | null;
  /** Number of the call in which it is, as far as anything was heard of it. */
  in: number;
  /** How many of the frames were told. */
  told: number;
}

export interface Errors {
  /** The number of its flight, which begins here if this is the first sight of it. */
  seen(error: unknown, at: Frame, thread: number): number;
  caught(error: unknown, at: Frame, thread: number): void;
  /** It leaves a call for the one of this number; 0: for code that is not recorded. @returns the number for `X`. */
  left(error: unknown, at: Frame, thread: number, into: number): number;
  /** Number of the call in which it is, if it was seen; -1 if it was not. */
  callOf(error: unknown): number;
  /** 0 if it was never seen. */
  numberOf(error: unknown): number;
  /** Lets go of the variables of exceptions that have not left recorded code yet. */
  release(): void;
}

export interface ErrorOptions {
  readonly functions: Functions;
  readonly classes: Classes;
  readonly redactor: Redactor;
  readonly longest: number;
  readonly line: (text: string) => void;
  readonly now: () => number;
  /** One `L` record. */
  readonly locals: (exception: number, at: Frame, depth: number) => void;
}

const MOST_FRAMES = 50;
/** Exceptions of one place whose frames are written. */
const EACH_PLACE = 25;
const FIELDS = ["code", "errno", "syscall", "path", "dest", "address", "port", "status", "statusCode"];

export function createErrors({ functions, classes, redactor, longest, line, now, locals }: ErrorOptions): Errors {
  const flights = new WeakMap<object, Flight>();
  const places = new Map<string, number>();
  /** Of classes, by their prototypes. */
  const modules = new WeakMap<object, string | null>();
  let thrownValue: unknown;
  let thrownFlight: Flight | null = null;
  /** Flights that hold variables. */
  const holding: Flight[] = [];
  let last = 0;

  function flightOf(error: unknown): Flight | null {
    if ((typeof error === "object" && error !== null) || typeof error === "function") {
      return (weakGet(flights, error) as Flight | undefined) ?? null;
    }
    return thrownFlight !== null && isSame(thrownValue, error) ? thrownFlight : null;
  }

  function begin(error: unknown, at: Frame, thread: number): Flight {
    const flight: Flight = { id: ++last, isTold: false, frames: null, in: at.call, told: 0 };
    if ((typeof error === "object" && error !== null) || typeof error === "function") weakSet(flights, error, flight);
    else {
      thrownValue = error;
      thrownFlight = flight;
    }
    const { file, name } = functions.info[at.fn] as FunctionInfo;
    const place = `"file":${toJson(file)},"line":${at.line},"function":${toJson(name)}`;
    line(`E\t${flight.id}\t${now()}\t${at.call}\t${at.line}\t${thread}\t${describe(error, place)}`);
    return flight;
  }

  function seen(error: unknown, at: Frame, thread: number): number {
    const flight = flightOf(error) ?? begin(error, at, thread);
    flight.in = at.call;
    return flight.id;
  }

  function caught(error: unknown, at: Frame, thread: number): void {
    const flight = flightOf(error) ?? begin(error, at, thread);
    flight.in = at.call;
    line(`A\t${flight.id}\t${now()}\t${at.call}\t${at.line}\t${thread}\t`);
  }

  function left(error: unknown, at: Frame, thread: number, into: number): number {
    const flight = flightOf(error) ?? begin(error, at, thread);
    const frames = (flight.frames ??= []);
    flight.in = into;
    if (frames.length === 0) flight.isTold = timesTold(at) < EACH_PLACE;
    if (!flight.isTold) at.values = null;
    else if (at.values !== null && (holding.length === 0 || holding[holding.length - 1] !== flight)) {
      holding[holding.length] = flight;
    }
    if (frames.length < MOST_FRAMES) frames[frames.length] = at;
    if (into === 0 && flight.isTold) tellFrames(flight, frames);
    return flight.id;
  }

  function timesTold(origin: Frame): number {
    return (getFrom(places, `${origin.fn}:${origin.line}`) as number | undefined) ?? 0;
  }

  function tellFrames(flight: Flight, frames: readonly Frame[]): void {
    const origin = frames[0] as Frame;
    if (flight.told === 0) setIn(places, `${origin.fn}:${origin.line}`, timesTold(origin) + 1);
    // Meanwhile something may be written, which is when others let go of theirs.
    if (holding[holding.length - 1] === flight) holding.length--;
    for (let depth = flight.told; depth < frames.length; depth++) {
      const at = frames[depth] as Frame;
      locals(flight.id, at, depth);
      at.values = null;
    }
    flight.told = frames.length;
  }

  function release(): void {
    for (let i = 0; i < holding.length; i++) {
      const frames = (holding[i] as Flight).frames as Frame[];
      for (let depth = 0; depth < frames.length; depth++) (frames[depth] as Frame).values = null;
    }
    holding.length = 0;
  }

  function describe(error: unknown, place: string): string {
    let type = typeof error as string;
    let module: string | null = null;
    let message = "null";
    let args = "[]";
    let more = "";
    if (typeof error === "object" && error !== null && !isProxy(error)) {
      const prototype = prototypeOf(error);
      type = prototype === null ? "Object" : classes.of(prototype).name;
      if (prototype !== null) module = moduleOf(prototype);
      const said = inheritedData(error, "message");
      if (typeof said === "string") message = shown(said);
      const own = ownData(error, "message");
      if (typeof own === "string") args = `[${message}]`;
      if (isNativeError(error)) more = fieldsOf(error);
      const cause = ownData(error, "cause");
      if (typeof cause === "object" && cause !== null && !isProxy(cause)) {
        const above = prototypeOf(cause);
        if (above !== null) more += `,"cause":${toJson(classes.of(above).name)}`;
      }
    } else if (typeof error === "string") {
      message = shown(error);
      args = `[${message}]`;
    } else if (typeof error === "number" || typeof error === "boolean" || error === undefined || error === null) {
      if (error === null) type = "null";
      message = `"${error}"`;
      args = typeof error === "boolean" || error === null ? `[${error}]` : "[]";
    } else if (typeof error === "symbol") message = shown(descriptionOf(error) ?? "");
    return `{"type":${toJson(type)},"module":${module === null ? "null" : toJson(module)},"message":${message},"args":${args},${place}${more}}`;
  }

  /** That of its class, by the number of a hook in the text of it; null for those of the language, of Node and of packages. */
  function moduleOf(prototype: object): string | null {
    const known = weakGet(modules, prototype) as string | null | undefined;
    if (known !== undefined) return known;
    const made = isProxy(prototype) ? undefined : ownData(prototype, "constructor");
    const module = typeof made === "function" ? functions.moduleOf(entryIn(made)) : null;
    weakSet(modules, prototype, module);
    return module;
  }

  function fieldsOf(error: object): string {
    let out = "";
    for (let i = 0; i < FIELDS.length; i++) {
      const name = FIELDS[i] as string;
      const value = ownData(error, name);
      if (typeof value === "string") out += `,"${name}":${shown(value)}`;
      else if (typeof value === "number" && value - value === 0) out += `,"${name}":${value}`;
    }
    return out;
  }

  /** A text as a value (spec/values.md), without its secrets. */
  function shown(text: string): string {
    const whole = text.length <= longest;
    const head = redactor.head(whole ? text : sliceText(text, 0, longest + 1024), whole ? text.length : longest);
    const json = toJson(isWellFormed(head) ? head : toWellFormed(head));
    return whole ? json : `{"$":"str","len":${text.length},"head":${json}}`;
  }

  return {
    seen,
    caught,
    left,
    release,
    numberOf: (error) => flightOf(error)?.id ?? 0,
    callOf: (error) => flightOf(error)?.in ?? -1,
  };
}
