// The functions and call sites of the files that were instrumented: numbers index typed arrays, since the hooks look them
// up at every call; what is needed once in a while lies beside them.
import type { NameRule } from "@spoor/protocol/redaction";
import type { CallSite, FunctionKind, Local } from "../hooks.ts";
import { ownCode } from "../hooks.ts";
import { fillInts, setInts, sliceText, toJson, isInSet } from "./captured.ts";
import type { Word } from "./sink.ts";
import type { DefinedFunction, FileDefinition, Bases } from "./runtime.ts";

export interface FunctionInfo {
  readonly name: string;
  readonly module: string;
  readonly file: string;
  readonly line: number;
  readonly kind: FunctionKind;
  /** As JSON. */
  readonly parameters: string;
  readonly captures: string;
  /** What is told of a call that failed: what is captured, and its variables. */
  readonly captured: readonly string[];
  readonly locals: readonly Local[];
  /** Both, once they are asked for. */
  variables: readonly Variable[] | null;
  /** By place of what is captured; null if no name withholds anything. */
  readonly rules: readonly (NameRule | null)[] | null;
  isDefined: boolean;
  /** Names its tasks. */
  task: Word | null;
}

export interface Variable extends Local {
  readonly rule: NameRule | null;
}

export interface SiteInfo extends CallSite {
  readonly fn: number;
  readonly isRecorded: boolean;
}

/** Bits of `flags`. */
export const SELF = 1;
export const SLOW = 2;
export const SUSPENDS = 4;
export const BODY = 8;
/** Goes on in a turn of its own, with nothing below it. */
export const ASYNC = 16;
/** Handed on by whoever makes it; and so that it will be gone on with. */
export const GIVEN = 32;
export const CHAINED = 64;
/** Makes functions. */
export const MAKES = 128;

export interface Functions {
  /** Calls that may begin without another look. */
  budget: Int32Array;
  /** Calls until the function is hot, without those of `budget`. */
  left: Int32Array;
  /** Suspensions that are recorded yet; and of those that are only counted, how often another resumer is told. */
  stepsLeft: Int32Array;
  turnsLeft: Int32Array;
  flags: Uint8Array;
  /** 1: the call that begins now shows no insides of values: once a function is called often, one call in sixty-four does. */
  thrifty: Uint8Array;
  /** The call that did last, once a function is called often: its result does, too. */
  opened: Int32Array;
  /** The file in which the names of its arguments were told. */
  told: Int32Array;
  /** The number of its file. */
  fileOf: Int32Array;
  /** Of those that were met. */
  info: FunctionInfo[];
  /** By number of site. */
  siteLeft: Int32Array;
  siteFile: Int32Array;
  define(file: FileDefinition): Bases;
  /** Before its first call: what was told of it is read, and its flags are set. Most functions of a program are never called. */
  meet(fn: number): FunctionInfo;
  site(site: number): SiteInfo;
  /** What is called there is outside what is recorded, although this function of a recorded file is entered next. */
  isOutside(site: number, fn: number): boolean;
  /** `new` is said there of a class of a recorded file, so that what is entered next, if anything, is called by its constructor. */
  creates(site: number): boolean;
  /** The module of the file that has this function. */
  moduleOf(fn: number): string | null;
}

interface DefinedFile {
  readonly file: FileDefinition;
  readonly functions: number;
  readonly sites: number;
}

/** Of `outside`. */
const UNKNOWN = 0;
const OUTSIDE = 1;
const INSIDE = 2;
const MADE = 3;

interface Options {
  readonly hot: number;
  readonly gapCalls: number;
  readonly rule: (name: string) => NameRule | null;
  /** Nothing is recorded without another look: sampling. */
  readonly alwaysSlow: boolean;
}

export function createFunctions({ hot, gapCalls, rule, alwaysSlow }: Options): Functions {
  // By number.
  const files: DefinedFile[] = [{ file: NO_FILE, functions: 0, sites: 0 }];
  let siteCount = 1;
  let outside = new Uint8Array(1024);
  const self: Functions = {
    budget: new Int32Array(1024),
    left: new Int32Array(1024),
    stepsLeft: new Int32Array(1024),
    turnsLeft: new Int32Array(1024),
    flags: new Uint8Array(1024),
    thrifty: new Uint8Array(1024),
    opened: new Int32Array(1024),
    told: new Int32Array(1024),
    fileOf: new Int32Array(1024),
    info: [],
    siteLeft: new Int32Array(1024),
    siteFile: new Int32Array(1024),
    define,
    meet,
    site,
    isOutside,
    creates,
    moduleOf,
  };
  // Numbers from 1: 0 is no function, and no site.
  self.info[0] = infoOf(NO_FILE, ownCode);
  // Calls of which it was forgotten what they are calls of may wait.
  self.stepsLeft[0] = self.turnsLeft[0] = hot;

  function infoOf(file: FileDefinition, definition: DefinedFunction): FunctionInfo {
    const { name, kind, line, parameters, captures, locals } = definition;
    const rules: (NameRule | null)[] = [];
    let withholds = false;
    for (let i = 0; i < captures.length; i++) {
      const found = rule(captures[i] as string);
      rules[i] = found;
      if (found !== null) withholds = true;
    }
    return {
      name,
      module: definition.module ?? file.module,
      file: definition.file ?? file.file,
      line,
      kind,
      parameters: listJson(parameters),
      captures: listJson(captures),
      captured: captures,
      locals,
      variables: null,
      rules: withholds ? rules : null,
      isDefined: false,
      task: null,
    };
  }

  function meet(fn: number): FunctionInfo {
    const known = self.info[fn];
    if (known !== undefined) return known;
    const { file, functions } = files[self.fileOf[fn] as number] as DefinedFile;
    // Every module's own code is called, and nothing has to be read for it.
    const isBody = fn === functions && file.functionCount !== undefined;
    const definition = isBody ? ownCode : (file.functions[fn - functions] as DefinedFunction);
    const info = infoOf(file, definition);
    self.info[fn] = info;
    let flags = definition.captures[0] === "this" ? SELF : 0;
    if (definition.given !== undefined) flags |= GIVEN;
    if (definition.given === "chained") flags |= CHAINED;
    if (definition.makes === true) flags |= MAKES;
    if (info.rules !== null || alwaysSlow) flags |= SLOW;
    if (info.kind === "module" || info.kind === "class") flags |= BODY;
    if (info.kind === "coroutine" || info.kind === "module") flags |= ASYNC;
    if (
      info.kind === "module" ||
      info.kind === "generator" ||
      info.kind === "coroutine" ||
      info.kind === "async_generator"
    )
      flags |= SUSPENDS;
    // It may have been handed on before.
    self.flags[fn] = flags | (self.flags[fn] as number);
    return info;
  }

  function site(at: number): SiteInfo {
    const { file, functions, sites } = files[self.siteFile[at] as number] as DefinedFile;
    const told = file.sites[at - sites] as CallSite;
    const { caller, line, callee, from } = told;
    const isRecorded = file.unrecorded === undefined || !isInSet(file.unrecorded, caller);
    return { caller, line, callee, from, fn: functions + caller, isRecorded };
  }

  function isOutside(at: number, fn: number): boolean {
    if (outside[at] === UNKNOWN) {
      const { callee, from } = site(at);
      if (from === null) outside[at] = isMade(callee) ? MADE : INSIDE;
      else outside[at] = from[0] !== "." && from[0] !== "/" ? OUTSIDE : INSIDE;
    }
    // A package may be recorded: then the function that is entered is one of its own.
    return outside[at] === MADE || (outside[at] === OUTSIDE && self.siteFile[at] === self.fileOf[fn]);
  }

  function creates(at: number): boolean {
    const { callee, from } = site(at);
    if (from === null || from[0] !== "." || !startsWith(callee, "new ")) return false;
    const { file } = files[self.siteFile[at] as number] as DefinedFile;
    const name = `${sliceText(callee, 4, callee.length)}.constructor`;
    const module = joined(file.module, from);
    for (let i = 1; i < files.length; i++) {
      const { file: each } = files[i] as DefinedFile;
      // It may be the module that is named, or hand on what another beside or below it has.
      if (!startsWith(each.module, folderOf(module))) continue;
      const { functions } = each;
      for (let j = 0; j < functions.length; j++) if ((functions[j] as DefinedFunction).name === name) return true;
    }
    return false;
  }

  function moduleOf(fn: number): string | null {
    if (!(fn > 0) || fn >= self.info.length) return null;
    const { file, functions } = files[self.fileOf[fn] as number] as DefinedFile;
    return (file.functions[fn - functions] as DefinedFunction).module ?? file.module;
  }

  function define(file: FileDefinition): Bases {
    const number = files.length;
    const bases: Bases = { module: self.info.length, functions: self.info.length, sites: siteCount };
    const functions = bases.functions + (file.functionCount ?? file.functions.length);
    siteCount += file.siteCount ?? file.sites.length;
    reserve(functions, siteCount);
    files[number] = { file, functions: bases.functions, sites: bases.sites };
    self.info.length = functions;
    fillInts(self.fileOf, number, bases.functions, functions);
    fillInts(self.left, hot, bases.functions, functions);
    fillInts(self.stepsLeft, hot, bases.functions, functions);
    fillInts(self.turnsLeft, hot, bases.functions, functions);
    fillInts(self.siteLeft, gapCalls, bases.sites, siteCount);
    fillInts(self.siteFile, number, bases.sites, siteCount);
    return bases;
  }

  function reserve(functions: number, sites: number): void {
    if (functions > self.budget.length) {
      const size = 2 * functions;
      self.budget = grown(self.budget, new Int32Array(size));
      self.left = grown(self.left, new Int32Array(size));
      self.stepsLeft = grown(self.stepsLeft, new Int32Array(size));
      self.turnsLeft = grown(self.turnsLeft, new Int32Array(size));
      self.flags = grown(self.flags, new Uint8Array(size));
      self.thrifty = grown(self.thrifty, new Uint8Array(size));
      self.opened = grown(self.opened, new Int32Array(size));
      self.told = grown(self.told, new Int32Array(size));
      self.fileOf = grown(self.fileOf, new Int32Array(size));
    }
    if (sites > self.siteLeft.length) {
      self.siteLeft = grown(self.siteLeft, new Int32Array(2 * sites));
      self.siteFile = grown(self.siteFile, new Int32Array(2 * sites));
      outside = grown(outside, new Uint8Array(2 * sites));
    }
  }

  return self;
}

const NO_FILE: FileDefinition = { file: "", module: "", functions: [ownCode], sites: [] };

function grown<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  setInts(to as Int32Array, from as Int32Array, 0);
  return to;
}

/** Code that the program makes while it runs, which no file holds. */
function isMade(callee: string): boolean {
  return callee === "eval" || startsWith(callee, "Function(") || startsWith(callee, "(new Function(");
}

function startsWith(text: string, start: string): boolean {
  return sliceText(text, 0, start.length) === start;
}

/** With the slash at its end; empty at the top. */
function folderOf(module: string): string {
  let end = module.length;
  while (end > 0 && module[end - 1] !== "/") end--;
  return sliceText(module, 0, end);
}

/** What a module means by `./x` and `../x`. */
function joined(module: string, from: string): string {
  let folder = folderOf(module);
  let rest = from;
  for (;;) {
    if (startsWith(rest, "./")) rest = sliceText(rest, 2, rest.length);
    else if (startsWith(rest, "../")) {
      rest = sliceText(rest, 3, rest.length);
      folder = folderOf(sliceText(folder, 0, folder.length > 0 ? folder.length - 1 : 0));
    } else return folder + rest;
  }
}

function listJson(names: readonly string[]): string {
  let out = "";
  for (let i = 0; i < names.length; i++) out += `${i > 0 ? "," : ""}${toJson(names[i] as string)}`;
  return `[${out}]`;
}
