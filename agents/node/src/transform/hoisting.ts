// Whether the statements of a function's body can be put into the block of a `try`. Functions that are declared at the top
// of a body are hoisted and bound like variables; in a block they are bound like `let`, and are then hoisted again as
// variables only where the mode is sloppy and nothing is in the way. All of the body moves along, so that makes no
// difference as long as nothing else has the name of such a function.
import type { Block, Node, StaticBlock } from "./syntax.ts";
import { bare, boundNames } from "./syntax.ts";

export interface Hoisting {
  /** The body can be put into a block. */
  readonly movable: boolean;
  /** Names of the functions declared at the top of the body. */
  readonly functions: readonly string[];
  /** A parameter is declared again by `let`, `const` or `class`: the file is no valid program, which a block would hide. */
  readonly redeclared: boolean;
}

export function hoistingOf(
  body: Block | StaticBlock,
  parameters: readonly string[],
  strict: boolean,
  source: string,
): Hoisting {
  const functions: string[] = [];
  let redeclared = false;
  for (const statement of body.body) {
    const declared = statement.type === "LabeledStatement" ? unlabeled(statement) : statement;
    if (declared.type === "FunctionDeclaration") functions.push(declared.id?.name ?? "");
    else if (parameters.length > 0 && redeclares(statement, parameters)) redeclared = true;
  }
  if (functions.length === 0) return { movable: true, functions, redeclared };
  const names = new Set(functions);
  const clash =
    names.size < functions.length ||
    parameters.some((name) => names.has(name)) ||
    // In sloppy mode, `eval` can declare variables of the function, and not across a block that has the name.
    (!strict && /\beval\b/.test(source.slice(body.start, body.end))) ||
    body.body.some((statement) => declaresVariable(statement, names, strict, true));
  return { movable: !clash, functions, redeclared };
}

/**
 * Whether a `var` of a class's static block has the name of a `let`, `const` or `class` at its top. In functions V8 finds that
 * also within a `try`; in static blocks, only when they run.
 */
export function declaresTwice(block: StaticBlock): boolean {
  const names = new Set(block.body.flatMap(lexicalNames));
  return names.size > 0 && block.body.some((statement) => declaresVariable(statement, names, true, true));
}

export function lexicalNames(statement: Node): string[] {
  if (statement.type === "ClassDeclaration") return statement.id ? [statement.id.name] : [];
  if (statement.type !== "VariableDeclaration" || statement.kind === "var") return [];
  return statement.declarations.flatMap(({ id }) => boundNames(id));
}

function unlabeled(statement: Node): Node {
  let inner = statement;
  while (inner.type === "LabeledStatement") inner = inner.body;
  return inner;
}

function redeclares(statement: Node, names: readonly string[]): boolean {
  return lexicalNames(statement).some((name) => names.includes(name));
}

/** Whether a statement declares one of these names as a variable of the function, or, in a block, as a function. */
function declaresVariable(statement: Node | null, names: ReadonlySet<string>, strict: boolean, top: boolean): boolean {
  const within = (inner: Node | null): boolean => declaresVariable(inner, names, strict, false);
  switch (statement?.type) {
    case undefined:
      return false;
    case "FunctionDeclaration":
      // In sloppy mode a function in a block is hoisted to the top as well (B.3.3), unless something is in the way.
      return !top && !strict && names.has(statement.id?.name ?? "");
    case "VariableDeclaration":
      return (
        statement.kind === "var" &&
        statement.declarations.some((declarator) => boundNames(declarator.id).some((name) => names.has(name)))
      );
    case "LabeledStatement":
      return declaresVariable(statement.body, names, strict, top);
    case "BlockStatement":
      return statement.body.some(within);
    case "SwitchStatement":
      return statement.cases.some((one) => one.consequent.some(within));
    case "TryStatement":
      return within(statement.block) || within(statement.handler?.body ?? null) || within(statement.finalizer);
    case "ForInStatement":
    case "ForOfStatement":
      return within(statement.left) || within(statement.body);
    case "ForStatement":
    case "IfStatement":
    case "DoWhileStatement":
    case "WhileStatement":
    case "WithStatement":
      return fieldsOf(statement).some(within);
    default:
      return false;
  }
}

/** The statements that such a statement holds, and some expressions, which declare nothing. */
function fieldsOf(statement: Node): (Node | null)[] {
  const { init, body, consequent, alternate } = statement as unknown as Record<string, Node | null | undefined>;
  return [init ?? null, body ?? null, consequent ?? null, alternate ?? null].map((field) => field && bare(field));
}
