// Key lists of objects, each met once: they become numbers, and whether a key's value is a secret by its name is decided
// here once instead of at every value. Also the short pieces of JSON that come again and again.
import type { NameRule, Redactor } from "@spoor/protocol/redaction";
import { getFrom, isWellFormed, mapSize, newMap, setIn, toJson } from "./captured.ts";

/** A list of keys, and what it becomes with one key more. */
export interface Shape {
  /** Its number; 0 until a value has exactly these keys. */
  id: number;
  /** The file in which its keys were told last. */
  told: number;
  readonly parent: Shape | null;
  /** As it stands in JSON: a program's own `$` with one more. */
  readonly key: string;
  readonly rule: NameRule | null;
  /** It, or one before it, cannot be a key of JSON as it is: too long, a secret, half a surrogate pair. */
  readonly unfit: boolean;
  readonly size: number;
  /** Characters of its keys in JSON, with quotes, colons and commas. */
  readonly width: number;
  /** The key that came last, for objects come in rows. */
  lastKey: string;
  last: Shape | null;
  next: Map<string, Shape> | null;
  /** The same keys and `$cut`. */
  cut: Shape | null;
}

/** Key lists that are told apart; programs that use objects as dictionaries have endless ones. */
const MOST_SHAPES = 8192;
/** Names of which is remembered what rule is for them, and the longest of these. */
const MOST_NAMES = 4096;
const LONGEST_NAME = 64;

export interface Shapes {
  readonly root: Shape;
  /** Null where there are too many already. */
  child(shape: Shape, key: string): Shape | null;
  /** Keys of ours, that no rule is for. */
  own(keys: readonly string[]): Shape;
  number(shape: Shape): number;
  keysJson(shape: Shape): string;
  rule(name: string): NameRule | null;
}

export function createShapes(redactor: Redactor, longestKey: number): Shapes {
  const root = shapeOf(null, "", null, false);
  const ours = shapeOf(null, "", null, false);
  const rules = newMap<string, NameRule | null>();
  let shapes = 0;
  let ids = 0;

  function shapeOf(parent: Shape | null, key: string, rule: NameRule | null, unfit: boolean): Shape {
    const size = parent === null ? 0 : parent.size + 1;
    const width = parent === null ? 0 : parent.width + key.length + 4;
    return { id: 0, told: 0, parent, key, rule, unfit, size, width, lastKey: "", last: null, next: null, cut: null };
  }

  function rule(name: string): NameRule | null {
    let found = getFrom(rules, name) as NameRule | null | undefined;
    if (found === undefined) {
      found = redactor.name(name) ?? null;
      if (name.length <= LONGEST_NAME && mapSize(rules) < MOST_NAMES) setIn(rules, name, found);
    }
    return found;
  }

  function child(shape: Shape, key: string): Shape | null {
    if (shape.lastKey === key && shape.last !== null) return shape.last;
    let found = shape.next === null ? undefined : (getFrom(shape.next, key) as Shape | undefined);
    if (found === undefined) {
      if (shapes >= MOST_SHAPES) return null;
      shapes++;
      const unfit = shape.unfit || key.length > longestKey || !isWellFormed(key) || redactor.text(key) !== key;
      found = shapeOf(shape, key[0] === "$" ? `$${key}` : key, rule(key), unfit);
      shape.next ??= newMap();
      setIn(shape.next, key, found);
    }
    shape.lastKey = key;
    shape.last = found;
    return found;
  }

  function own(keys: readonly string[]): Shape {
    let shape = ours;
    for (let i = 0; i < keys.length; i++) {
      const key = keys[i] as string;
      shape.next ??= newMap();
      let found = getFrom(shape.next, key) as Shape | undefined;
      if (found === undefined) setIn(shape.next, key, (found = shapeOf(shape, key, null, false)));
      shape = found;
    }
    return shape;
  }

  function number(shape: Shape): number {
    if (shape.id === 0) shape.id = ++ids;
    return shape.id;
  }

  function keysJson(shape: Shape): string {
    let out = "";
    for (let at: Shape = shape; at.parent !== null; at = at.parent) {
      out = out === "" ? toJson(at.key) : `${toJson(at.key)},${out}`;
    }
    return `[${out}]`;
  }

  return { root, child, own, number, keysJson, rule };
}
