// Columns in stack traces. Node has V8 draw no stack itself, it calls `Error.prepareStackTrace`: its own function, or the one that
// the program has put there. Either is given V8's call sites here after those in instrumented text have learnt to say where the
// user's text has the place. Nothing of this runs before a stack is asked for.
import type { OwnPlaces } from "../transform/own-places.ts";
import { ownPlaces } from "../transform/own-places.ts";
import { isNativeError, sliceText, unitAt } from "../runtime/captured.ts";
import { isFailedAssertion, showOwnExpression, type Expressions } from "./assertions.ts";
import type { DefinedText } from "./instrumenter.ts";
import { mapsStackTraces } from "./outgoing-map.ts";

export interface StackTraces {
  /** For the errors of one realm. */
  install(error: ErrorConstructor): void;
}

export interface StackTraceParts {
  /** By the name that V8 knows the script by. */
  textOf(name: string): DefinedText | null;
  asNative(ours: Function, native: Function): void;
  /** Loads a parser. */
  expressions(): Expressions;
}

/** V8's, as far as it tells places. */
interface CallSite {
  getFileName(): unknown;
  getLineNumber(): number | null;
  getColumnNumber(): number | null;
  getEnclosingLineNumber(): number | null;
  getEnclosingColumnNumber(): number | null;
  getPosition(): number;
  getEvalOrigin(): string | undefined;
  toString(): string;
}

type Prepare = (this: unknown, error: unknown, sites: CallSite[]) => unknown;
type Drawing = Record<"prepareStackTrace" | "stackTraceLimit", unknown>;

const { apply, defineProperty, getOwnPropertyDescriptor, getPrototypeOf, setPrototypeOf } = Reflect;
const { create, getOwnPropertyDescriptors } = Object;
const { isArray } = Array;

export function hookStackTraces({ textOf, asNative, expressions }: StackTraceParts): StackTraces {
  const own = ownSites(textOf, asNative);
  /** Depth of functions of the program's that draw a stack. */
  let drawing = 0;

  const correct = (thrown: unknown, sites: unknown, by: "node" | "program"): void => {
    try {
      if (!isArray(sites) || sites.length === 0) return;
      if (isNativeError(thrown) && isFailedAssertion(thrown))
        correctMessage(thrown, (sites as CallSite[])[0] as CallSite);
      own(sites as CallSite[], by);
    } catch {
      // They stay as V8 made them.
    }
  };
  const correctMessage = (thrown: object, site: CallSite): void => {
    const name = site.getFileName();
    const text = typeof name === "string" ? textOf(name) : null;
    const [line, column] = [site.getLineNumber(), site.getColumnNumber()];
    if (text === null || line === null || column === null || (text.hasMovedMap && mapsStackTraces())) return;
    showOwnExpression(thrown, { text, line, column }, expressions);
  };

  function install(error: ErrorConstructor): void {
    const holder = error as unknown as Drawing;
    const before = getOwnPropertyDescriptor(error, "prepareStackTrace");
    if (before?.configurable === false || (before !== undefined && !("value" in before))) return;
    const native: unknown = before?.value;
    let current = native;
    if (typeof native === "function") {
      current = function (this: unknown, thrown: unknown, sites: CallSite[]): unknown {
        correct(thrown, sites, "node");
        return apply(native, this, [thrown, sites]);
      };
      asNative(current as Function, native);
    }
    const standing = current;
    const isDrawing = drawingOf(error);

    /** What Node calls in place of a function of the program's. */
    const around = (theirs: Function): Prepare =>
      function (this: unknown, thrown, sites): unknown {
        correct(thrown, sites, "program");
        drawing++;
        try {
          return apply(theirs, this, [thrown, sites]);
        } finally {
          drawing--;
        }
      };
    defineProperty(error, "prepareStackTrace", {
      configurable: true,
      enumerable: before?.enumerable ?? false,
      get(): unknown {
        if (isDrawing.asked()) return drawsNothing;
        if (current === standing || drawing > 0) return current;
        const isProgram = typeof current === "function";
        // Node goes on to the function of the main realm where there is none, and then to its own.
        if ((!isProgram && typeof standing !== "function") || !isDrawing.now(holder)) return current;
        return isProgram ? around(current as Function) : standing;
      },
      set(this: unknown, given: unknown) {
        if (this === error) current = given;
        // A class that extends it gets a property of its own.
        else if (typeof this === "object" || typeof this === "function") setOwn(this as object, given);
      },
    });
  }

  return { install };
}

function setOwn(holder: object, value: unknown): void {
  defineProperty(holder, "prepareStackTrace", { value, configurable: true, enumerable: true, writable: true });
}

const drawsNothing = (): string => "";

/**
 * Whether a stack is being drawn, so that it is Node that asks, and not the program: V8 asks nobody how to draw a stack while
 * another one is drawn.
 */
function drawingOf(error: ErrorConstructor): { now(holder: Drawing): boolean; asked(): boolean } {
  let trying = false;
  let tried = false;
  return {
    asked() {
      if (trying) tried = true;
      return trying;
    },
    now(holder) {
      const limit = getOwnPropertyDescriptor(holder, "stackTraceLimit");
      if (typeof limit?.value !== "number") return false;
      trying = true;
      tried = false;
      try {
        if (limit.writable === true) holder.stackTraceLimit = 0;
        void new error().stack;
      } finally {
        trying = false;
        if (limit.writable === true) holder.stackTraceLimit = limit.value;
      }
      return !tried;
    },
  };
}

/** `… (file:line:column)`, or without the parentheses. Read from the end: the numbers are the last thing but for one of these. */
function inFrame(drawn: string, places: OwnPlaces): string {
  const end = drawn.length - (unitAt(drawn, drawn.length - 1) === 41 /* ) */ ? 1 : 0);
  const behindLine = numberBefore(drawn, end) - 1;
  const behindFile = numberBefore(drawn, behindLine) - 1;
  if (behindFile < 0 || behindLine === end - 1 || behindFile === behindLine - 1) return drawn;
  const line = +sliceText(drawn, behindFile + 1, behindLine);
  const column = +sliceText(drawn, behindLine + 1, end);
  const own = places.column(line - 1, column - 1) + 1;
  return sliceText(drawn, 0, behindLine + 1) + own + sliceText(drawn, end, drawn.length);
}

/** Where the digits begin that end at this place. */
function numberBefore(text: string, end: number): number {
  let at = end;
  for (let unit = unitAt(text, at - 1); at > 0 && unit >= 48 && unit <= 57; unit = unitAt(text, at - 1)) at--;
  return at;
}

/** Call sites of instrumented text get a prototype that answers for V8's, and has what those have. */
function ownSites(
  textOf: StackTraceParts["textOf"],
  asNative: StackTraceParts["asNative"],
): (sites: CallSite[], by: "node" | "program") => void {
  // By V8's prototype: each realm has one.
  const prototypes = new WeakMap<object, object>();
  const places = new WeakMap<DefinedText, OwnPlaces>();

  const placesOf = (text: DefinedText): OwnPlaces => {
    let known = places.get(text);
    if (known === undefined) places.set(text, (known = ownPlaces(text, text.at)));
    return known;
  };
  const inOrigin = (origin: string): string =>
    origin.replace(/\(([^()\n]+):(\d+):(\d+)\)/g, (whole, name: string, line: string, column: string) => {
      const text = textOf(name);
      if (text === null) return whole;
      return `(${name}:${line}:${placesOf(text).column(Number(line) - 1, Number(column) - 1) + 1})`;
    });

  const prototypeFor = (native: CallSite): object => {
    const known = prototypes.get(native);
    if (known !== undefined) return known;
    const textAt = (site: CallSite): DefinedText | null => {
      const name: unknown = apply(native.getFileName, site, []);
      return typeof name === "string" ? textOf(name) : null;
    };
    const column = (site: CallSite, line: number | null, raw: number | null): number | null => {
      const text = line === null || raw === null ? null : textAt(site);
      return text === null || line === null || raw === null ? raw : placesOf(text).column(line - 1, raw - 1) + 1;
    };
    const ours = {
      getColumnNumber(this: CallSite): number | null {
        return column(this, apply(native.getLineNumber, this, []), apply(native.getColumnNumber, this, []));
      },
      getEnclosingColumnNumber(this: CallSite): number | null {
        const line = apply(native.getEnclosingLineNumber, this, []);
        return column(this, line, apply(native.getEnclosingColumnNumber, this, []));
      },
      getPosition(this: CallSite): number {
        const raw = apply(native.getPosition, this, []);
        const text = textAt(this);
        return text === null ? raw : placesOf(text).offset(raw);
      },
      getEvalOrigin(this: CallSite): string | undefined {
        const raw = apply(native.getEvalOrigin, this, []);
        return typeof raw === "string" ? inOrigin(raw) : raw;
      },
      toString(this: CallSite): string {
        const drawn = apply(native.toString, this, []);
        const text = textAt(this);
        return text === null ? inOrigin(drawn) : inFrame(drawn, placesOf(text));
      },
    };
    // Some copy the methods of a call site, by the own names of its prototype.
    const methods = getOwnPropertyDescriptors(native) as unknown as Record<string, PropertyDescriptor>;
    for (const name of Object.keys(ours) as (keyof typeof ours)[]) {
      asNative(ours[name], native[name]);
      methods[name] = { ...methods[name], value: ours[name] };
    }
    const made = create(native, methods) as object;
    prototypes.set(native, made);
    return made;
  };

  return (sites, by) => {
    for (let at = 0; at < sites.length; at++) {
      const site = sites[at] as CallSite;
      const native = getPrototypeOf(site) as CallSite;
      if (getOwnPropertyDescriptor(native, "getFileName") === undefined) continue;
      const name: unknown = apply(native.getFileName, site, []);
      const text = typeof name === "string" ? textOf(name) : null;
      // Node draws these through a map that begins at the columns with inserts.
      if (by === "node" && text?.hasMovedMap === true && mapsStackTraces()) continue;
      if (text !== null || typeof apply(native.getEvalOrigin, site, []) === "string")
        setPrototypeOf(site, prototypeFor(native));
    }
  };
}
