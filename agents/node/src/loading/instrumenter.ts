// From the text of a file to the text that V8 gets: judges the file, finds its instrumentation in the cache or has it made,
// tells the runtime what the file defines, and puts the inserts in. A file that cannot be instrumented is left as it is.
import { isBuiltin } from "node:module";
import type { CallNumber, CallSite, FunctionNumber, Hooks, Instrumentation } from "../hooks.ts";
import type { Bases, DefinedFunction, FileDefinition, Runtime } from "../runtime/runtime.ts";
import type { Lines } from "../transform/lines.ts";
import type { SourceForm } from "../transform/parse.ts";
import { unrecorded } from "../transform/compiled.ts";
import { wholeFile, type Embedding } from "../transform/own-places.ts";
import { splice } from "../transform/splice.ts";
import { findMap, type FoundMap } from "./incoming-map.ts";
import { mapped, type Sources } from "./mapped-lines.ts";
import { movesMap, withShiftedMap } from "./outgoing-map.ts";
import type { Scope } from "./scope.ts";
import { hashText } from "./text-hash.ts";
import type { TransformCache } from "./transform-cache.ts";
import { withoutTypes } from "./typescript.ts";

/** How the text is going to be compiled, as far as it is known. Those of TypeScript are named as Node names them. */
export type Goal =
  | "commonjs" | "module" | "script" | "unknown"
  | "commonjs-typescript" | "module-typescript" | "typescript"; // prettier-ignore

/**
 * `file`: a module that Node loads. `loaded`: one that a hook has given it, which is compiled without being asked for again.
 * `function`: what stands between the braces of a function that a runner calls.
 */
export type Container = "file" | "loaded" | "function";

/** What is put around a module's own code needs one hook more. */
export interface LoadingHooks extends Hooks {
  /** Enters the code of this module, which then asks for its call by `m`. */
  M(fn: FunctionNumber): CallNumber;
}

export interface Instrumented {
  readonly text: string;
  readonly bases: Bases;
  readonly form: SourceForm;
}

export interface Instrumenter {
  /** Whether code of this file is recorded, as far as its own path tells. `byNode`: it is Node's own loader that gives the path. */
  wants(file: string, byNode?: boolean): boolean;
  /** The program runs this file without hooks, because it was not asked about in time. */
  missed(file: string): void;
  /** Null if the text stays as it is. Never throws. */
  instrument(file: string, text: string, goal: Goal, container?: Container, at?: Placed): Instrumented | null;
}

/** Where V8 counts the first character of a text that a runner puts into another one. 0-based. */
export type Placed = Omit<Embedding, "begun">;

export interface InstrumenterParts {
  readonly scope: Scope;
  readonly runtime: Pick<Runtime, "define" | "isRecording">;
  readonly cache: TransformCache;
  /** Loads the parser; called for the first file that is not in the cache. */
  transform(): Transform;
  /** Told of each file before its text is used: the global of its hooks must be there. */
  defined(file: DefinedText): void;
  /** Something of ours failed; the file is left as it is. */
  failed(error: unknown, file: string): void;
}

export interface DefinedText extends Pick<Parsed, "instrumentation"> {
  readonly path: string;
  /** As it was before. */
  readonly source: string;
  readonly bases: Bases;
  readonly isMapped: boolean;
  /** Its map goes on with it, and begins where the text has its inserts. */
  readonly hasMovedMap: boolean;
  readonly at: Embedding;
}

/** In the first of these forms in which the text can be read; null if it can in none. */
export type Transform = (text: string, forms: readonly SourceForm[], lines: Lines | null) => Parsed | null;

export interface Parsed {
  readonly instrumentation: Instrumentation;
  readonly form: SourceForm;
}

/** What is kept of a text in the cache. */
export interface Made extends Parsed {
  /** Where its functions were written, if it came with a source map. */
  readonly sources: Sources | null;
}

export function makeInstrumenter(parts: InstrumenterParts): Instrumenter {
  const { scope, runtime, cache } = parts;
  // The same text may be asked for twice, by a hook that only looks ahead.
  const known = new Map<string, { readonly key: string; readonly put: (text: string) => Instrumented }>();

  const instrument = (
    path: string,
    text: string,
    goal: Goal,
    container: Container,
    placed: Placed,
  ): Instrumented | null => {
    const map = findMap(text, path);
    // Sources are found relative to the file, so that a text with a map is one of its path.
    const origin = map === null ? "" : `${path} ${map.text}`;
    const key = hashText(`${goal} ${container} ${origin}`, text);
    const before = known.get(path);
    if (before?.key === key) return before.put(text);
    const made = cache.read(key) ?? make(text, goal, map, key);
    if (made === null) return null;
    const { form } = made;
    const { instrumentation, theirs } = withoutPackages(made, scope);
    const bases = runtime.define(new Definition(path, made, scope, theirs));
    const begun = form === "commonjs" && container !== "file" ? beginning(text, instrumentation, bases) : "";
    const moved = map !== null && container !== "function" && movesMap(map) ? map : null;
    const at = { ...placed, begun: begun.length };
    const isMapped = made.sources !== null;
    parts.defined({ path, source: text, instrumentation, bases, isMapped, hasMovedMap: moved !== null, at });
    // The text with its inserts is not kept beside V8's own.
    const put = (source: string): Instrumented => {
      const spliced = splice(source, instrumentation, bases);
      const shifted = moved === null ? spliced : withShiftedMap(source, spliced, moved, instrumentation, bases);
      return { text: form === "commonjs" ? begun + shifted + ending(instrumentation, bases) : shifted, bases, form };
    };
    known.set(path, { key, put });
    return put(text);
  };

  const make = (text: string, goal: Goal, found: FoundMap | null, key: string): Made | null => {
    const source = goal.endsWith("typescript") ? withoutTypes(text) : text;
    if (source === null) return null;
    const map = found?.read() ?? null;
    const places = map === null ? null : mapped(source, map);
    const parsed = parts.transform()(source, formsOf(goal), places);
    if (parsed === null) return null;
    const { instrumentation, sources } = places?.finish(parsed.instrumentation) ?? { ...parsed, sources: null };
    const sites = instrumentation.sites.map(siteAsRead);
    const made: Made = { form: parsed.form, instrumentation: { ...instrumentation, sites }, sources };
    cache.write(key, made);
    return made;
  };

  const wants = (file: string, byNode?: boolean): boolean =>
    runtime.isRecording() && scope.records(scope.path(file, byNode));
  return {
    wants,
    missed(file) {
      if (wants(file)) parts.failed(new Error("it was loaded while this thread was too busy to prepare it"), file);
    },
    instrument(file, text, goal, container = "file", placed = wholeFile) {
      try {
        return instrument(scope.path(file), text, goal, container, placed);
      } catch (error) {
        parts.failed(error, file);
        return null;
      }
    },
  };
}

function formsOf(goal: Goal): readonly SourceForm[] {
  switch (goal) {
    case "commonjs":
    case "module":
    case "script":
      return [goal];
    case "commonjs-typescript":
      return ["commonjs"];
    case "module-typescript":
      return ["module"];
    case "typescript":
    case "unknown":
      return ["commonjs", "module"];
  }
}

/**
 * A CommonJS module's own code ends, and where a runner calls it also begins, by text around it: a function of ours around its
 * call would be seen in stack traces. An exception that leaves it is seen by what is further down the stack.
 */
function beginning(text: string, { hooks }: Instrumentation, { module }: Bases): string {
  const strict = /^(?:\s|\/\/.*\n|\/\*[^]*?\*\/)*["']use strict["']/.test(text) ? '"use strict";' : "";
  return `${strict}${hooks}.M(${module});`;
}

function ending({ hooks }: Instrumentation, { module }: Bases): string {
  return `\n;${hooks}.q(${hooks}.m(${module}));`;
}

interface Own {
  readonly instrumentation: Instrumentation;
  /** Places of the functions of packages. */
  readonly theirs: ReadonlySet<number> | null;
}

/** A bundle holds code of packages as well, which is not recorded there either. */
function withoutPackages({ instrumentation, sources }: Made, scope: Scope): Own {
  if (sources === null) return { instrumentation, theirs: null };
  const foreign = sources.names.map((name) => name.includes("/node_modules/") && !scope.records(scope.path(name)));
  if (!foreign.includes(true)) return { instrumentation, theirs: null };
  const theirs = new Set(sources.of.flatMap((source, index) => (foreign[source] === true ? [index] : [])));
  const { hooks, inserts } = instrumentation;
  const own = {
    hooks,
    inserts: unrecorded(inserts, theirs),
    ...countsOf(instrumentation),
    get functions() {
      return instrumentation.functions;
    },
    get sites() {
      return instrumentation.sites;
    },
  };
  return { instrumentation: own, theirs };
}

function countsOf(of: Instrumentation): { readonly functionCount: number; readonly siteCount: number } {
  return { functionCount: of.functionCount ?? of.functions.length, siteCount: of.siteCount ?? of.sites.length };
}

/** What stands before an imported name where imports are required: by hand, by tsc, by esbuild, by vitest. */
const importedAs = /^(?:require\((["'])[^"']*\1\)|\w+_\d+|import_\w+|__vi_import_\d+__)\.(?=.)/;

/** `require("path").join` of `path` is `join` of `node:path`, and so is `path.join`: the name says no more than the module. */
function siteAsRead(site: CallSite): CallSite {
  const { callee, from } = site;
  if (from === null) return site;
  const module = isBuiltin(from) && !from.startsWith("node:") ? `node:${from}` : from;
  const last = module.slice(module.search(/[^/:]*$/));
  const [prefix = ""] = /^new /.exec(callee) ?? [];
  const name = callee.slice(prefix.length).replace(importedAs, "");
  const own = name.startsWith(`${last}.`) ? name.slice(last.length + 1) : name;
  return { ...site, from: module, callee: prefix + own.replace(/^default(?=$|[.(])/, last) };
}

/**
 * Names and places as the user wrote them. They are read late, in the middle of the program: no method of an array is asked. Most are
 * never read, and accessors of each object take V8 longer to make than those of a class.
 */
class Definition implements FileDefinition {
  readonly file: string;
  readonly module: string;
  readonly functionCount: number;
  readonly siteCount: number;
  declare readonly unrecorded?: ReadonlySet<number>;
  readonly #instrumentation: Instrumentation;
  readonly #sources: Sources | null;
  /** By place of a source, where there is more than one. */
  readonly #of: readonly { readonly file: string; readonly module: string }[] | null;
  #functions: readonly DefinedFunction[] | null = null;

  constructor(path: string, { instrumentation, sources }: Made, scope: Scope, theirs: ReadonlySet<number> | null) {
    if (theirs !== null) this.unrecorded = theirs;
    const names = sources?.names ?? [];
    const own = (name: string): string => (name.startsWith("/") ? scope.path(name) : path);
    const file = names.length === 1 ? own(names[0] ?? path) : path;
    this.file = scope.shown(file);
    this.module = scope.moduleOf(file);
    const { functionCount, siteCount } = countsOf(instrumentation);
    this.functionCount = functionCount;
    this.siteCount = siteCount;
    this.#instrumentation = instrumentation;
    this.#sources = sources;
    const files = names.length < 2 ? null : names.map(own);
    this.#of = files?.map((each) => ({ file: scope.shown(each), module: scope.moduleOf(each) })) ?? null;
  }

  get functions(): readonly DefinedFunction[] {
    this.#functions ??= this.#placed();
    return this.#functions;
  }

  get sites(): readonly CallSite[] {
    return this.#instrumentation.sites;
  }

  #placed(): readonly DefinedFunction[] {
    const { functions } = this.#instrumentation;
    if (this.#of === null || this.#sources === null) return functions;
    const found: DefinedFunction[] = [];
    for (let index = 0; index < functions.length; index++) {
      const of = this.#of[this.#sources.of[index] ?? -1];
      found[index] = { ...(functions[index] as DefinedFunction), ...of };
    }
    return found;
  }
}
