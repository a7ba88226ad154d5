// What compilers write in place of what the user wrote, where a source map does not tell or there is none: `async` functions for
// targets that have none, the functions around namespaces and enums, and helpers.
//
//     function pay(cart) { return __awaiter(this, void 0, void 0, function* () { … }) }     is `async function pay(cart) { … }`
//     (function (Shop) { … })(Shop || (Shop = {})), or ({})                                 is `namespace Shop { … }`
import type { FunctionKind, Inserts } from "../hooks.ts";
import { lexicalNames } from "./hoisting.ts";
import type { Lines } from "./lines.ts";
import type { Call, FunctionNode, Node } from "./syntax.ts";
import { bare, isFunction } from "./syntax.ts";

/** A generator that a helper runs: what it yields is awaited. */
export interface AsyncBody {
  readonly body: FunctionNode;
  readonly kind: FunctionKind;
  /** `this` in it is that of the function around it. */
  readonly hasThis: boolean;
  /** Names that it declares itself. */
  readonly declared: readonly string[];
}

/** TypeScript's and esbuild's. */
const runners = new Map<string, FunctionKind>([
  ["__awaiter", "coroutine"],
  ["__async", "coroutine"],
  ["__asyncGenerator", "async_generator"],
]);

/** Babel's and swc's, which make a function of a generator. */
const makers = new Set(["_asyncToGenerator", "_async_to_generator"]);

/** If all that this function does is to have a helper run a generator. */
export function asyncBodyOf({ async, generator, params, body }: FunctionNode, lines: Lines): AsyncBody | null {
  if (async || generator || !params.every(isName)) return null;
  const call = body.type === "BlockStatement" ? returned(body.body) : bare(body);
  if (call?.type !== "CallExpression") return null;
  const [self] = call.arguments;
  const kind = runners.get(lastName(call.callee, lines) ?? "");
  const run = kind === undefined ? madeBy(call, lines) : generatorIn(call.arguments.at(-1));
  if (run === null) return null;
  const declared = run.body.type === "BlockStatement" ? run.body.body.flatMap(lexicalNames) : [];
  return { body: run, kind: kind ?? "coroutine", hasThis: self?.type === "ThisExpression", declared };
}

function generatorIn(node: Node | undefined): FunctionNode | null {
  const value = node && bare(node);
  return value?.type === "FunctionExpression" && value.generator && !value.async ? value : null;
}

/** The generator in `_asyncToGenerator(function* () { … })()`, and with `.call(this)`. */
function madeBy({ callee }: Call, lines: Lines): FunctionNode | null {
  const called = bare(callee);
  const isCall = called.type === "MemberExpression" && !called.computed && lastName(called, lines) === "call";
  const made = isCall ? bare(called.object) : called;
  return made.type === "CallExpression" ? asyncMadeIn(made, lines) : null;
}

/** The generator of which this call makes an async function. */
export function asyncMadeIn({ callee, arguments: args }: Call, lines: Lines): FunctionNode | null {
  const run = generatorIn(args[0]);
  return run !== null && makers.has(lastName(callee, lines) ?? "") ? run : null;
}

function returned(statements: readonly Node[]): Node | null {
  const last = statements.at(-1);
  if (last?.type !== "ReturnStatement" || !last.argument || !statements.slice(0, -1).every(keepsThis)) return null;
  return bare(last.argument);
}

/** `var _this = this;` */
function keepsThis(statement: Node): boolean {
  if (statement.type !== "VariableDeclaration") return false;
  return statement.declarations.every(
    ({ init }) => init?.type === "ThisExpression" || (init?.type === "Identifier" && init.name === "arguments"),
  );
}

/** As the compiler called it: minifiers tell that in the map. */
function lastName(callee: Node, lines: Lines): string | null {
  const called = bare(callee);
  if (called.type === "SequenceExpression") return lastName(called.expressions.at(-1) ?? called, lines);
  const last = called.type === "MemberExpression" && !called.computed ? called.property : called;
  return last.type === "Identifier" ? lines.name(last.start, last.name) : null;
}

function isName(param: Node): boolean {
  return param.type === "Identifier" || (param.type === "RestElement" && param.argument.type === "Identifier");
}

/** The function around a namespace or an enum, and how that is called; null for what the user wrote so. */
export function namespaceIn(
  { callee, arguments: args }: Call,
  lines: Lines,
): { readonly around: FunctionNode; readonly name: string } | null {
  const around = bare(callee);
  const [arg] = args;
  if (!lines.isCompiled || args.length !== 1 || arg === undefined || !isFunction(around)) return null;
  const [param] = around.params;
  if (around.async || around.generator || around.params.length !== 1 || param?.type !== "Identifier") return null;
  const given = bare(arg);
  const target = given.type === "ObjectExpression" && given.properties.length === 0 ? param : isObjectOrNew(arg);
  // It stands behind the function only where the user wrote it there.
  if (target === null || lines.wrote(arg.start, around.body.end - 1)) return null;
  return { around, name: lines.name(target.start, target.name) };
}

/** The `X` of `X || {}`, `X || (exports.X = X = {})`, `X ||= {}` and `X = Y.X || (Y.X = {})`. */
function isObjectOrNew(node: Node): { readonly start: number; readonly name: string } | null {
  const value = bare(node);
  if (value.type !== "LogicalExpression" && value.type !== "AssignmentExpression") return null;
  const { left, right, operator } = value as unknown as Sides;
  if (operator === "=") return isObjectOrNew(right);
  let object = bare(right);
  while (object.type === "AssignmentExpression") object = bare((object as unknown as Sides).right);
  if (object.type !== "ObjectExpression" || object.properties.length > 0) return null;
  const last = left.type === "MemberExpression" && !left.computed ? left.property : left;
  return last.type === "Identifier" ? last : null;
}

const defines = new Set(["__publicField", "_define_property", "_defineProperty"]);

/** `__name(() => …, "twice")`, `__publicField(this, "twice", () => …)`, `__privateAdd(this, _twice, () => …)`: esbuild takes its name from a function and gives it back. */
export function keptName({ callee, arguments: args }: Call, place: number, lines: Lines): string | null {
  const [, name] = args;
  if (place === 2 && callee.type === "Identifier" && name?.type === "Identifier") {
    const adds = lines.name(callee.start, callee.name) === "__privateAdd";
    return adds ? `#${lines.name(name.start, name.name).replace(/^_/, "")}` : null;
  }
  if (callee.type !== "Identifier" || name?.type !== "Literal" || typeof name.value !== "string") return null;
  if (place !== 0 && place !== 2) return null;
  const given = lines.name(callee.start, callee.name);
  const gives = place === 0 ? given === "__name" : defines.has(given) || defines.has(callee.name);
  return gives ? name.value : null;
}

/** `__await(…)`, in an async generator. */
export function isAwaited(node: Node, lines: Lines): boolean {
  return (
    (node.type === "CallExpression" || node.type === "NewExpression") && lastName(node.callee, lines) === "__await"
  );
}

interface Sides {
  readonly left: Node;
  readonly right: Node;
  readonly operator: string;
}

const helpers = new Set([
  // TypeScript
  ..."__awaiter __generator __decorate __param __metadata __extends __assign __rest __read __spread __spreadArray".split(" "),
  ..."__spreadArrays __values __await __asyncGenerator __asyncDelegator __asyncValues __createBinding".split(" "),
  ..."__setModuleDefault __exportStar __importStar __importDefault __classPrivateFieldGet __classPrivateFieldSet".split(" "),
  ..."__classPrivateFieldIn __makeTemplateObject __runInitializers __esDecorate __propKey __setFunctionName".split(" "),
  ..."__addDisposableResource __disposeResources __rewriteRelativeImportExtension".split(" "),
  // esbuild
  ..."__name __export __copyProps __reExport __toESM __toCommonJS __require __commonJS __commonJSMin __esm".split(" "),
  ..."__esmMin __decorateClass __decorateParam __publicField __privateGet __privateSet __privateAdd".split(" "),
  ..."__privateMethod __privateIn __privateWrapper __accessCheck __typeError __async __forAwait __yieldStar".split(" "),
  ..."__spreadValues __spreadProps __objRest __template __using __callDispose __decoratorStart".split(" "),
  ..."__decoratorContext __decoratorMetadata __decorateElement __expectFn __knownSymbol __defNormalProp".split(" "),
  ..."__superGet __superSet __superWrapper __pow __restKey __earlyAccess __glob __toBinary".split(" "),
]); // prettier-ignore

/** A helper that a compiler has put into the file, by its name. */
export function isHelper(name: string): boolean {
  return name.startsWith("__") && helpers.has(name);
}

/** `_export(exports, { get Cart() { return Cart } })`: swc's. */
export function isExports({ callee, arguments: [target] }: Call, lines: Lines): boolean {
  return (
    callee.type === "Identifier" &&
    callee.name === "_export" &&
    target?.type === "Identifier" &&
    target.name === "exports" &&
    lines.isCompiled
  );
}

/** Their entries name function 0, which is none: hooks of a call that is not recorded do nothing. */
export function unrecorded(inserts: Inserts, made: ReadonlySet<number>): Inserts {
  const texts = [...inserts.texts];
  const number = inserts.number.slice();
  const head = inserts.head.slice();
  for (let insert = 0; insert < number.length; insert++) {
    const numbered = number[insert] ?? -1;
    if (numbered < 0 || (numbered & 1) === 1 || !made.has(numbered >> 1)) continue;
    head[insert] = texts.push(`${texts[head[insert] ?? 0] ?? ""}0${texts[inserts.tail[insert] ?? 0] ?? ""}`) - 1;
    number[insert] = -1;
  }
  return { ...inserts, texts, number, head };
}
