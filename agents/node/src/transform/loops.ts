// Statements that hold others: blocks, which are scopes of variables, and what is run in turns or not at all.
import type { Scope } from "./bindings.ts";
import { addCopies } from "./locals.ts";
import { forgetLine, tellLine } from "./progress.ts";
import type { Block, Node, Span } from "./syntax.ts";
import { boundNames } from "./syntax.ts";
import type { Walk } from "./walk.ts";

export interface If extends Span {
  readonly test: Node;
  readonly consequent: Node;
  readonly alternate: Node | null;
}

export interface For extends Span {
  readonly init: Node | null;
  readonly test: Node | null;
  readonly update: Node | null;
  readonly body: Node;
}

/** What is declared meanwhile can be seen within this. */
export function inBlock(walk: Walk, scope: Scope, visit: () => void): void {
  const { frame } = walk;
  const outer = frame.block;
  frame.block = scope;
  visit();
  frame.block = outer;
}

export function visitBlock(walk: Walk, node: Block): void {
  forgetLine(walk);
  inBlock(walk, node, () => walk.visitList(node.body, node.start + 1));
}

export function visitIf(walk: Walk, { test, consequent, alternate }: If): void {
  walk.visit(test);
  visitBody(walk, consequent, []);
  if (alternate) visitBody(walk, alternate, []);
}

export function visitFor(walk: Walk, node: For): void {
  const { init, test, update, body } = node;
  inBlock(walk, node, () => {
    walk.visit(init);
    walk.visit(test);
    if (update) {
      walk.voided.add(update);
      if (update.type === "SequenceExpression") for (const part of update.expressions) walk.voided.add(part);
      walk.visit(update);
    }
    visitBody(walk, body, headNames(walk, init));
  });
}

/** Variables that each turn of a loop has anew. */
export function headNames({ frame }: Walk, head: Node | null): string[] {
  if (!frame.wrapped || head?.type !== "VariableDeclaration") return [];
  return head.kind === "let" || head.kind === "const" ? head.declarations.flatMap(({ id }) => boundNames(id)) : [];
}

/** A statement in the head of which these were given values. */
export function visitBody(walk: Walk, body: Node, names: readonly string[]): void {
  if (body.type === "BlockStatement") {
    addCopies(walk, body.start + 1, names);
    walk.visit(body);
    return;
  }
  const { inserts, frame } = walk;
  // Where it stands on the line of its head, the line is told already, or known by the next turn.
  const open = frame.wrapped ? inserts.add(body.start, "{") : -1;
  const since = inserts.count;
  addCopies(walk, body.start, names);
  if (body.type !== "LabeledStatement") tellLine(walk, body, null);
  const isNeeded = inserts.count > since;
  walk.visit(body);
  forgetLine(walk);
  if (isNeeded) inserts.add(body.end, "}");
  else if (open >= 0) inserts.drop(open);
}
