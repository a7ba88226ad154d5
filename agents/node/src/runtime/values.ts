// Values to cells (spec/raw.md), within limits and without running any code of the program's (spec/values.md): own data
// properties only, found by descriptors; what a proxy, a getter or an iterator would say is not asked.
import { CLOSED, DICT, INSTANCE, JSON_TEXT, OBJECT, REDACTED } from "@spoor/protocol/raw";
import type { NameRule, Redactor } from "@spoor/protocol/redaction";
import {
  addToWeakSet, descriptorOf, getterFor, hasOwn, isArray, isInWeakSet, isModuleNamespaceObject, isProxy, keysOf, newWeakSet, ObjectPrototype, prototypeOf,
  sliceText, toJson,
} from "./captured.ts"; // prettier-ignore
import { createArrays } from "./arrays.ts";
import type { Class, Classes } from "./classes.ts";
import type { Layout } from "./layout.ts";
import type { Limits } from "./settings.ts";
import type { Shape, Shapes } from "./shapes.ts";
import { C, createScalars, W, type Scalars } from "./scalars.ts";
import { tellKeys, told, wordOf, type Sink, type Word } from "./sink.ts";
import { createSpecials } from "./specials.ts";

/** Containers and instances that one value may open, and those inside one instance. */
const MOST_NODES = 64;
const MOST_NODES_OF_INSTANCE = 12;
/** An object with more keys is a dictionary, whose keys are not listed a second time. */
const HUGE = 2000;
const DEEPEST = 8;
const MODULE = '{"$":"module"}';
/** What a function called without an object has as `this`: hundreds of names, and none of them an argument. */
const GLOBAL = '{"$":"global"}';

export interface Values {
  /** A new record: its budget is whole. */
  begin(thrifty: boolean): void;
  put(value: unknown): void;
  /** `this`: its identity and its own scalars. */
  putSelf(value: unknown): void;
  /** Under a name that may withhold it. */
  putNamed(value: unknown, rule: NameRule | null): void;
}

/** What the parts of this file know of each other. All of them give the characters that the JSON will have. */
export interface Writer {
  readonly sink: Sink;
  readonly limits: Limits;
  readonly classes: Classes;
  write(value: unknown, depth: number, left: number): number;
  constant(place: number): number;
  text(value: string): number;
  stop: Scalars["stop"];
  closed: Scalars["closed"];
  word(json: string): number;
  /** An object with keys of ours, whose values the caller writes next. */
  own(keys: readonly string[]): void;
  entered(value: object): boolean;
  left(): void;
  /** One more container is opened; false if there were enough. */
  node(): boolean;
  /** Own enumerable properties of an error, as an object. */
  fields(value: object, keys: string[], depth: number, left: number): number;
  /** The value of a key that is no property. */
  named(key: string, value: unknown, depth: number, left: number): number;
  /** The first `limit` characters without their secrets; null if they have none. */
  redacted(text: string, limit: number): string | null;
}

export interface ValueOptions {
  readonly sink: Sink;
  readonly shapes: Shapes;
  readonly classes: Classes;
  readonly layout: Layout;
  readonly limits: Limits;
  readonly redactor: Redactor;
}

export function createValues({ sink, shapes, classes, layout, limits, redactor }: ValueOptions): Values {
  const path: (object | null)[] = [];
  for (let i = 0; i <= DEEPEST; i++) path.push(null);
  let steps = 0;
  let nodes = 0;
  let budget = 0;
  let thrifty = false;
  let huge: WeakSet<object> | null = null;
  const { constant, number, text, ownText, stop, closed } = createScalars(sink, limits);
  const shallow = limits.level === "shallow";
  const cutKeys = ["why", "more"];
  const whyWords = ["items", "fields", "bytes", "nodes", "depth"].map((why) => wordOf(sink, `"${why}"`));

  const writer: Writer = {
    sink, limits, classes, write, constant, text, stop, closed, word, own, entered, left, node, fields: plainFields, named, redacted,
  }; // prettier-ignore
  const specials = createSpecials(writer);
  const array = createArrays(writer, layout);

  function word(json: string): number {
    sink.cells[sink.n++] = (told(sink, wordOf(sink, json)) << 4) | JSON_TEXT;
    return json.length;
  }

  function shapeNumber(shape: Shape): number {
    const id = shapes.number(shape);
    if (shape.told !== sink.epoch) tellKeys(sink, shapes, shape, id);
    return id;
  }

  function own(keys: readonly string[]): void {
    sink.cells[sink.n++] = (shapeNumber(shapes.own(keys)) << 4) | OBJECT;
  }

  function entered(value: object): boolean {
    for (let i = 0; i < steps; i++) if (path[i] === value) return false;
    path[steps++] = value;
    return true;
  }

  function left(): void {
    path[--steps] = null;
  }

  function node(): boolean {
    return nodes-- > 0;
  }

  function write(value: unknown, depth: number, left: number): number {
    switch (typeof value) {
      case "number":
        return number(value);
      case "string":
        return text(value);
      case "object":
        return value === null ? constant(C.null) : object(value, depth, left);
      case "boolean":
        return constant(value ? C.true : C.false);
      case "undefined":
        return constant(C.undefined);
      case "function":
        return callable(value);
      case "bigint":
        return specials.bigint(value);
      case "symbol":
        return specials.symbol(value);
      default:
        return constant(C.unreadable);
    }
  }

  function callable(value: object): number {
    const known = classes.known(value);
    if (known === undefined) {
      if (isProxy(value)) return constant(C.proxy);
      // It was made for this call, as likely as not, and what it is called takes as long to find out as an object to open.
      if (thrifty) return constant(C.cutHot);
    }
    sink.cells[sink.n++] = (told(sink, known ?? classes.functionWord(value)) << 4) | JSON_TEXT;
    return 40;
  }

  function object(value: object, depth: number, left: number): number {
    if (isProxy(value)) return constant(C.proxy);
    if (thrifty) return constant(C.cutHot);
    if (isArray(value)) return array(value, depth, left);
    if (value === globalThis) return word(GLOBAL);
    const prototype = prototypeOf(value);
    // An export of a module that is not initialised yet cannot be read.
    if (prototype === null && isModuleNamespaceObject(value)) return word(MODULE);
    if (prototype === ObjectPrototype || prototype === null) return dict(value, depth, left);
    const kind = classes.of(prototype);
    if (kind.builtIn) {
      const special = specials.object(value, kind, depth, left);
      if (special > 0) return special;
    }
    if (kind.plain) return dict(value, depth, left);
    return instance(value, kind, depth, left);
  }

  function listed(value: object): string[] | null {
    if (huge !== null && isInWeakSet(huge, value)) return null;
    const keys = keysOf(value);
    if (keys.length > HUGE) addToWeakSet((huge ??= newWeakSet()), value);
    return keys;
  }

  function dict(value: object, depth: number, left: number): number {
    const keys = listed(value);
    if (keys === null) return constant(C.cutSize);
    if (keys.length > 0) {
      if (depth <= 0) return closed(1, keys.length);
      if (!node()) return constant(C.cutNodes);
      if (!entered(value)) return constant(C.cycle);
    }
    const { n, fn, tx, units, cut } = sink;
    sink.n++;
    const { shape, cost } = members(value, keys, limits.items, W.items, depth - 1, left, false);
    if (shape !== null && !shape.unfit) {
      sink.cells[n] = (shapeNumber(shape) << 4) | OBJECT;
    } else {
      // Drawn anew, with keys as texts: what shapes are for is not known before the last key.
      sink.n = n;
      sink.fn = fn;
      sink.tx = tx;
      sink.units = units;
      sink.cut = cut;
      entries(value, keys, shape === null, depth - 1, left);
    }
    if (keys.length > 0) path[--steps] = null;
    return cost;
  }

  const walked: { shape: Shape | null; cost: number } = { shape: null, cost: 0 };

  /** Values of own properties. The shape is null where there are too many shapes. `self`: nothing is opened. */
  function members(
    value: object,
    keys: string[],
    most: number,
    why: number,
    depth: number,
    left: number,
    self: boolean,
  ): typeof walked {
    const end = keys.length > most ? most : keys.length;
    let shape: Shape | null = shapes.root;
    let cost = 2;
    let rest = keys.length - end;
    let because = why;
    // Objects that are left out.
    let others = 0;
    for (let i = 0; i < end && shape !== null; i++) {
      if (left - cost <= -2) {
        rest = keys.length - i;
        because = W.bytes;
        break;
      }
      const key = keys[i] as string;
      // Cheaper than a descriptor; what is found is its own, since the key is.
      const isData = getterFor(value, key) === undefined;
      const item: unknown = isData ? (value as Record<string, unknown>)[key] : undefined;
      if (self && typeof item === "object" && item !== null && isInstance(item)) {
        const rule = shapes.rule(key);
        if (rule === null || !isWithheld(item, rule)) {
          others++;
          continue;
        }
      }
      shape = shapes.child(shape, key);
      if (shape === null) break;
      if (!isData) cost += constant(C.accessor);
      else if (shape.rule !== null && isWithheld(item, shape.rule)) cost += withheld(shape.rule);
      else if (self && typeof item === "string") cost += ownText(item);
      else cost += write(item, depth, left - cost + 2);
      cost += key.length + 4;
    }
    if (rest + others > 0 && shape !== null) {
      if (rest === 0) because = W.depth;
      shape = cutShape(shape);
      own(cutKeys);
      sink.cells[sink.n++] = (told(sink, whyWords[because] as Word) << 4) | JSON_TEXT;
      number(rest + others);
      cost += 30;
    }
    walked.shape = shape;
    walked.cost = cost;
    return walked;
  }

  function cutShape(shape: Shape): Shape {
    shape.cut ??= { ...shapes.own(["$cut"]), id: 0, told: 0, parent: shape, unfit: shape.unfit, size: shape.size + 1 };
    return shape.cut;
  }

  function entries(value: object, keys: string[], asObject: boolean, depth: number, left: number): void {
    sink.cells[sink.n++] = ((asObject ? 1 : 0) << 4) | DICT;
    sink.cells[sink.n++] = keys.length;
    const end = keys.length > limits.items ? limits.items : keys.length;
    let cost = 2;
    for (let i = 0; i < end; i++) {
      if (left - cost <= -2) {
        stop(W.bytes, cost);
        return;
      }
      const key = keys[i] as string;
      const descriptor = descriptorOf(value, key);
      const rule = shapes.rule(key);
      // A key that has to be cut cannot be a key of JSON.
      cost += asObject && key.length > limits.text ? text(sliceText(key, 0, limits.text)) : text(key);
      if (descriptor === undefined || !hasOwn(descriptor, "value")) cost += constant(C.accessor);
      else if (rule !== null && isWithheld(descriptor.value, rule)) cost += withheld(rule);
      else cost += write(descriptor.value, depth, left - cost + 2);
      cost += 4;
    }
    if (end < keys.length) stop(W.items, cost);
  }

  function instance(value: object, kind: Class, depth: number, left: number): number {
    const name = told(sink, kind.word);
    if (depth <= 0 && (steps > 0 || !shallow)) return closedInstance(name, value, kind);
    if (!node()) return constant(C.cutNodes);
    if (!entered(value)) return constant(C.cycle);
    const cost = fields(value, kind, name, depth - 1, left, shallow || depth === 1);
    path[--steps] = null;
    return cost;
  }

  function closedInstance(name: number, value: object, kind: Class): number {
    sink.cells[sink.n++] = (name << 4) | CLOSED;
    sink.cells[sink.n++] = classes.identity(value);
    return kind.name.length + 24;
  }

  function fields(value: object, kind: Class, name: number, depth: number, left: number, self: boolean): number {
    const keys = listed(value);
    if (keys === null) return closedInstance(name, value, kind);
    const { n, fn, tx, units, cut } = sink;
    sink.cells[sink.n++] = (name << 4) | INSTANCE;
    sink.cells[sink.n++] = self ? classes.identity(value) : 0;
    sink.n++;
    const nodesBefore = nodes;
    if (nodes > MOST_NODES_OF_INSTANCE) nodes = MOST_NODES_OF_INSTANCE;
    const nodesGiven = nodes;
    const { shape, cost } = members(value, keys, limits.fields, W.fields, self ? 0 : depth, left, self);
    nodes = nodesBefore - (nodesGiven - nodes);
    if (shape === null || shape.unfit) {
      sink.n = n;
      sink.fn = fn;
      sink.tx = tx;
      sink.units = units;
      sink.cut = cut;
      return closedInstance(name, value, kind);
    }
    sink.cells[n + 2] = shapeNumber(shape);
    return cost + kind.name.length + 6;
  }

  /** Of a class of the program's or a library's: neither a container nor one of the kinds that are shown as a scalar. */
  function isInstance(value: object): boolean {
    if (isProxy(value) || isArray(value)) return false;
    const prototype = prototypeOf(value);
    if (prototype === ObjectPrototype || prototype === null) return false;
    const kind = classes.of(prototype);
    return !kind.plain && !(kind.builtIn && specials.isOne(value));
  }

  function plainFields(value: object, keys: string[], depth: number, left: number): number {
    const { n } = sink;
    sink.n++;
    const { shape, cost } = members(value, keys, limits.fields, W.fields, depth, left, true);
    if (shape === null || shape.unfit) {
      sink.n = n;
      return closed(1, keys.length);
    }
    sink.cells[n] = (shapeNumber(shape) << 4) | OBJECT;
    return cost;
  }

  function named(key: string, value: unknown, depth: number, left: number): number {
    const rule = key === "" ? null : shapes.rule(key);
    return rule !== null && isWithheld(value, rule) ? withheld(rule) : write(value, depth, left);
  }

  function redacted(text: string, limit: number): string | null {
    const shown = redactor.head(text, limit);
    return shown === sliceText(text, 0, limit) ? null : shown;
  }

  function withheld(rule: NameRule): number {
    sink.cells[sink.n++] = (told(sink, wordOf(sink, toJson(rule.why))) << 4) | REDACTED;
    return rule.why.length + 24;
  }

  /** See spec/values.md, "By name". */
  function isWithheld(value: unknown, rule: NameRule): boolean {
    switch (typeof value) {
      case "string":
        return value !== "";
      case "boolean":
      case "undefined":
      case "function":
        return false;
      case "object": {
        if (value === null) return false;
        if (isProxy(value)) return !rule.textOnly;
        if (rule.textOnly) return specials.isBytes(value);
        if (isArray(value)) return value.length > 0;
        if (specials.isOne(value)) return !specials.isEmpty(value);
        return isInstance(value) || keysOf(value).length > 0;
      }
      case "number":
      case "bigint":
      case "symbol":
      default:
        return !rule.textOnly;
    }
  }

  function begin(isThrifty: boolean): void {
    budget = limits.bytes;
    thrifty = isThrifty;
  }

  function put(value: unknown): void {
    if (budget <= 0 && typeof value === "object" && value !== null) {
      constant(C.cutBytes);
      return;
    }
    nodes = MOST_NODES;
    steps = 0;
    budget -= write(value, limits.depth, budget) + 1;
  }

  function putSelf(value: unknown): void {
    if (limits.level === "full" || typeof value !== "object" || value === null || isProxy(value) || isArray(value)) {
      put(value);
      return;
    }
    if (value === globalThis) {
      put(value);
      return;
    }
    const prototype = prototypeOf(value);
    const kind = prototype === null || prototype === ObjectPrototype ? null : classes.of(prototype);
    if (kind === null || kind.plain || (kind.builtIn && specials.isOne(value))) {
      put(value);
      return;
    }
    nodes = MOST_NODES;
    steps = 0;
    const name = told(sink, kind.word);
    if (thrifty) {
      sink.cells[sink.n++] = (name << 4) | CLOSED;
      sink.cells[sink.n++] = -classes.identity(value);
    } else if (budget <= 0) closedInstance(name, value, kind);
    else {
      entered(value);
      budget -= fields(value, kind, name, 0, budget, true) + 1;
      left();
    }
  }

  function putNamed(value: unknown, rule: NameRule | null): void {
    if (rule !== null && isWithheld(value, rule)) budget -= withheld(rule);
    else put(value);
  }

  return { begin, put, putSelf, putNamed };
}
