// What a failed call shows of its variables. The `catch` around a body sees parameters and `var`s, which it reads when it is
// entered. It does not see `let` and `const`, which are inside: each value that one of them gets is copied to a variable of
// ours around the `try`, right after it was given. Nothing of the program's is read before it has a value or where it may be
// another variable of the same name; what cannot be followed is not shown.
//
//     let $e1;try{ const a=f();$e1=a; … }catch($e){$spoor.x($c,$e,7,$e1);throw $e}
import type { Local } from "../hooks.ts";
import type { Scope } from "./bindings.ts";
import type { Assignment, Node, Update, Variables } from "./syntax.ts";
import { bare, boundIdentifiers, boundNames } from "./syntax.ts";
import type { Walk } from "./walk.ts";

interface Declared {
  readonly scope: Scope;
  readonly is: "var" | "let" | "const" | "other";
  /** What the user called it. */
  readonly shown: string;
  readonly line: number;
}

interface Assigned {
  readonly name: string;
  readonly at: number;
  /** Those that copy it; null where none do: what the variable holds is unknown from then on. */
  readonly inserts: readonly number[] | null;
}

interface Copy {
  readonly name: string;
  readonly slot: number;
  /** Behind its declarations. */
  readonly inserts: number[];
}

/** Of one function. */
export interface Locals {
  /** Made when there is something to be in them: most functions have no variables. */
  declared: Map<string, Declared[]> | null;
  copies: Map<string, Copy> | null;
  assigned: Assigned[] | null;
  /** Code that is not there yet may give any of its variables another value. */
  evaluates: boolean;
}

export interface Shown {
  /** Variables of ours, for the text of a declaration. */
  readonly slots: readonly string[];
  /** What the hook is given. */
  readonly values: readonly string[];
  readonly locals: readonly Local[];
}

const nothing: Shown = { slots: [], values: [], locals: [] };

/** More than this many of one function say less than they cost. */
const mostLocals = 16;

export function newLocals(): Locals {
  return { declared: null, copies: null, assigned: null, evaluates: false };
}

/** A parameter, function, class or the like: it hides others of its name, and is shown elsewhere or not at all. */
export function declareOther(walk: Walk, name: string, scope: Scope): void {
  declare(walk.frame.locals, name, { scope, is: "other", shown: name, line: 0 });
}

function declare(locals: Locals, name: string, declaration: Declared): void {
  const declared = (locals.declared ??= new Map<string, Declared[]>());
  const known = declared.get(name);
  if (known) known.push(declaration);
  else declared.set(name, [declaration]);
}

/** @returns the names that are to be copied once they have values. */
export function declareLocals(walk: Walk, { kind, declarations, start }: Variables): string[] {
  const { locals, scope, block, wrapped } = walk.frame;
  const is = kind === "var" || kind === "let" || kind === "const" ? kind : "other";
  const names: string[] = [];
  const line = wrapped ? walk.lines.line(start) : 0;
  for (const { id } of declarations) {
    for (const { name, start: at } of boundIdentifiers(id)) {
      const shown = wrapped ? walk.lines.name(at, name) : name;
      declare(locals, name, { scope: is === "var" ? scope : block, is, shown, line });
      if (!wrapped || (is !== "let" && is !== "const")) continue;
      copyOf(locals, name);
      names.push(name);
    }
  }
  return names;
}

function copyOf(locals: Locals, name: string): Copy {
  const copies = (locals.copies ??= new Map<string, Copy>());
  const known = copies.get(name);
  if (known) return known;
  // Slot 0 is the line.
  const copy = { name, slot: copies.size + 1, inserts: [] };
  copies.set(name, copy);
  return copy;
}

/** Right behind what gave these variables their values. */
export function addCopies(walk: Walk, at: number, names: readonly string[]): void {
  const { inserts, frame } = walk;
  for (const name of names) {
    const copy = copyOf(frame.locals, name);
    copy.inserts.push(inserts.add(at, `${slotOf(walk, copy)}=${name};`));
  }
}

/** Called before it is visited. `voided`: nobody asks for its value. @returns what is to be done behind it. */
export function noteAssignment(walk: Walk, node: Assignment, voided: boolean): (() => void) | null {
  const target = bare(node.left);
  switch (target.type) {
    case "Identifier": {
      const copy = copyHere(walk, target.name);
      if (copy) note(walk, target.name, node, [walk.inserts.add(node.start, `${slotOf(walk, copy)}=`)]);
      else note(walk, target.name, node, null);
      return null;
    }
    case "ObjectPattern":
    case "ArrayPattern": {
      const names = boundNames(target);
      if (voided) return () => names.forEach((name) => noteBehind(walk, name, node));
      for (const name of names) note(walk, name, node, null);
      return null;
    }
    default:
      return null;
  }
}

/** The same for `x++`: `x++,$e1=x`, or `($et=x++,$e1=x,$et)` where somebody asks for its value. */
export function noteUpdate(walk: Walk, node: Update, voided: boolean): (() => void) | null {
  const target = bare(node.argument);
  if (target.type !== "Identifier") return null;
  const { name } = target;
  if (voided) return () => noteBehind(walk, name, node);
  // A parenthesis at the start of a statement could be taken for a part of what is before it.
  const copy = node.start === walk.statementStart ? null : copyHere(walk, name);
  if (!copy) {
    note(walk, name, node, null);
    return null;
  }
  const { inserts, words } = walk;
  const isPrefix = node.argument.start > node.start;
  const slot = slotOf(walk, copy);
  const kept = `${words.error}t`;
  const open = inserts.add(node.start, isPrefix ? `(${slot}=` : `(${kept}=`);
  if (!isPrefix) walk.frame.keepsOld = true;
  return () => note(walk, name, node, [open, inserts.add(node.end, isPrefix ? ")" : `,${slot}=${name},${kept})`)]);
}

function noteBehind(walk: Walk, name: string, node: Node): void {
  const copy = copyHere(walk, name);
  note(walk, name, node, copy ? [walk.inserts.add(node.end, `,${slotOf(walk, copy)}=${name}`)] : null);
}

function note({ frame }: Walk, name: string, { start }: Node, inserts: readonly number[] | null): void {
  assign(frame.locals, { name, at: start, inserts });
}

function assign(locals: Locals, assigned: Assigned): void {
  (locals.assigned ??= []).push(assigned);
}

function copyHere({ frame }: Walk, name: string): Copy | null {
  return frame.wrapped ? copyOf(frame.locals, name) : null;
}

function slotOf({ words }: Walk, { slot }: Copy): string {
  return words.error + slot;
}

/** Any of these may be given a value in a way that is not followed: the head of a loop. */
export function noteLost(walk: Walk, target: Node): void {
  if (target.type !== "VariableDeclaration")
    for (const name of boundNames(bare(target))) note(walk, name, target, null);
}

/**
 * Settles what is shown of a function, takes back the copies of everything else, and tells the function around it what was
 * assigned to variables that are not of this one.
 */
export function finishLocals(walk: Walk, outer: Locals, captured: readonly string[]): Shown {
  const { locals, wrapped } = walk.frame;
  const { inserts, words } = walk;
  if (locals.declared === null && locals.assigned === null && locals.copies === null && !locals.evaluates)
    return nothing;
  const lost = new Set<string>();
  for (const { name, at, inserts: own } of locals.assigned ?? []) {
    const here = locals.declared?.get(name)?.filter((one) => within(one.scope, at)) ?? [];
    if (here.length === 0) assign(outer, { name, at, inserts: null });
    if (own === null) {
      if (here.length > 0) lost.add(name);
    } else if (!here.some(({ is }) => is === "let")) own.forEach(inserts.drop);
  }
  if (locals.evaluates) outer.evaluates = true;
  const slots: string[] = [];
  const values: string[] = [];
  const shown: Local[] = [];
  if (!wrapped) return { slots, values, locals: shown };
  for (const [name, declared] of locals.declared ?? []) {
    const first = declared[0];
    if (
      first &&
      shown.length < mostLocals &&
      declared.every(({ is, shown: own }) => is === "var" && own === first.shown) &&
      !captured.includes(name)
    ) {
      values.push(name);
      shown.push({ name: first.shown, line: first.line });
    }
  }
  for (const { name, slot, inserts: own } of locals.copies?.values() ?? []) {
    const declared = locals.declared?.get(name) ?? [];
    const first = declared[0];
    if (first && isFollowed(locals, declared, lost.has(name)) && shown.length < mostLocals) {
      slots.push(words.error + slot);
      values.push(words.error + slot);
      shown.push({ name: first.shown, line: first.line });
      continue;
    }
    for (const insert of own) inserts.drop(insert);
    for (const one of locals.assigned ?? []) if (one.name === name) one.inserts?.forEach(inserts.drop);
  }
  return { slots, values, locals: shown };
}

/**
 * Whether a name is declared twice in one block, once by `let` or `const`: no valid program. The parser does not look for that, and
 * V8's complaint would show text of ours.
 */
export function isRedeclared({ declared }: Locals): boolean {
  if (declared === null) return false;
  for (const all of declared.values()) {
    if (all.length === 1) continue;
    const lexical = all.filter(({ is }) => is === "let" || is === "const");
    if (lexical.some((one) => all.some((other) => other !== one && other.scope === one.scope))) return true;
  }
  return false;
}

function isFollowed({ evaluates }: Locals, declared: readonly Declared[], isLost: boolean): boolean {
  return declared.every(
    ({ is, scope, shown }, place) =>
      shown === declared[0]?.shown &&
      (is === "const" || (is === "let" && !evaluates && !isLost)) &&
      declared.every((other, at) => at <= place || scope.end <= other.scope.start || other.scope.end <= scope.start),
  );
}

function within({ start, end }: Scope, at: number): boolean {
  return start <= at && at < end;
}
