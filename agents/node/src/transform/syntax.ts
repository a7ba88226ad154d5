// The syntax tree, as far as the transform looks at it: ESTree, with offsets (UTF-16 units) and with parentheses as nodes
// of their own, so that an insert can go right before or behind what stands in them. Kinds of nodes that are only passed
// through are in `children`, each with the fields to be visited in the order of the source.

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface FunctionNode extends Span {
  readonly type: "FunctionDeclaration" | "FunctionExpression" | "ArrowFunctionExpression";
  readonly id?: Identifier | null;
  readonly params: readonly Node[];
  readonly body: Node;
  readonly async: boolean;
  readonly generator: boolean;
}

export interface ClassNode extends Span {
  readonly type: "ClassDeclaration" | "ClassExpression";
  readonly id: Identifier | null;
  readonly superClass: Node | null;
  readonly body: Span & { readonly body: readonly Node[] };
  readonly decorators?: readonly Node[];
}

/** A method, a field, or a property of an object literal or pattern. */
export interface MemberNode extends Span {
  readonly type: "MethodDefinition" | "PropertyDefinition" | "AccessorProperty" | "Property";
  readonly key: Node;
  readonly value: Node | null;
  readonly computed: boolean;
  readonly static?: boolean;
  readonly kind?: "constructor" | "method" | "get" | "set" | "init";
  readonly method?: boolean;
  readonly shorthand?: boolean;
  readonly decorators?: readonly Node[];
}

export interface StaticBlock extends Span {
  readonly type: "StaticBlock";
  readonly body: readonly Node[];
}

export interface Block extends Span {
  readonly type: "BlockStatement" | "Program";
  readonly body: readonly Node[];
}

export interface Switch extends Span {
  readonly type: "SwitchStatement";
  readonly discriminant: Node;
  readonly cases: readonly { readonly test: Node | null; readonly consequent: readonly Node[] }[];
}

export interface ExpressionStatement extends Span {
  readonly type: "ExpressionStatement";
  readonly expression: Node;
  readonly directive?: string;
}

export interface Leaving extends Span {
  readonly type: "ReturnStatement" | "ThrowStatement";
  readonly argument: Node | null;
}

export interface Try extends Span {
  readonly type: "TryStatement";
  readonly block: Block;
  readonly handler: Catch | null;
  readonly finalizer: Block | null;
}

export interface Catch extends Span {
  readonly type: "CatchClause";
  readonly param: Node | null;
  readonly body: Block;
}

export interface ForEach extends Span {
  readonly type: "ForOfStatement" | "ForInStatement";
  readonly left: Node;
  readonly right: Node;
  readonly body: Node;
  readonly await?: boolean;
}

export interface Labeled extends Span {
  readonly type: "LabeledStatement";
  readonly body: Node;
}

export interface With extends Span {
  readonly type: "WithStatement";
  readonly object: Node;
}

export interface Variables extends Span {
  readonly type: "VariableDeclaration";
  readonly kind: string;
  readonly declarations: readonly Declarator[];
}

export interface Declarator extends Span {
  readonly type: "VariableDeclarator";
  readonly id: Node;
  readonly init: Node | null;
}

export interface Import extends Span {
  readonly type: "ImportDeclaration";
  readonly source: Literal;
  readonly specifiers: readonly { readonly local: Identifier }[];
}

export interface Export extends Span {
  readonly type: "ExportNamedDeclaration" | "ExportDefaultDeclaration";
  readonly declaration: Node | null;
}

export interface Identifier extends Span {
  readonly type: "Identifier";
  readonly name: string;
}

export interface PrivateIdentifier extends Span {
  readonly type: "PrivateIdentifier";
  readonly name: string;
}

export interface Literal extends Span {
  readonly type: "Literal";
  readonly value: unknown;
  readonly regex?: Regex;
}

export interface Regex {
  readonly pattern: string;
  readonly flags: string;
}

export interface This extends Span {
  readonly type: "ThisExpression" | "Super";
}

export interface Parenthesized extends Span {
  readonly type: "ParenthesizedExpression" | "ChainExpression";
  readonly expression: Node;
}

export interface Member extends Span {
  readonly type: "MemberExpression";
  readonly object: Node;
  readonly property: Node;
  readonly computed: boolean;
}

export interface Call extends Span {
  readonly type: "CallExpression" | "NewExpression";
  readonly callee: Node;
  readonly arguments: readonly Node[];
}

export interface Tagged extends Span {
  readonly type: "TaggedTemplateExpression";
  readonly tag: Node;
  readonly quasi: Node & { readonly expressions: readonly Node[] };
}

export interface Suspending extends Span {
  readonly type: "AwaitExpression" | "YieldExpression";
  readonly argument: Node | null;
  readonly delegate?: boolean;
}

/** Assignments, and defaults in patterns. */
export interface Assignment extends Span {
  readonly type: "AssignmentExpression" | "AssignmentPattern";
  readonly left: Node;
  readonly right: Node;
}

export interface Update extends Span {
  readonly type: "UpdateExpression" | "SpreadElement" | "RestElement";
  readonly argument: Node;
}

export interface Sequence extends Span {
  readonly type: "SequenceExpression";
  readonly expressions: readonly Node[];
}

export interface ObjectNode extends Span {
  readonly type: "ObjectExpression" | "ObjectPattern";
  readonly properties: readonly Node[];
}

export interface ArrayNode extends Span {
  readonly type: "ArrayExpression" | "ArrayPattern";
  readonly elements: readonly (Node | null)[];
}

export interface ImportCall extends Span {
  readonly type: "ImportExpression";
  readonly source: Node;
  readonly options: Node | null;
}

/** Visited for what is in them only. */
export const children = {
  BinaryExpression: ["left", "right"],
  BreakStatement: [],
  ConditionalExpression: ["test", "consequent", "alternate"],
  ContinueStatement: [],
  DebuggerStatement: [],
  Decorator: ["expression"],
  DoWhileStatement: ["body", "test"],
  EmptyStatement: [],
  ExportAllDeclaration: [],
  ForStatement: ["init", "test", "update", "body"],
  IfStatement: ["test", "consequent", "alternate"],
  LogicalExpression: ["left", "right"],
  MetaProperty: [],
  TemplateElement: [],
  TemplateLiteral: ["expressions"],
  UnaryExpression: ["argument"],
  WhileStatement: ["test", "body"],
} as const;

export interface Plain extends Span {
  readonly type: keyof typeof children;
}

export type Node =
  | FunctionNode | ClassNode | MemberNode | StaticBlock | Block | Switch | ExpressionStatement | Leaving | Try | Catch
  | ForEach | Labeled | With | Variables | Declarator | Import | Export | Identifier | PrivateIdentifier | Literal | This
  | Parenthesized | Member | Call | Tagged | Suspending | Assignment | Update | Sequence | ObjectNode | ArrayNode
  | ImportCall | Plain; // prettier-ignore

export function isFunction(node: Node): node is FunctionNode {
  return (
    node.type === "FunctionDeclaration" || node.type === "FunctionExpression" || node.type === "ArrowFunctionExpression"
  );
}

export function isClass(node: Node): node is ClassNode {
  return node.type === "ClassDeclaration" || node.type === "ClassExpression";
}

/** A function or class that may get a name from where it stands, or an object literal whose members get it. */
export function takesName(node: Node): boolean {
  const value = bare(node);
  return isFunction(value) || value.type === "ObjectExpression" || isClass(value);
}

/** Suspends once. */
export function isStep(node: Node): node is Suspending {
  return node.type === "AwaitExpression" || (node.type === "YieldExpression" && node.delegate !== true);
}

/** Has no calls in it, and nothing that suspends. */
export function isSimple(node: Node): boolean {
  switch (node.type) {
    case "Identifier":
    case "Literal":
    case "ThisExpression":
    case "Super":
    case "MetaProperty":
      return true;
    case "MemberExpression":
      return isSimple(node.object) && (!node.computed || isSimple(node.property));
    case "ParenthesizedExpression":
      return isSimple(node.expression);
    case "SequenceExpression":
      return node.expressions.every(isSimple);
    default:
      return false;
  }
}

/** What stands in the parentheses, if there are any. */
export function bare(node: Node): Node {
  let inner = node;
  while (inner.type === "ParenthesizedExpression") inner = inner.expression;
  return inner;
}

/** The names that a pattern binds, in order. */
export function boundNames(pattern: Node): string[] {
  return boundIdentifiers(pattern).map(({ name }) => name);
}

export function boundIdentifiers(pattern: Node, names: Identifier[] = []): Identifier[] {
  switch (pattern.type) {
    case "Identifier":
      names.push(pattern);
      break;
    case "ObjectPattern":
      for (const property of pattern.properties) boundIdentifiers(property, names);
      break;
    case "Property":
      if (pattern.value) boundIdentifiers(pattern.value, names);
      break;
    case "ArrayPattern":
      for (const element of pattern.elements) if (element) boundIdentifiers(element, names);
      break;
    case "AssignmentPattern":
      boundIdentifiers(pattern.left, names);
      break;
    case "RestElement":
      boundIdentifiers(pattern.argument, names);
      break;
    default:
      break;
  }
  return names;
}
