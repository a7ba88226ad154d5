// Calls of what may not be recorded. The site is told as the last thing before the call, in the cheapest form that changes
// nothing: around the last argument, before the whole expression, or, where V8 would show the expression in a message or
// the callee makes calls of its own, by spreading something empty.
//
//     f(a, $spoor.s(3,b))     ($spoor.s(3),f())     f().g(...$spoor.n(3))     new X(...$spoor.n(3))
import { showsSource } from "./asserting.ts";
import { asyncMadeIn, isExports, keptName, namespaceIn } from "./compiled.ts";
import { markGiven, openHanded } from "./handing.ts";
import type { Call, Node, Suspending, Tagged } from "./syntax.ts";
import { bare, isFunction, isSimple, isStep } from "./syntax.ts";
import type { Walk } from "./walk.ts";

export interface FoundSite {
  /** Among all that were found. */
  readonly place: number;
  readonly caller: number;
  readonly at: number;
  readonly callee: Node;
  readonly creates: boolean;
  /** The callee is a function expression that stands here, or `require`, of which loading/ knows all. */
  readonly own: boolean;
  readonly inserts: number[];
  /** The first of these, and what stands around its number. */
  told: { readonly insert: number; readonly head: string; readonly after: string } | null;
  dropped: boolean;
}

type AnyCall = Call | Tagged;

/** V8 shows this expression in messages: what cannot be iterated, destructured or called. */
export function markShown(walk: Walk, node: Node): void {
  const value = bare(node);
  if (isCall(value)) walk.shown.add(value);
}

/** This is assigned to. A call as a target is an error when it is reached, unless it is put into anything else. */
export function markTarget(walk: Walk, node: Node): void {
  const value = bare(node);
  if (isCall(value)) walk.targets.add(value);
}

/** The calls and members of an optional chain, up to its start. */
export function markChain(walk: Walk, chain: Node): void {
  let node = chain;
  for (;;) {
    if (node.type === "CallExpression") {
      walk.chained.add(node);
      node = node.callee;
    } else if (node.type === "MemberExpression") node = node.object;
    else if (node.type === "TaggedTemplateExpression") node = node.tag;
    else return;
  }
}

function isCall(node: Node): node is AnyCall {
  return node.type === "CallExpression" || node.type === "NewExpression" || node.type === "TaggedTemplateExpression";
}

export function visitTagged(walk: Walk, node: Tagged, whole: boolean): void {
  const site = newSite(walk, node, node.tag);
  markCallee(walk, node.tag);
  const last = node.quasi.expressions.at(-1);
  const comma = site && !last && canComma(walk, node, node.tag, whole) ? openComma(walk, node, site, whole) : null;
  walk.visit(node.tag);
  for (const expression of node.quasi.expressions) {
    const told = site && expression === last;
    if (told) tell(walk, site, expression.start, "s", "", ",(");
    walk.visit(expression);
    if (told) add(walk, site, expression.end, "))");
  }
  if (comma) comma();
}

/** `whole`: it is all of an expression statement. */
export function visitCall(walk: Walk, node: Call, whole: boolean): void {
  const { callee, arguments: args } = node;
  const called = bare(callee);
  if (called.type === "Identifier" && called.name === "eval") walk.frame.locals.evaluates = true;
  const site = newSite(walk, node, callee);
  markCallee(walk, callee);
  const suspended = suspendedCallee(walk, node);
  if (suspended) walk.unresumed.add(suspended);
  markGiven(walk, node);
  const namespace = namespaceIn(node, walk.lines);
  if (namespace) walk.around.set(namespace.around, namespace.name);
  const made = asyncMadeIn(node, walk.lines);
  if (made) walk.awaited.set(made, { body: made, kind: "coroutine", hasThis: false, declared: [] });
  const exported = isExports(node, walk.lines);
  if (exported) walk.helpers++;
  const form = site ? siteForm(walk, node, whole, suspended !== null) : { is: "none" as const };
  const comma = site && form.is === "comma" ? openComma(walk, node, site, whole) : null;
  const shownLine = walk.shownLine;
  if (showsSource(walk, node)) walk.shownLine = lineEnd(walk.source, node.start);
  walk.visit(callee);
  args.forEach((arg, place) => {
    const told = site && form.is === "argument" && form.place === place;
    const operand = arg.type === "SpreadElement" ? arg.argument : arg;
    if (told) tell(walk, site, operand.start, "s", "", ",");
    if (place === 0 && suspended) walk.inserts.add(arg.start, `(${walk.words.hooks}.u(${walk.frame.call}),`);
    const closeHanded = openHanded(walk, node, arg);
    walk.visitNamed(arg, keptName(node, place, walk.lines));
    closeHanded?.();
    if (place === 0 && suspended) walk.inserts.add(arg.end, ")");
    if (told) add(walk, site, operand.end, ")");
  });
  walk.shownLine = shownLine;
  if (exported) walk.helpers--;
  if (comma) comma();
  addSpread(walk, node, form.is === "spread" ? site : null, suspended !== null);
}

/** The offset where the line ends that holds this one. */
function lineEnd(source: string, offset: number): number {
  const ends = /[\n\r\u2028\u2029]|$/g;
  ends.lastIndex = offset;
  return ends.exec(source)?.index ?? offset;
}

/** What goes between the parentheses of a call without arguments, or gives it parentheses. */
function addSpread(walk: Walk, node: Call, site: FoundSite | null, suspended: boolean): void {
  if (node.arguments.length > 0 || (!site && !suspended)) return;
  const { hooks } = walk.words;
  const { call } = walk.frame;
  const parens = node.end > node.callee.end;
  const before = `${parens ? "" : "("}...${suspended ? `${hooks}.u(${call},` : ""}`;
  const after = `${suspended ? ")" : ""}${parens ? "" : ")"}`;
  const at = parens ? node.end - 1 : node.end;
  if (site) tell(walk, site, at, "n", before, `)${after}`);
  else walk.inserts.add(at, `${before}${hooks}.n()${after}`);
}

type Form =
  | { readonly is: "none" }
  | { readonly is: "comma" }
  | { readonly is: "spread" }
  | { readonly is: "argument"; readonly place: number };

function siteForm(walk: Walk, node: Call, whole: boolean, suspended: boolean): Form {
  const args = node.arguments;
  const last = args.at(-1);
  const comma = !suspended && canComma(walk, node, node.callee, whole);
  if (!last) return comma ? { is: "comma" } : { is: "spread" };
  const end = args.length - 1;
  if (last.type !== "SpreadElement") return { is: "argument", place: end };
  // V8 shows what it cannot spread, so that is left alone if the site can be told elsewhere with no call in between.
  if (isSimple(last.argument)) {
    if (args[end - 1] && args[end - 1]?.type !== "SpreadElement") return { is: "argument", place: end - 1 };
    if (comma && args.every((arg) => arg.type === "SpreadElement" && isSimple(arg.argument))) return { is: "comma" };
  }
  return { is: "argument", place: end };
}

function canComma(walk: Walk, node: AnyCall, callee: Node, whole: boolean): boolean {
  if (walk.shown.has(node) || walk.chained.has(node) || !isSimple(callee)) return false;
  return whole || node.start !== walk.statementStart;
}

function newSite(walk: Walk, node: AnyCall, callee: Node): FoundSite | null {
  if (!walk.sites || walk.targets.has(node)) return null;
  const called = bare(callee);
  const site: FoundSite = {
    place: walk.sites.length,
    caller: walk.frame.place,
    at: node.start,
    callee,
    creates: node.type === "NewExpression",
    own: isFunction(called) || (called.type === "Identifier" && called.name === "require"),
    inserts: [],
    told: null,
    dropped: false,
  };
  walk.sites.push(site);
  return site;
}

function openComma(walk: Walk, node: AnyCall, site: FoundSite, whole: boolean): () => void {
  tell(walk, site, node.start, "s", whole ? "" : "(", "),");
  return () => {
    if (!whole) add(walk, site, node.end, ")");
  };
}

function tell(walk: Walk, site: FoundSite, at: number, hook: "s" | "n", before: string, after: string): void {
  const { words } = walk;
  const open = hook === "s" ? words.tells : words.spreads;
  const head = before === "" ? open : before + open;
  const insert = walk.inserts.add(at, head, { site: site.place }, after);
  site.inserts.push(insert);
  site.told = { insert, head, after };
}

function add(walk: Walk, site: FoundSite, at: number, text: string): void {
  site.inserts.push(walk.inserts.add(at, text));
}

/** What V8 shows of a callee that cannot be called: the calls at its start, and those in brackets. */
function markCallee(walk: Walk, callee: Node): void {
  let node = bare(callee);
  while (node.type === "MemberExpression") {
    if (node.computed) markShown(walk, node.property);
    node = bare(node.object);
  }
  markShown(walk, node);
}

/**
 * The `await` or `yield` at the start of a callee: `(await x).json()`. V8 shows it as `(intermediate value)`, which nothing
 * around it would keep; so the call is told to run again by the first thing between the parentheses.
 */
function suspendedCallee(walk: Walk, node: Call): Suspending | null {
  if (!walk.frame.hasCall || walk.chained.has(node)) return null;
  const first = node.arguments[0];
  if (first ? first.type === "SpreadElement" : node.end === node.callee.end) return null;
  let start = node.callee;
  while (start.type === "MemberExpression") {
    if (start.computed && !isSimple(start.property)) return null;
    start = start.object;
  }
  const value = bare(start);
  return isStep(value) ? value : null;
}
