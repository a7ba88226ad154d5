// The built-in functions that the runtime uses, taken before the program can replace them. None of the calls through
// this file looks anything up on an object of the program's, and none of them asks an iterator.
import { executionAsyncId } from "node:async_hooks";
import { closeSync, constants, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import { types } from "node:util";

/* oxlint-disable typescript/unbound-method, typescript/no-unnecessary-type-assertion -- each is bound to its `this` by `uncurried`, as the type that it is asserted to have */

type Method = (this: never, ...args: never[]) => unknown;
type Uncurried<F extends Method> = F extends (this: infer T, ...args: infer A) => infer R
  ? (self: T, ...args: A) => R
  : never;

const bind = Function.prototype.call.bind(Function.prototype.bind) as (f: unknown, self: unknown) => unknown;

/** `f` with its `this` as first argument. */
export function uncurried<F extends Method>(f: F): Uncurried<F> {
  return bind(Function.prototype.call, f) as Uncurried<F>;
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- they name what the getter takes and gives
function getterOf<T, R>(owner: object, name: string | symbol): (self: T) => R {
  const get = Object.getOwnPropertyDescriptor(owner, name)?.get;
  if (get === undefined) throw new Error(`no getter ${String(name)}`);
  return uncurried(get as Method) as unknown as (self: T) => R;
}

export const descriptorOf = Object.getOwnPropertyDescriptor;
export const prototypeOf = Object.getPrototypeOf as (value: object) => object | null;
export const keysOf = Object.keys as (value: object) => string[];
export const hasOwn = Object.hasOwn;
export const isArray = Array.isArray as (value: unknown) => value is unknown[];
export const { isProxy, isMap, isSet, isDate, isRegExp, isPromise, isNativeError, isAnyArrayBuffer, isTypedArray } =
  types;
export const { isGeneratorObject, isBoxedPrimitive, isUint8Array, isModuleNamespaceObject } = types;
/** The getter of an own or inherited accessor; found without running it. */
export const getterFor = uncurried(
  (Object.prototype as unknown as { __lookupGetter__: (this: object, key: string | number) => unknown })
    .__lookupGetter__,
);

export const ObjectPrototype = Object.prototype;
export const ArrayPrototype = Array.prototype;

export const clock: () => bigint = process.hrtime.bigint;
const { Number: NumberOf, BigInt: BigIntOf } = globalThis;
const { asUintN } = BigInt;
/** A span of time; fast, since nothing is allocated for it. */
export const nanoseconds = (span: bigint): number => NumberOf(asUintN(64, span));
export const toBigInt = BigIntOf as (value: string | number) => bigint;
export const isSame = Object.is;
export const floor = Math.floor;
export const imul = Math.imul;
/** A number for the turn of the loop; asking switches nothing on. Reactions of promises have that of what ran before them, or 0. */
export const turn = executionAsyncId;
const { Map: MapOf, WeakMap: WeakMapOf, WeakSet: WeakSetOf, Uint8Array: BytesOf, Int32Array: WordsOf } = globalThis;
export const newMap = <K, V>(): Map<K, V> => new MapOf<K, V>();
export const newWeakMap = <K extends object, V>(): WeakMap<K, V> => new WeakMapOf<K, V>();
export const newWeakSet = (): WeakSet<object> => new WeakSetOf<object>();
export const newBytes = (size: number): Uint8Array<ArrayBuffer> => new BytesOf(size);
export const bytesIn = (buffer: ArrayBufferLike, length: number): Uint8Array => new BytesOf(buffer, 0, length);
export const random = Math.random;
export const toJson = JSON.stringify as (text: string) => string;

export const sliceText = uncurried(String.prototype.slice as (this: string, start: number, end: number) => string);
export const unitAt = uncurried(String.prototype.charCodeAt as (this: string, at: number) => number);
export const isWellFormed = uncurried(
  (String.prototype as unknown as { isWellFormed: (this: string) => boolean }).isWellFormed,
);
export const toWellFormed = uncurried(
  (String.prototype as unknown as { toWellFormed: (this: string) => string }).toWellFormed,
);
export const joinTexts = uncurried(Array.prototype.join as (this: unknown[], separator: string) => string);
export const sliceArray = uncurried(
  Array.prototype.slice as (this: unknown[], start: number, end: number) => unknown[],
) as (array: readonly string[], start: number, end: number) => string[];
export const exec = uncurried(RegExp.prototype.exec as (this: RegExp, text: string) => RegExpExecArray | null);

const buffer = Buffer.prototype as unknown as {
  latin1Slice: (this: Uint8Array, start: number, end: number) => string;
  hexSlice: (this: Uint8Array, start: number, end: number) => string;
};
export const latin1Slice = uncurried(buffer.latin1Slice);
export const hexSlice = uncurried(buffer.hexSlice);
const encoder = new TextEncoder();
const encodeIntoOf = uncurried(
  TextEncoder.prototype.encodeInto as (
    this: object,
    text: string,
    bytes: Uint8Array,
  ) => { read: number; written: number },
);
export const encodeInto = (text: string, bytes: Uint8Array) => encodeIntoOf(encoder, text, bytes);

const TypedArray = prototypeOf(Uint8Array.prototype) as Uint8Array;
export const setBytes = uncurried(TypedArray.set as (this: Uint8Array, from: Uint8Array, at: number) => void);
export const partOf = uncurried(
  TypedArray.subarray as (this: Uint8Array, start: number, end: number) => Uint8Array<ArrayBuffer>,
);
export const setInts = uncurried(TypedArray.set as unknown as (this: Int32Array, from: Int32Array, at: number) => void);
export const fillInts = uncurried(
  TypedArray.fill as unknown as (this: Int32Array, value: number, start: number, end: number) => Int32Array,
);
const bufferOf = getterOf<object, ArrayBufferLike>(TypedArray, "buffer");
/** The same memory four by four; of bytes that have a buffer of their own, a multiple of four of them. */
export const wordsOf = (bytes: Uint8Array): Int32Array => new WordsOf(bufferOf(bytes));
export const typedLength = getterOf<object, number>(TypedArray, "length");
export const typedName = getterOf<object, string | undefined>(TypedArray, Symbol.toStringTag);
export const arrayBufferBytes = getterOf<object, number>(ArrayBuffer.prototype, "byteLength");

export const mapSize = getterOf<object, number>(Map.prototype, "size");
export const setSize = getterOf<object, number>(Set.prototype, "size");
type Step<T> = { done?: boolean; value: T };
export const mapEntries = uncurried(Map.prototype.entries as (this: object) => object);
export const nextEntry = uncurried(
  (prototypeOf(new Map().entries()) as { next: (this: object) => Step<[unknown, unknown]> }).next,
);
export const setValues = uncurried(Set.prototype.values as (this: object) => object);
export const nextValue = uncurried((prototypeOf(new Set().values()) as { next: (this: object) => Step<unknown> }).next);
export const getFrom = uncurried(Map.prototype.get as (this: object, key: unknown) => unknown);
export const setIn = uncurried(Map.prototype.set as (this: object, key: unknown, value: unknown) => unknown);
export const isInSet = uncurried(Set.prototype.has as (this: object, value: unknown) => boolean);
export const isInMap = uncurried(Map.prototype.has as (this: object, key: unknown) => boolean);
export const deleteFrom = uncurried(Map.prototype.delete as (this: object, key: unknown) => boolean);
export const weakGet = uncurried(WeakMap.prototype.get as (this: object, key: object) => unknown);
export const weakSet = uncurried(WeakMap.prototype.set as (this: object, key: object, value: unknown) => unknown);

export const isInWeakSet = uncurried(WeakSet.prototype.has as (this: object, value: object) => boolean);
export const addToWeakSet = uncurried(WeakSet.prototype.add as (this: object, value: object) => object);

export const timeOf = uncurried(Date.prototype.getTime as (this: object) => number);
export const isoOf = uncurried(Date.prototype.toISOString as (this: object) => string);
export const digitsOf = uncurried(BigInt.prototype.toString as (this: bigint, radix?: number) => string);
export const withinBits = BigInt.asIntN;
export const descriptionOf = getterOf<symbol, string | undefined>(Symbol.prototype, "description");
export const sourceOf = getterOf<object, string>(RegExp.prototype, "source");
/** `RegExp.prototype.flags` would ask the object; these ask what it is. */
export const flagGetters: readonly (readonly [string, (self: object) => boolean])[] = (
  [
    ["d", "hasIndices"],
    ["g", "global"],
    ["i", "ignoreCase"],
    ["m", "multiline"],
    ["s", "dotAll"],
    ["u", "unicode"],
    ["v", "unicodeSets"],
    ["y", "sticky"],
  ] as const
)
  .filter(([, name]) => Object.getOwnPropertyDescriptor(RegExp.prototype, name) !== undefined)
  .map(([flag, name]) => [flag, getterOf<object, boolean>(RegExp.prototype, name)] as const);
export const sourceText = uncurried(Function.prototype.toString as (this: object) => string);

export const files = {
  close: closeSync,
  open: openSync,
  read: readSync,
  truncate: ftruncateSync,
  write: writeSync,
  constants,
};
