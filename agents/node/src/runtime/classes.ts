// What an object is, learned from its prototype once: the name of its class, and whether it may be one of the built-in
// kinds that say more than their fields. Asks own data properties only.
import {
  descriptorOf, getFrom, getterFor, hasOwn, imul, isProxy, mapSize, newMap, newWeakMap, ObjectPrototype, prototypeOf, setIn, sliceText, sourceText, toJson, weakGet, weakSet,
} from "./captured.ts"; // prettier-ignore
import type { Redactor } from "@spoor/protocol/redaction";
import { wordOf, type Sink, type Word } from "./sink.ts";

export interface Class {
  readonly word: Word;
  readonly name: string;
  /** An object as `{}` makes it, of this realm or another. */
  readonly plain: boolean;
  /** Something like this is on its chain of prototypes, so that it may be a Map, a Date, an Error… */
  readonly builtIn: boolean;
}

export interface Classes {
  of(prototype: object): Class;
  /** A number for an object, the same as long as it lives. */
  identity(value: object): number;
  /** JSON that says which function this is. */
  functionWord(value: object): Word;
  /** That of a function which is remembered, and so no proxy. */
  known(value: object): Word | undefined;
}

const builtIns = new Map<unknown, true>();
const built = [
  "Map", "Set", "Date", "RegExp", "Error", "Promise", "ArrayBuffer", "SharedArrayBuffer", "Uint8Array", "Int8Array",
  "Uint8ClampedArray", "Uint16Array", "Int16Array", "Uint32Array", "Int32Array", "Float32Array", "Float64Array",
  "BigInt64Array", "BigUint64Array", "Array", "Number", "String", "Boolean", "Symbol", "BigInt", "Generator", "AsyncGenerator", "DOMException",
]; // prettier-ignore
for (const name of built) builtIns.set(name, true);

const MOST_FUNCTIONS = 20_000;
/** Of functions that are met for the first time one in sixteen is remembered, and so each that is met again and again: the first four bits say which. */
const FIRST_BITS = 28;
const MOST_NAMES = 4096;

export function createClasses(sink: Sink, redactor: Redactor): Classes {
  const known = new WeakMap<object, Class>();
  const identities = new WeakMap<object, number>();
  let functions = newWeakMap<object, Word>();
  let drawn = 1;
  let remembered = 0;
  const functionWords = newMap<string, Word>();
  const classWords = newMap<string, Word>();
  let lastIdentity = 0;

  function learn(prototype: object): Class {
    let name = "";
    let builtIn = false;
    let at: object | null = prototype;
    for (let depth = 0; at !== null && depth < 16; depth++) {
      if (isProxy(at)) break;
      const own = constructorName(at);
      const tag = own === "" ? tagOf(at) : own;
      if (name === "") name = depth === 0 ? tag : own;
      if (getFrom(builtIns, tag) === true) builtIn = true;
      at = prototypeOf(at);
    }
    const plain = name === "Object" && !isProxy(prototype) && prototypeOf(prototype) === null;
    const shown = name === "" ? "Object" : redactor.text(name);
    const word = wordOf(sink, toJson(startsLower(shown) ? `js.${shown}` : shown));
    const found: Class = { word, name: shown, plain, builtIn };
    weakSet(known, prototype, found);
    return found;
  }

  /** Callbacks are made anew for every call, with few names. */
  function named(words: Map<string, Word>, name: string): Word {
    let word = getFrom(words, name) as Word | undefined;
    if (word === undefined) {
      const kind = words === classWords ? "class" : "function";
      word = wordOf(sink, `{"$":"${kind}","name":${toJson(redactor.text(name))}}`);
      if (mapSize(words) < MOST_NAMES) setIn(words, name, word);
    }
    return word;
  }

  return {
    of: (prototype) => (weakGet(known, prototype) as Class | undefined) ?? learn(prototype),
    identity(value) {
      let found = weakGet(identities, value) as number | undefined;
      if (found === undefined) weakSet(identities, value, (found = ++lastIdentity));
      return found;
    },
    known: (value) => weakGet(functions, value) as Word | undefined,
    functionWord(value) {
      const word = named(isClass(value) ? classWords : functionWords, nameOf(value));
      // A callback that was made for this call is never met again, and remembering it takes longer than describing it.
      // Drawn, since the same functions are often met by turns.
      drawn = (imul(drawn, 1664525) + 1013904223) | 0;
      if (drawn >>> FIRST_BITS !== 0) return word;
      if (++remembered > MOST_FUNCTIONS) {
        functions = newWeakMap();
        remembered = 0;
      }
      weakSet(functions, value, word);
      return word;
    },
  };
}

/** The name of a function, if it is a text of its own. */
export function nameOf(value: object): string {
  if (!hasOwn(value, "name")) return "";
  // Cheaper than a descriptor: what is found is its own, and the getter that was looked for is, too.
  const isData = getterFor(value, "name") === undefined;
  const name: unknown = isData ? (value as { readonly name?: unknown }).name : undefined;
  return typeof name === "string" ? (name.length > 256 ? "" : name) : "";
}

/** An own data property; undefined for every other. `value` is no proxy. */
export function ownData(value: object, key: string | symbol): unknown {
  const descriptor = descriptorOf(value, key);
  return descriptor !== undefined && hasOwn(descriptor, "value") ? descriptor.value : undefined;
}

/** The nearest data property on the chain of prototypes; undefined where an accessor or a proxy comes first. */
export function inheritedData(value: object, key: string): unknown {
  let at: object | null = value;
  for (let depth = 0; at !== null && depth < 16; depth++) {
    if (isProxy(at)) return undefined;
    const descriptor = descriptorOf(at, key);
    if (descriptor !== undefined) return hasOwn(descriptor, "value") ? descriptor.value : undefined;
    at = prototypeOf(at);
  }
  return undefined;
}

function constructorName(prototype: object): string {
  if (prototype === ObjectPrototype) return "Object";
  const made = ownData(prototype, "constructor");
  return typeof made === "function" && !isProxy(made) ? nameOf(made) : "";
}

function tagOf(prototype: object): string {
  const tag = ownData(prototype, Symbol.toStringTag);
  return typeof tag === "string" && tag.length <= 256 ? tag : "";
}

function startsLower(name: string): boolean {
  const first = name[0] as string;
  return first >= "a" && first <= "z";
}

function isClass(value: object): boolean {
  // Only to look whether it is there does not make that of a function, which V8 makes when it is asked for.
  if (!hasOwn(value, "prototype")) return false;
  const text = sourceText(value);
  return text[0] === "c" && sliceText(text, 0, 5) === "class";
}
