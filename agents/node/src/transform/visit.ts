// Goes through a tree in the order of the source and hands each node to what knows about it.
import { visitClass, visitFunction, visitProgram, dropSince } from "./functions.ts";
import { memberName, targetName } from "./names.ts";
import { markChain, markShown, markTarget, visitCall, visitTagged } from "./sites.ts";
import { noteAssignment, noteUpdate } from "./locals.ts";
import type { For, If } from "./loops.ts";
import { inBlock, visitBlock, visitBody, visitFor, visitIf } from "./loops.ts";
import { forgetLine, tellLine } from "./progress.ts";
import {
  visitCatch, visitForEach, visitLabeled, visitReturn, visitSuspending, visitThrow, visitTry, visitVariables,
} from "./statements.ts"; // prettier-ignore
import type { Assignment, ExpressionStatement, MemberNode, Node, Regex, Suspending } from "./syntax.ts";
import { bare, children, isClass, isFunction, takesName } from "./syntax.ts";
import type { Walk } from "./walk.ts";
import { EarlyError, endStatement } from "./walk.ts";

export function visit(walk: Walk, node: Node | null): void {
  if (!node) return;
  switch (node.type) {
    case "Identifier":
    case "PrivateIdentifier":
    case "Super":
      return;
    case "Literal":
      if (node.regex) checkRegex(node.regex);
      return;
    case "ThisExpression":
      noteThis(walk);
      return;
    case "Program":
      visitProgram(walk, node);
      return;
    case "BlockStatement":
      visitBlock(walk, node);
      return;
    case "ExpressionStatement":
      visitExpressionStatement(walk, node);
      return;
    case "MemberExpression":
      if (node.object.type === "Super") noteThis(walk);
      visit(walk, node.object);
      if (node.computed) visit(walk, node.property);
      return;
    case "CallExpression":
    case "NewExpression":
      visitCall(walk, node, false);
      return;
    case "TaggedTemplateExpression":
      visitTagged(walk, node, false);
      return;
    case "BinaryExpression":
    case "LogicalExpression": {
      const { left, right } = node as unknown as Assignment;
      visit(walk, left);
      visit(walk, right);
      return;
    }
    case "IfStatement":
      visitIf(walk, node as unknown as If);
      return;
    case "ConditionalExpression": {
      const { test, consequent, alternate } = node as unknown as Readonly<Record<string, Node | null>>;
      visit(walk, test ?? null);
      visit(walk, consequent ?? null);
      visit(walk, alternate ?? null);
      return;
    }
    case "UnaryExpression":
      visit(walk, (node as unknown as Suspending).argument);
      return;
    case "FunctionDeclaration":
    case "FunctionExpression":
    case "ArrowFunctionExpression":
      visitFunction(walk, node, null, null);
      return;
    case "ClassDeclaration":
    case "ClassExpression":
      visitClass(walk, node, null);
      return;
    case "VariableDeclaration":
      visitVariables(walk, node, false);
      return;
    case "AssignmentExpression":
    case "AssignmentPattern":
      visitAssignment(walk, node);
      return;
    case "ReturnStatement":
      visitReturn(walk, node);
      return;
    case "ThrowStatement":
      visitThrow(walk, node);
      return;
    case "AwaitExpression":
    case "YieldExpression":
      visitSuspending(walk, node);
      return;
    case "TryStatement":
      visitTry(walk, node);
      return;
    case "CatchClause":
      visitCatch(walk, node);
      return;
    case "ForOfStatement":
    case "ForInStatement":
      visitForEach(walk, node, node);
      return;
    case "LabeledStatement":
      visitLabeled(walk, node);
      return;
    case "ObjectExpression":
    case "ObjectPattern":
      for (const property of node.properties) visit(walk, property);
      return;
    case "ArrayExpression":
    case "ArrayPattern":
      for (const element of node.elements) visit(walk, element);
      return;
    case "Property":
      visitProperty(walk, node);
      return;
    default:
      visitRare(walk, node);
  }
}

function visitRare(walk: Walk, node: Node): void {
  switch (node.type) {
    case "ParenthesizedExpression":
      visit(walk, node.expression);
      return;
    case "ChainExpression":
      markChain(walk, node.expression);
      visit(walk, node.expression);
      return;
    case "SequenceExpression":
      for (const expression of node.expressions) visit(walk, expression);
      return;
    case "SpreadElement":
      markShown(walk, node.argument);
      visit(walk, node.argument);
      return;
    case "RestElement":
      visit(walk, node.argument);
      return;
    case "UpdateExpression": {
      walk.bindings.assign(node.argument);
      markTarget(walk, node.argument);
      const after = noteUpdate(walk, node, walk.voided.has(node));
      visit(walk, node.argument);
      after?.();
      return;
    }
    case "SwitchStatement":
      visit(walk, node.discriminant);
      inBlock(walk, node, () => {
        for (const { test, consequent } of node.cases) {
          forgetLine(walk);
          visit(walk, test);
          walk.visitList(consequent);
        }
      });
      return;
    case "ForStatement":
      visitFor(walk, node as unknown as For);
      return;
    case "WhileStatement": {
      const { test, body } = node as unknown as If & { readonly body: Node };
      visit(walk, test);
      visitBody(walk, body, []);
      return;
    }
    case "DoWhileStatement": {
      const { test, body } = node as unknown as If & { readonly body: Node };
      visitBody(walk, body, []);
      visit(walk, test);
      return;
    }
    case "WithStatement": {
      visit(walk, node.object);
      const since = walk.inserts.count;
      walk.frame.unusable = true;
      visitChildren(walk, node as unknown as Fields, ["body"]);
      dropSince(walk, since);
      return;
    }
    case "ImportDeclaration":
      walk.bindings.declareImports(node);
      return;
    case "ExportNamedDeclaration":
      visit(walk, node.declaration);
      return;
    case "ExportDefaultDeclaration": {
      const since = walk.inserts.count;
      if (!node.declaration) return;
      visitNamed(walk, node.declaration, "default");
      if (!node.declaration.type.endsWith("Declaration")) endStatement(walk, node, since);
      return;
    }
    case "ImportExpression":
      visit(walk, node.source);
      visit(walk, node.options);
      return;
    default:
      if (node.type in children)
        visitChildren(walk, node as unknown as Fields, children[node.type as keyof typeof children]);
  }
}

type Fields = Readonly<Record<string, Node | readonly Node[] | null | undefined>>;

function visitChildren(walk: Walk, node: Fields, fields: readonly string[]): void {
  for (const field of fields) {
    const child = node[field];
    if (Array.isArray(child)) for (const one of child as readonly Node[]) visit(walk, one);
    else visit(walk, (child as Node | null | undefined) ?? null);
  }
}

export function visitNamed(walk: Walk, node: Node, name: string | null): void {
  const value = name === null ? node : bare(node);
  if (isFunction(value)) visitFunction(walk, value, name, null);
  else if (isClass(value)) visitClass(walk, value, name);
  else if (value.type === "ObjectExpression" && name !== null) {
    walk.path.push(name);
    visit(walk, value);
    walk.path.pop();
  } else visit(walk, node);
}

/** Statements that have others beside them. `from`: where their block begins, or what stands before them ends. */
export function visitList(walk: Walk, statements: readonly Node[], from: number | null = null): void {
  let behind = from;
  for (const statement of statements) {
    const exported = statement.type === "ExportNamedDeclaration" ? statement.declaration : statement;
    tellLine(walk, statement, behind);
    behind = statement.end;
    if (exported?.type === "VariableDeclaration") visitVariables(walk, exported, true);
    else visit(walk, statement);
    if (statement.type !== "VariableDeclaration" && statement.type !== "ExpressionStatement") forgetLine(walk);
  }
}

function visitExpressionStatement(walk: Walk, node: ExpressionStatement): void {
  const since = walk.inserts.count;
  walk.statementStart = node.start;
  const { expression } = node;
  walk.voided.add(bare(expression));
  if (expression.type === "CallExpression" || expression.type === "NewExpression") visitCall(walk, expression, true);
  else if (expression.type === "TaggedTemplateExpression") visitTagged(walk, expression, true);
  else visit(walk, expression);
  endStatement(walk, node, since);
}

function visitAssignment(walk: Walk, node: Assignment): void {
  const { left, right } = node;
  if (node.type !== "AssignmentExpression") {
    visitSides(walk, left, right);
    return;
  }
  const after = noteAssignment(walk, node, walk.voided.has(node));
  walk.bindings.assign(left);
  markTarget(walk, left);
  visitSides(walk, left, right);
  after?.();
}

function visitSides(walk: Walk, left: Node, right: Node): void {
  visit(walk, left);
  if (takesName(right)) {
    visitNamed(walk, right, targetName(left, walk.lines, walk.frame.namespace));
    return;
  }
  const { type } = bare(left);
  if (type === "ObjectPattern" || type === "ArrayPattern") markShown(walk, right);
  visit(walk, right);
}

function visitProperty(walk: Walk, property: MemberNode): void {
  const { value } = property;
  if (property.computed) visit(walk, property.key);
  if (!value) return;
  const isMethod = property.method === true || property.kind === "get" || property.kind === "set";
  if (isMethod && value.type === "FunctionExpression")
    visitFunction(walk, value, null, { member: property, derived: false, isMade: false });
  else if (takesName(value)) visitNamed(walk, value, memberName(property, walk.source, walk.lines));
  else visit(walk, value);
}

/** What V8 refuses is its own to tell. */
function checkRegex({ pattern, flags }: Regex): void {
  try {
    void new RegExp(pattern, flags);
  } catch (error) {
    throw new EarlyError(String(error));
  }
}

/** An arrow function has the `this` of the function around it. */
function noteThis(walk: Walk): void {
  let frame = walk.frame;
  while (frame.arrow) frame = frame.arrow;
  frame.usesThis = true;
}
