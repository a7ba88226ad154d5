// From the text of a file to what has to be put into it so that it tells what it does, and nothing else of it changes.
// Pure; parsing is most of the time.
import type { CallSite, Instrumentation } from "../hooks.ts";
import { ownCode } from "../hooks.ts";
import { collectBindings } from "./bindings.ts";
import { calleeText } from "./callees.ts";
import { isHelper, unrecorded } from "./compiled.ts";
import { finishHanded } from "./handing.ts";
import { collectInserts } from "./inserts.ts";
import type { Lines } from "./lines.ts";
import { linesOf } from "./lines.ts";
import type { Refusal, SourceForm } from "./parse.ts";
import { parse, tooDeep } from "./parse.ts";
import type { FoundSite } from "./sites.ts";
import type { Block } from "./syntax.ts";
import { visit, visitList, visitNamed } from "./visit.ts";
import type { Frame, Walk, Words } from "./walk.ts";
import { EarlyError, newFrame } from "./walk.ts";

export interface InstrumentOptions {
  readonly as: SourceForm;
  /** Tell calls of what may not be recorded, which is what gaps are counted from. Default: true. */
  readonly sites?: boolean;
  /** The name of the global with the hooks; digits are added where the file has such a name itself. Default: `$spoor`. */
  readonly hooks?: string;
  /** Where offsets are in what is told; as in the text itself by default. Source maps make them something else. */
  readonly lines?: Lines;
}

const longestCallee = 80;

export function instrument(source: string, options: InstrumentOptions): Instrumentation | Refusal {
  const program = parse(source, options.as);
  if ("refused" in program) return program;
  try {
    return instrumentTree(source, program, options);
  } catch (error) {
    if (error instanceof EarlyError) return { refused: "early error", message: error.message };
    if (error instanceof RangeError) return tooDeep;
    throw error;
  }
}

function instrumentTree(source: string, program: Block, options: InstrumentOptions): Instrumentation {
  const walk = newWalk(source, options);
  walk.visit(program);
  finishHanded(walk);
  const { sites, places } = keptSites(walk);
  const inserts = walk.inserts.finish(places);
  const recorded = walk.made.size === 0 ? inserts : unrecorded(inserts, walk.made);
  return { hooks: walk.words.hooks, inserts: recorded, functions: walk.functions, sites };
}

function newWalk(source: string, options: InstrumentOptions): Walk {
  const isModule = options.as === "module";
  const scope = { start: 0, end: source.length + 1 };
  const words = freeWords(source, options.hooks ?? "$spoor");
  const walk: Walk = {
    source,
    lines: options.lines ?? linesOf(source),
    words,
    inserts: collectInserts(),
    bindings: collectBindings(),
    functions: [ownCode],
    sites: options.sites === false ? null : [],
    path: [],
    frame: newFrame({
      place: 0,
      scope,
      ...moduleCode(words),
      hasCall: isModule,
      suspendable: isModule,
      wrapped: false,
    }),
    strict: isModule,
    statementStart: -1,
    resources: 0,
    shown: new Set(),
    shownLine: -1,
    chained: new Set(),
    targets: new Set(),
    voided: new Set(),
    unresumed: new Set(),
    given: new Map(),
    scheduled: new Set(),
    named: new Map(),
    variables: new Map(),
    own: new Map(),
    handed: [],
    made: new Set(),
    around: new Map(),
    awaited: new Map(),
    helpers: 0,
    visit: (node) => visit(walk, node),
    visitNamed: (node, name) => visitNamed(walk, node, name),
    visitList: (statements, from) => visitList(walk, statements, from),
  };
  return walk;
}

/** Functions of a module may be called before its own code begins, so that they are not told of its call. */
function moduleCode({ call }: Words): Pick<Frame, "call" | "maker" | "isModule"> {
  return { call, maker: "0", isModule: true };
}

function freeWords(source: string, hooks: string): Words {
  // Identifiers can be written with escapes, also behind the dollar.
  const escaped = /\\u(?:0024|\{0*24\})|\$\w*\\u/i.test(source);
  const text = escaped ? `${source}\n${unescaped(source)}` : source;
  const free = (name: string): string => {
    let candidate = name;
    for (let digits = 1; text.includes(candidate); digits++) candidate = `${name}${digits}`;
    return candidate;
  };
  const own = free(hooks);
  const words = { hooks: own, tells: `${own}.s(`, spreads: `${own}.n(` };
  return { ...words, call: free("$c"), nested: free("$d"), error: free("$e") };
}

function unescaped(source: string): string {
  return source.replaceAll(
    /\\u(?:\{([\da-f]+)\}|([\da-f]{4}))/gi,
    (whole, braced: string | undefined, four: string | undefined) => {
      const code = Number.parseInt(braced ?? four ?? "", 16);
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
    },
  );
}

/**
 * Without those whose callee turned out to be a function of the file. Where such a call follows another site in the same
 * function, it still has to be told, or its entry would be taken for that of the other's callee.
 */
function keptSites(walk: Walk): { readonly sites: readonly CallSite[]; readonly places: readonly number[] } {
  const sites: CallSite[] = [];
  const places: number[] = [];
  const callers = new Set<number>();
  const own: FoundSite[] = [];
  for (const site of walk.sites ?? []) {
    if (site.dropped) continue;
    if (walk.made.has(site.caller)) {
      for (const insert of site.inserts) walk.inserts.drop(insert);
      continue;
    }
    if (isOwn(walk, site)) {
      own.push(site);
      continue;
    }
    callers.add(site.caller);
    places[site.place] = sites.push(describe(walk, site)) - 1;
  }
  for (const { told, caller, inserts } of own) {
    if (told && callers.has(caller)) walk.inserts.replaceText(told.insert, `${told.head}-1${told.after}`);
    else for (const insert of inserts) walk.inserts.drop(insert);
  }
  return { sites, places };
}

function isOwn({ bindings, lines }: Walk, { own, callee, at }: FoundSite): boolean {
  if (own || callee.type !== "Identifier") return own;
  return bindings.isOwnFunction(callee.name, at) || isHelper(lines.name(callee.start, callee.name));
}

function describe(walk: Walk, { caller, at, callee, creates }: FoundSite): CallSite {
  const text = calleeText(walk, callee);
  const cut = text.length > longestCallee ? `${text.slice(0, longestCallee - 1)}…` : text;
  const from = walk.bindings.moduleOf(callee);
  return { caller, line: walk.lines.line(at), callee: creates ? `new ${cut}` : cut, from };
}
