// Statements that leave a function, that catch what leaves others, and that suspend.
import type { Catch, ForEach, Labeled, Leaving, Node, Suspending, Try, Variables } from "./syntax.ts";
import { bare, boundNames, isSimple, isStep, takesName } from "./syntax.ts";
import { isAwaited, isHelper } from "./compiled.ts";
import { addCopies, declareLocals, declareOther, noteLost } from "./locals.ts";
import { isKnown } from "./known.ts";
import { headNames, inBlock, visitBody } from "./loops.ts";
import { askLine, tellHead } from "./progress.ts";
import { markShown, markTarget } from "./sites.ts";
import type { Walk } from "./walk.ts";
import { addHook, EarlyError, endStatement } from "./walk.ts";

export function visitReturn(walk: Walk, node: Leaving): void {
  const { frame, inserts, words } = walk;
  if (!frame.hasCall) {
    walk.visit(node.argument);
    return;
  }
  const pending = frame.wrapped && (frame.pending > 0 || frame.disposes || frame.asyncGenerator);
  if (pending) frame.endsLate = true;
  if (node.argument) {
    const { start, end } = node.argument;
    // An async generator awaits what it returns.
    const waits = pending && frame.asyncGenerator;
    const hook = `${words.hooks}.${pending ? "p" : "r"}(${frame.call},`;
    const [open, close] = around(node.argument);
    inserts.add(start, `${gap(walk, start)}${waits ? `${words.hooks}.w(${frame.call},` : ""}${hook}${open}`);
    walk.visit(node.argument);
    inserts.add(end, `${close}${waits ? "))" : ")"}`);
  } else if (frame.asyncGenerator) {
    // With a value, even an undefined one, it would be awaited.
    inserts.add(node.start, `{${words.hooks}.${pending ? "p" : "q"}(${frame.call});`);
    inserts.add(node.end, walk.source[node.end - 1] === ";" ? "}" : ";}");
    return;
  } else {
    inserts.add(node.start + "return".length, ` void ${words.hooks}.${pending ? "p" : "q"}(${frame.call})`);
  }
  // Without it, the next line could now be taken for a part of this one.
  if (walk.source[node.end - 1] !== ";") inserts.add(node.end, ";");
}

export function visitThrow(walk: Walk, node: Leaving): void {
  if (!node.argument) return;
  const [open, close] = around(node.argument);
  addHook(walk, node.argument.start, gap(walk, node.argument.start), "t", `,${walk.lines.line(node.start)},${open}`);
  walk.visit(node.argument);
  walk.inserts.add(node.argument.end, `${close})`);
  if (walk.source[node.end - 1] !== ";") walk.inserts.add(node.end, ";");
}

/** What keeps a keyword apart from what is put in behind it: `return(x)`. */
function gap(walk: Walk, at: number): string {
  return walk.source[at - 1] === " " ? "" : " ";
}

/** Only where a comma makes them necessary: V8 compiles a function at once that stands in parentheses. */
function around(operand: Node): readonly [string, string] {
  return operand.type === "SequenceExpression" ? ["(", ")"] : ["", ""];
}

export function visitTry(walk: Walk, node: Try): void {
  const { frame } = walk;
  if (node.finalizer) frame.pending++;
  walk.visit(node.block);
  walk.visit(node.handler);
  if (!node.finalizer) return;
  frame.pending--;
  if (frame.suspendable) addHook(walk, node.finalizer.start + 1, "", "d", ");");
  walk.visit(node.finalizer);
}

export function visitCatch(walk: Walk, node: Catch): void {
  const { inserts, words } = walk;
  const line = walk.lines.line(node.start);
  const { param, body } = node;
  if (param) for (const name of boundNames(param)) declareOther(walk, name, node);
  if (!param) inserts.add(node.start + "catch".length, `(${words.error})`);
  if (!param || param.type === "Identifier") {
    if (param) walk.bindings.declareAll(param);
    addHook(walk, body.start + 1, "", "c", `,${line},${param?.name ?? words.error}${askLine(walk)});`);
    walk.visit(body);
    return;
  }
  // catch ({ message }) {…}  becomes  catch ($e){$spoor.c($c,7,$e);let { message }=$e;if(1) {…}}
  walk.bindings.declareAll(param);
  addHook(walk, param.start, `${words.error}){`, "c", `,${line},${words.error}${askLine(walk)});let `);
  walk.visit(param);
  inserts.add(param.end, `=${words.error};if(1`);
  walk.visit(body);
  inserts.add(body.end, "}");
}

export function visitForEach(walk: Walk, node: ForEach, statement: Node): void {
  const { left } = node;
  const awaits = node.await === true || (left.type === "VariableDeclaration" && left.kind === "await using");
  if (left.type !== "VariableDeclaration") {
    walk.bindings.assign(left);
    markTarget(walk, left);
    noteLost(walk, left);
  }
  if (node.type === "ForOfStatement") markShown(walk, node.right);
  inBlock(walk, node, () => {
    if (walk.frame.hasCall && awaits) visitSteps(walk, node, statement);
    else if (!walk.frame.hasCall || !visitAwaited(walk, node, statement)) visitLoop(walk, node, "", "");
  });
}

/** `before` and `after` go around what is repeated. */
function visitLoop(walk: Walk, { type, left, right, body }: ForEach, before: string, after: string): void {
  walk.visit(left);
  walk.visit(right);
  const head = type === "ForOfStatement" ? walk.frame.progress.line : 0;
  if (before !== "") walk.inserts.add(body.start, before);
  visitBody(walk, body, headNames(walk, left));
  tellHead(walk, body, head);
  if (after !== "") walk.inserts.add(body.end, after);
}

/**
 * `for await (const x of xs) {…}` becomes
 * `try{$spoor.l($c);for await (const x of xs) {$spoor.u($c);try{{…}}finally{$spoor.l($c)}}}finally{$spoor.d($c)}`:
 * however a turn or the loop is left, the next step or the end of the iterator is awaited, and then the call runs again.
 */
function visitSteps(walk: Walk, node: ForEach, statement: Node): void {
  const { inserts, words, frame } = walk;
  const [first, next] = [`${words.hooks}.l(${frame.call}`, `{${words.hooks}.u(${frame.call});try{`];
  // V8 tells what cannot be iterated by its source, if it has a name.
  const named = isSimple(node.right);
  inserts.add(statement.start, named ? `try{${first});` : "try{");
  // After a `return` the iterator is closed, and that is awaited.
  frame.pending++;
  walk.visit(node.left);
  if (!named) inserts.add(node.right.start, `${first},`);
  walk.visit(node.right);
  if (!named) inserts.add(node.right.end, ")");
  inserts.add(node.body.start, next);
  visitBody(walk, node.body, headNames(walk, node.left));
  inserts.add(node.body.end, `}finally{${first})}}`);
  frame.pending--;
  inserts.add(statement.end, `}finally{${words.hooks}.d(${frame.call})}`);
}

/** `for (const x of await y)`: V8 shows what cannot be iterated, so the call is told to run again in the loop and after it. */
function visitAwaited(walk: Walk, node: ForEach, statement: Node): boolean {
  const { left } = node;
  const value = bare(node.right);
  if (node.type !== "ForOfStatement" || left.type !== "VariableDeclaration" || !isStep(value)) return false;
  if (left.kind === "using" || left.declarations.some(({ id }) => hasDefaults(id))) return false;
  const runs = `${walk.words.hooks}.d(${walk.frame.call})`;
  walk.unresumed.add(value);
  walk.inserts.add(statement.start, "try{");
  visitLoop(walk, node, `{${runs};`, "}");
  walk.inserts.add(statement.end, `}finally{${runs}}`);
  return true;
}

export function visitLabeled(walk: Walk, node: Labeled): void {
  let loop: Node = node.body;
  while (loop.type === "LabeledStatement") loop = loop.body;
  // What is put around the loop goes around its labels, or they would not be the loop's any more.
  if (loop.type === "ForOfStatement") visitForEach(walk, loop, node);
  else walk.visit(node.body);
}

export function visitSuspending(walk: Walk, node: Suspending): void {
  const { inserts } = walk;
  const { hooks } = walk.words;
  const { call } = walk.frame;
  const resumes = !walk.unresumed.has(node);
  if (resumes) inserts.add(node.start, `${hooks}.u(${call},`);
  if (node.argument) {
    const hook = node.type === "AwaitExpression" || awaits(walk, node) ? "w" : node.delegate === true ? "l" : "y";
    if (node.delegate === true) markShown(walk, node.argument);
    inserts.add(node.argument.start, `${gap(walk, node.argument.start)}${hooks}.${hook}(${call},`);
    walk.visit(node.argument);
    inserts.add(node.argument.end, resumes ? "))" : ")");
  } else {
    inserts.add(node.start + "yield".length, ` ${hooks}.y(${call},void 0)${resumes ? ")" : ""}`);
  }
}

/** `yield` stands for `await` in what a helper runs; in an async generator where another helper says so. */
function awaits({ frame, functions, lines }: Walk, { argument, delegate }: Suspending): boolean {
  if (!frame.yieldsToAwait || delegate === true || !argument) return false;
  if (functions[frame.place]?.kind === "coroutine") return true;
  return isAwaited(argument, lines);
}

/** `inList`: other statements could stand beside it. */
export function visitVariables(walk: Walk, node: Variables, inList: boolean): void {
  const { inserts, words, frame, bindings } = walk;
  const since = inserts.count;
  const declared = declareLocals(walk, node);
  if (node.kind === "using" || node.kind === "await using") {
    if (!isKnown("using")) throw new EarlyError("V8 knows no resources");
    frame.disposes = true;
  }
  const awaitsEnd = node.kind === "await using" && inList && frame.hasCall;
  if (awaitsEnd) inserts.add(node.start, resource(walk, 1));
  let resumed: Node | null = null;
  for (const declarator of node.declarations) {
    const { id, init } = declarator;
    bindings.declareVariable(id, init, frame.scope);
    walk.visit(id);
    if (!init) continue;
    if (id.type !== "Identifier") {
      markShown(walk, init);
      // V8 tells what cannot be destructured by its source, so `await` must stay what it is there.
      const value = bare(init);
      const last = inList && declarator === node.declarations.at(-1);
      if (last && isStep(value) && !hasDefaults(id)) {
        walk.unresumed.add(value);
        resumed = value;
      }
    }
    if (id.type === "Identifier") walk.variables.set(bare(init), id.name);
    const helps = id.type === "Identifier" && isHelper(id.name);
    if (helps) walk.helpers++;
    if (id.type === "Identifier" && takesName(init)) walk.visitNamed(init, walk.lines.name(id.start, id.name));
    else walk.visit(init);
    if (helps) walk.helpers--;
  }
  if (inList) endStatement(walk, node, since);
  const end = walk.source[node.end - 1] === ";" || inserts.endsAt(node.end, since) ? "" : ";";
  if (resumed) inserts.add(node.end, `${end}${words.hooks}.u(${frame.call});`);
  if (awaitsEnd) inserts.add(node.end, end + resource(walk, 0));
  if (!inList) return;
  // Without a value, a variable has one to lose only where it is declared again and again.
  const isAtTop = frame.block.end === frame.scope.end;
  const given = isAtTop ? namesWithValues(node) : declared;
  const names = declared.length === 0 ? declared : given.filter((name) => declared.includes(name));
  if (names.length > 0 && !resumed && end !== "") inserts.add(node.end, end);
  addCopies(walk, node.end, names);
}

function namesWithValues({ declarations }: Variables): string[] {
  const names: string[] = [];
  for (const { id, init } of declarations) {
    if (init && id.type === "Identifier") names.push(id.name);
    else if (init) names.push(...boundNames(id));
  }
  return names;
}

function resource(walk: Walk, resumes: 0 | 1): string {
  const { hooks, error } = walk.words;
  return `using ${error}_${walk.resources++}=${hooks}.k(${walk.frame.call},${resumes});`;
}

/** Defaults in a pattern may be code of the program, which must not run while its call is suspended. */
function hasDefaults(pattern: Node): boolean {
  switch (pattern.type) {
    case "AssignmentPattern":
      return !isSimple(pattern.right) || hasDefaults(pattern.left);
    case "ObjectPattern":
      return pattern.properties.some(hasDefaults);
    case "ArrayPattern":
      return pattern.elements.some((element) => element !== null && hasDefaults(element));
    case "Property":
      return pattern.computed || (pattern.value !== null && hasDefaults(pattern.value));
    case "RestElement":
      return hasDefaults(pattern.argument);
    default:
      return false;
  }
}
