// What is known of names in a file without following scopes: which of them are one function or class and nothing else
// anywhere in the file, and which come from another module.
import type { Import, Node } from "./syntax.ts";
import { bare, boundNames, isClass, isFunction } from "./syntax.ts";

export interface Bindings {
  /** A name is declared; as a function or class, if it is one, that can be seen within `scope`. */
  declare(name: string, functionIn: Scope | null): void;
  declareAll(pattern: Node): void;
  /** A variable with its initial value, which tells more. */
  declareVariable(id: Node, init: Node | null, scope: Scope): void;
  declareImports(declaration: Import): void;
  /** A name, or what a pattern holds, gets another value. */
  assign(target: Node): void;
  /** The function of this name has no hooks. */
  withoutHooks(name: string): void;
  /** Whether this name, at this offset, can be nothing but a function or class of the file. */
  isOwnFunction(name: string, at: number): boolean;
  /** The module that the first name of a callee was imported from. */
  moduleOf(callee: Node): string | null;
}

export interface Scope {
  readonly start: number;
  readonly end: number;
}

export function collectBindings(): Bindings {
  const declared = new Map<string, Scope | null>();
  const assigned = new Set<string>();
  const modules = new Map<string, string>();

  function declare(name: string, functionIn: Scope | null): void {
    declared.set(name, declared.has(name) ? null : functionIn);
  }

  function declareAll(pattern: Node): void {
    if (pattern.type === "Identifier") declare(pattern.name, null);
    else for (const name of boundNames(pattern)) declare(name, null);
  }

  return {
    declare,
    declareAll,
    declareVariable(id, init, scope) {
      const value = init && bare(init);
      if (id.type === "Identifier" && value && (isFunction(value) || isClass(value))) declare(id.name, scope);
      else declareAll(id);
      const module = value && requiredModule(value);
      if (module) for (const name of boundNames(id)) modules.set(name, module);
    },
    declareImports(declaration) {
      for (const { local } of declaration.specifiers) {
        declare(local.name, null);
        modules.set(local.name, String(declaration.source.value));
      }
    },
    assign(target) {
      if (target.type === "Identifier") assigned.add(target.name);
      else if (target.type !== "MemberExpression") for (const name of assignedNames(target)) assigned.add(name);
    },
    withoutHooks: (name) => void assigned.add(name),
    isOwnFunction(name, at) {
      const scope = declared.get(name);
      return !!scope && scope.start <= at && at < scope.end && !assigned.has(name);
    },
    moduleOf(callee) {
      const root = rootOf(callee);
      return root.type === "Identifier" ? (modules.get(root.name) ?? null) : requiredModule(root);
    },
  };
}

/** `x` of `(0, x.y).z(…)`. */
function rootOf(callee: Node): Node {
  let node = callee;
  for (;;) {
    switch (node.type) {
      case "ParenthesizedExpression":
      case "ChainExpression":
        node = node.expression;
        break;
      case "MemberExpression":
        node = node.object;
        break;
      case "CallExpression":
        if (requiredModule(node)) return node;
        node = node.callee;
        break;
      case "SequenceExpression":
        node = node.expressions.at(-1) ?? node;
        break;
      default:
        return node;
    }
  }
}

/** The module of `require("x")`, also within what compilers put around it (`__importDefault(…)`), and of `await import("x")`. */
function requiredModule(value: Node): string | null {
  const node = bare(value);
  switch (node.type) {
    case "CallExpression": {
      const first = node.arguments[0];
      if (!first || node.callee.type !== "Identifier") return null;
      if (node.callee.name !== "require") return first.type === "CallExpression" ? requiredModule(first) : null;
      return first.type === "Literal" && typeof first.value === "string" ? first.value : null;
    }
    case "MemberExpression":
      return requiredModule(node.object);
    case "AwaitExpression":
      return node.argument && requiredModule(node.argument);
    case "ImportExpression":
      return node.source.type === "Literal" ? String(node.source.value) : null;
    default:
      return null;
  }
}

/** Names to which an assignment to this target gives a value. Patterns of assignments may hold any target. */
function assignedNames(target: Node): string[] {
  const node = bare(target);
  switch (node.type) {
    case "VariableDeclaration":
      return [];
    case "ObjectExpression":
    case "ObjectPattern":
      return node.properties.flatMap(assignedNames);
    case "ArrayExpression":
    case "ArrayPattern":
      return node.elements.flatMap((element) => (element ? assignedNames(element) : []));
    case "Property":
      return node.value ? assignedNames(node.value) : [];
    case "AssignmentPattern":
    case "AssignmentExpression":
      return assignedNames(node.left);
    case "RestElement":
    case "SpreadElement":
      return assignedNames(node.argument);
    case "Identifier":
      return [node.name];
    default:
      return [];
  }
}
