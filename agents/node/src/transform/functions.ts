// Functions, their bodies, and the own code of modules: what enters and ends a call.
//
//     function f(a) { const $c=$spoor.e1(7,0,a);try{ … ;$spoor.q($c)}catch($e){$spoor.x($c,$e,4,a);throw $e}}
//
// What `x` is given besides: progress.ts, locals.ts. A body that cannot be put into a block (see hoisting.ts) gets the first and the last hook only. A `finally` is added where
// code of the call may run after its `return`, and to generators, which may be closed.
import type { FunctionDefinition, Local } from "../hooks.ts";
import { asyncBodyOf, isHelper } from "./compiled.ts";
import { isKnown } from "./known.ts";
import { declaresTwice, hoistingOf } from "./hoisting.ts";
import { declareOther, finishLocals, isRedeclared, newLocals } from "./locals.ts";
import { anonymous, captured, kindOf, memberName, parameterNames } from "./names.ts";
import { below, finishProgress, newProgress } from "./progress.ts";
import type { Block, ClassNode, FunctionNode, MemberNode, Node, StaticBlock } from "./syntax.ts";
import { implicit } from "./splice.ts";
import type { Frame, Walk } from "./walk.ts";
import { EarlyError, newFrame } from "./walk.ts";

/** Where a function stands that is part of a class or an object literal. */
export interface Membership {
  readonly member: MemberNode;
  /** The constructor of a class that extends another: `this` does not exist yet. */
  readonly derived: boolean;
  /** A compiler made it, of fields: what is created in it is not named after it. */
  readonly isMade: boolean;
}

export function visitFunction(
  walk: Walk,
  written: FunctionNode,
  name: string | null,
  membership: Membership | null,
): void {
  const { source, bindings, path } = walk;
  const { id } = written;
  const isDeclaration = written.type === "FunctionDeclaration";
  if (id) bindings.declare(id.name, isDeclaration ? walk.frame.scope : written);
  const compiled = walk.awaited.get(written) ?? asyncBodyOf(written, walk.lines);
  const node = compiled?.body ?? written;
  const params = node.params.length === 0 ? written.params : node.params;
  const block = node.body.type === "BlockStatement" ? node.body : null;
  const directives = block ? directivesOf(block) : [];
  // Its text is checked by a compiler of its own, and anything else in it makes V8 complain.
  if (directives.some((directive) => directive.text === "use asm")) {
    walk.frame.locals.evaluates = true;
    if (id) bindings.withoutHooks(id.name);
    return;
  }
  if (id && isDeclaration) declareOther(walk, id.name, walk.frame.block);

  const outer = walk.frame;
  const outerStrict = walk.strict;
  if (directives.some((directive) => directive.text === "use strict")) walk.strict = true;
  const { shown, bound: all, renamed } = parameterNames(params, walk.lines);
  const bound = compiled === null ? all : all.filter((each) => !compiled.declared.includes(each));
  const hoisting = block ? hoistingOf(block, bound, walk.strict, source) : null;
  if (hoisting?.redeclared) throw new EarlyError("a parameter is declared again");

  const own = id ? walk.lines.name(id.start, id.name) : name;
  const { start } = membership?.member ?? written;
  const place = walk.functions.length;
  const around = walk.around.get(written);
  const helps = id ? isHelper(id.name) || walk.lines.isOnePlace(written.start, id.start) : false;
  if (helps) walk.helpers++;
  const made = around !== undefined || walk.helpers > 0 || walk.lines.made(start);
  if (made) walk.made.add(place);
  // What no user wrote is not in the names of what is in it.
  const depth = path.length;
  if (around !== undefined) path.push(around);
  else if (!made) path.push(membership ? memberName(membership.member, source, walk.lines) : (own ?? anonymous));
  const kind = compiled?.kind ?? kindOf(node, membership !== null, own !== null);
  const given = outer.maker === "0" && !outer.isModule ? undefined : walk.given.get(written);
  const definition: Unfinished = {
    name: path.join("."),
    kind,
    line: walk.lines.line(start),
    column: walk.lines.column(start),
    parameters: shown,
    captures: [],
    locals: [],
  };
  if (given) definition.given = given;
  if (membership?.isMade === true) path.length = depth;
  outer.makes = true;
  const declared = id?.name ?? walk.variables.get(written);
  if (declared !== undefined && outer.isModule) walk.own.set(declared, place);
  else if (declared !== undefined && outer.maker !== "0") walk.named.set(declared, place);
  walk.functions.push(definition);
  const frame = newFrame({
    place,
    scope: node,
    call: callIn(outer, walk),
    maker: outer.maker,
    wrapped: hoisting?.movable ?? true,
    arrow: written.type === "ArrowFunctionExpression" ? walk.frame : null,
    suspendable: node.async || node.generator,
    asyncGenerator: node.async && node.generator,
    endsLate: node.generator,
    yieldsToAwait: compiled !== null,
  });
  walk.frame = frame;
  if (around !== undefined) frame.namespace = all[0] ?? null;
  if (written.start < walk.shownLine) frame.unusable = true;
  const shownLine = walk.shownLine;
  walk.shownLine = -1;
  if (id && !isDeclaration) declareOther(walk, id.name, node);
  for (const name of bound) declareOther(walk, name, node);

  const since = walk.inserts.count;
  for (const param of params) {
    bindings.declareAll(param);
    walk.visit(param);
  }
  frame.maker = frame.call;
  const entry = walk.inserts.add(block ? bodyStart(block, directives) : node.body.start, "");
  if (block) {
    frame.block = block;
    walk.visitList(block.body.slice(directives.length), bodyStart(block, directives));
  } else walk.visit(node.body);
  const hasThis =
    written.type !== "ArrowFunctionExpression" && membership?.derived !== true && compiled?.hasThis !== false;
  const captures = captured(
    bound,
    hasThis && (membership !== null || frame.usesThis),
    hoisting?.movable === false ? hoisting.functions : [],
  );
  const { locals, open, told } = finishBody(walk, outer, captures, block ? null : node.body);
  if (block) addEnd(walk, block.end - 1, block.body, told);
  else walk.inserts.add(node.body.end, `)${ending(walk, "", told)}}`);

  definition.captures = renamed.size === 0 ? captures : captures.map((each) => renamed.get(each) ?? each);
  definition.locals = locals;
  if (frame.makes) definition.makes = true;
  const before = block ? (unended(walk, directives) ? ";" : "") : "{";
  const after = block ? open : `${open}return ${walk.words.hooks}.r(${frame.call},`;
  addEntry(walk, entry, outer.maker, captures, before, after);
  if (frame.unusable) {
    dropSince(walk, since);
    if (declared !== undefined) bindings.withoutHooks(declared);
  }
  walk.shownLine = shownLine;

  path.length = depth;
  if (helps) walk.helpers--;
  walk.frame = outer;
  walk.strict = outerStrict;
}

/**
 * Its call's variable must not hide the one that it is told of: functions that are nested have two names by turns. Those in
 * its parameters do not see its own, and are made by whoever makes it.
 */
function callIn({ maker }: Frame, { words }: Walk): string {
  return maker === words.call ? words.nested : words.call;
}

/** Told before its body is visited; objects that were copied to be finished would be most of what visiting a function costs. */
type Unfinished = { -readonly [Name in keyof FunctionDefinition]: FunctionDefinition[Name] };

/** The code of a class's `static { … }`: a call of kind `class`. */
export function visitStaticBlock(walk: Walk, node: StaticBlock): void {
  if (declaresTwice(node)) throw new EarlyError("a name is declared twice");
  const outer = walk.frame;
  const place = walk.functions.length;
  const line = walk.lines.line(node.start);
  const column = walk.lines.column(node.start);
  const definition = { name: walk.path.join("."), kind: "class", line, column, parameters: [], captures: [] } as const;
  walk.functions.push({ ...definition, locals: [] });
  if (walk.lines.made(node.start)) walk.made.add(place);
  const wrapped = hoistingOf(node, [], true, walk.source).movable;
  const call = callIn(outer, walk);
  walk.frame = newFrame({ place, scope: node, call, maker: call, wrapped });
  const open = afterComments(walk.source, node.start + "static".length);
  const entry = walk.inserts.add(open + 1, "");
  walk.visitList(node.body, open + 1);
  const { locals, open: start, told } = finishBody(walk, outer, [], null);
  walk.functions[place] = { ...definition, locals };
  addEnd(walk, node.end - 1, node.body, told);
  addEntry(walk, entry, outer.maker, [], "", start);
  walk.frame = outer;
}

/** The offset of the next character that is neither space nor comment. */
function afterComments(source: string, from: number): number {
  const skipped = /(?:\s|\/\*[^]*?\*\/|\/\/.*)*/y;
  skipped.lastIndex = from;
  return from + (skipped.exec(source)?.[0].length ?? 0);
}

export function visitClass(walk: Walk, node: ClassNode, name: string | null): void {
  const outer = { strict: walk.strict, frame: walk.frame };
  if (node.id) {
    walk.bindings.declare(node.id.name, node.type === "ClassDeclaration" ? walk.frame.scope : node);
    if (node.type === "ClassDeclaration") declareOther(walk, node.id.name, walk.frame.block);
  }
  walk.strict = true;
  if (needsDecorators(node) && !isKnown("decorators")) throw new EarlyError("V8 knows no decorators");
  for (const decorator of node.decorators ?? []) walk.visit(decorator);
  walk.visit(node.superClass);
  walk.path.push((node.id ? walk.lines.name(node.id.start, node.id.name) : name) ?? "<class>");
  if (!node.body.body.some(isConstructor)) addConstructor(walk, node);
  for (const member of node.body.body) {
    if (member.type === "StaticBlock") visitStaticBlock(walk, member);
    else if (member.type !== "Literal") visitClassMember(walk, member as MemberNode, node);
  }
  walk.path.pop();
  walk.strict = outer.strict;
}

function needsDecorators({ decorators, body }: ClassNode): boolean {
  const has = (of: readonly Node[] | undefined): boolean => of !== undefined && of.length > 0;
  return (
    has(decorators) ||
    body.body.some(
      (each) => each.type === "AccessorProperty" || has((each as { decorators?: readonly Node[] }).decorators),
    )
  );
}

function isConstructor(member: Node): boolean {
  return member.type === "MethodDefinition" && member.kind === "constructor";
}

/**
 * A class that is not derived gets the constructor that the language would give it. That of a derived one cannot be written without
 * being seen: V8 leaves it out of stacks where it stands between others, and arguments would be handed on by an iterator. There a
 * comment tells which class it is.
 */
function addConstructor(walk: Walk, node: ClassNode): void {
  const { frame, functions, inserts, lines, path, words } = walk;
  const isDerived = node.superClass !== null;
  const place = functions.length;
  functions.push({
    name: `${path.join(".")}.constructor`,
    kind: "method",
    line: lines.line(node.start),
    column: lines.column(node.start),
    parameters: [],
    captures: isDerived ? [] : ["this"],
    locals: [],
  });
  const at = node.body.start + 1;
  const { hooks } = words;
  if (isDerived) inserts.add(at, `/*${hooks}.e0(`, { fn: place }, "*/");
  else inserts.add(at, `${implicit}${hooks}.q(${hooks}.e1(`, { fn: place }, `,${frame.maker},this))}`);
}

function visitClassMember(walk: Walk, member: MemberNode, { start, superClass }: ClassNode): void {
  for (const decorator of member.decorators ?? []) walk.visit(decorator);
  if (member.computed) walk.visit(member.key);
  const { value } = member;
  if (!value) return;
  if (member.type === "MethodDefinition" && value.type === "FunctionExpression") {
    const isConstructor = member.kind === "constructor";
    visitFunction(walk, value, null, {
      member,
      derived: isConstructor && superClass !== null,
      isMade: isConstructor && !walk.lines.wrote(member.start, start),
    });
    return;
  }
  // Initial values of fields are functions of their own, which have no hooks: `this` in them is not that of the code around.
  const outer = walk.frame;
  walk.frame = {
    ...outer,
    arrow: null,
    isModule: false,
    wrapped: false,
    locals: newLocals(),
    progress: newProgress(),
  };
  walk.visitNamed(value, memberName(member, walk.source, walk.lines));
  finishLocals(walk, outer.locals, []);
  walk.frame = outer;
}

/** The module's own code. That of CommonJS modules and scripts is entered and ended by loading/. */
export function visitProgram(walk: Walk, program: Block): void {
  const { hooks } = walk.words;
  const { call } = walk.frame;
  const directives = directivesOf(program);
  if (directives.some((directive) => directive.text === "use strict")) walk.strict = true;
  const statements = program.body.slice(directives.length);
  // Not before imports, an excerpt of which V8 shows where they cannot be linked.
  const first = statements.find((statement) => !isLinked(statement)) ?? null;
  const last = statements.at(-1);
  const { hasCall } = walk.frame;
  if (hasCall && first) walk.inserts.add(first.start, `const ${call}=${hooks}.e0(`, { fn: 0 }, ",0);");
  walk.visitList(statements);
  if (isRedeclared(walk.frame.locals)) throw new EarlyError("a name is declared twice");
  if (hasCall && last && !first) walk.inserts.add(last.end, `;const ${call}=${hooks}.e0(`, { fn: 0 }, ",0)");
  if (hasCall && last) walk.inserts.add(last.end, `;${hooks}.q(${call});`);
}

function isLinked(statement: Node): boolean {
  if (statement.type === "ExportNamedDeclaration") return statement.declaration === null;
  return statement.type === "ImportDeclaration" || (statement as { type: string }).type === "ExportAllDeclaration";
}

function addEntry(
  walk: Walk,
  insert: number,
  maker: string,
  captures: readonly string[],
  before: string,
  after: string,
): void {
  const { hooks } = walk.words;
  const { call, place } = walk.frame;
  const few = captures.length <= 4;
  const values = few ? captures.map((name) => `,${name}`).join("") : `,[${captures.join(",")}]`;
  walk.inserts.replace(
    insert,
    `${before}const ${call}=${hooks}.e${few ? captures.length : "n"}(`,
    { fn: place },
    `,${maker}${values});${after}`,
  );
}

interface Finished {
  readonly locals: readonly Local[];
  /** What the body begins with. */
  readonly open: string;
  /** What the hook for exceptions is given besides. */
  readonly told: string;
}

/** `expression`: the body, if it is one. */
function finishBody(walk: Walk, outer: Frame, captures: readonly string[], expression: Node | null): Finished {
  const { frame, words, lines } = walk;
  if (isRedeclared(frame.locals)) throw new EarlyError("a name is declared twice");
  const { slots, values, locals } = finishLocals(walk, outer.locals, captures);
  if (!frame.wrapped) return { locals, open: "", told: "" };
  const { slot, value } = finishProgress(walk);
  const own = [...(slot === null ? [] : [slot]), ...slots, ...(frame.keepsOld ? [`${words.error}t`] : [])];
  const line = expression ? String(below(walk, lines.line(expression.start))) : value;
  return {
    locals,
    open: own.length > 0 ? `let ${own.join(",")};try{` : "try{",
    told: [line, ...captures, ...values].map((each) => `,${each}`).join(""),
  };
}

/** Ends the call at the end of a body, unless its last statement leaves it anyway. */
function addEnd(walk: Walk, at: number, statements: readonly Node[], told: string): void {
  const { hooks } = walk.words;
  const { call } = walk.frame;
  const last = statements.at(-1)?.type;
  const { frame } = walk;
  const leaves = last === "ReturnStatement" || last === "ThrowStatement";
  const late = frame.disposes && frame.wrapped;
  if (late) frame.endsLate = true;
  const end = ending(walk, leaves ? "" : `;${hooks}.${late ? "p" : "q"}(${call})`, told);
  if (end !== "") walk.inserts.add(at, end);
}

function ending(walk: Walk, last: string, told: string): string {
  const { hooks, error } = walk.words;
  const { call } = walk.frame;
  if (!walk.frame.wrapped) return last;
  const late = walk.frame.endsLate ? `finally{${hooks}.f(${call})}` : "";
  return `${last}}catch(${error}){${hooks}.x(${call},${error}${told});throw ${error}}${late}`;
}

interface Directive {
  readonly text: string;
  readonly end: number;
}

function directivesOf(block: Block): Directive[] {
  const directives: Directive[] = [];
  for (const statement of block.body) {
    if (statement.type !== "ExpressionStatement" || statement.directive === undefined) break;
    directives.push({ text: statement.directive, end: statement.end });
  }
  return directives;
}

function bodyStart(block: Block, directives: readonly Directive[]): number {
  return directives.at(-1)?.end ?? block.start + 1;
}

function unended(walk: Walk, directives: readonly Directive[]): boolean {
  const last = directives.at(-1);
  return last !== undefined && walk.source[last.end - 1] !== ";";
}

/** Takes back what was put in since then, call sites included. */
export function dropSince(walk: Walk, since: number): void {
  for (let insert = since; insert < walk.inserts.count; insert++) walk.inserts.drop(insert);
  for (const site of walk.sites ?? []) if ((site.inserts[0] ?? -1) >= since) site.dropped = true;
}
