// The built-in kinds of JavaScript that say more than their fields (spec/values.md, "In JavaScript"): each is told by
// what it is inside, never by what it says of itself, and read by built-in functions taken at the start.
import { COLLECTION, CONSTANT, LENGTH, LIST, STOP } from "@spoor/protocol/raw";
import {
  arrayBufferBytes, descriptionOf, digitsOf, exec, flagGetters, hexSlice, isAnyArrayBuffer, isBoxedPrimitive, isDate,
  isGeneratorObject, isMap, isNativeError, isoOf, isPromise, isRegExp, isSet, isTypedArray, isUint8Array, keysOf, latin1Slice,
  mapEntries, mapSize, nextEntry, nextValue, setSize, setValues, sliceText, sourceOf, timeOf, toBigInt, toJson, typedLength, typedName, withinBits,
} from "./captured.ts"; // prettier-ignore
import { inheritedData, type Class } from "./classes.ts";
import { C, W } from "./scalars.ts";
import type { Writer } from "./values.ts";

export interface Specials {
  /** The characters of its JSON; 0 if it is none of these kinds, and nothing was written. */
  object(value: object, kind: Class, depth: number, left: number): number;
  bigint(value: bigint): number;
  symbol(value: symbol): number;
  /** Whether `object` would write it. */
  isOne(value: object): boolean;
  isBytes(value: object): boolean;
  /** A container, or bytes, without anything in it. */
  isEmpty(value: object): boolean;
}

const SET = 2;
const MAP = 3;
/** Integers are told in digits up to 256 bits. */
const DIGITS = 256;
const printable = /^[\t\n\r\x20-\x7e]*$/;
const dateKeys = ["$", "iso"];
const errorKeys = ["$", "type", "message"];
const closedErrorKeys = ["$", "type"];
const fieldKeys = ["$", "type", "message", "fields"];
const regexpKeys = ["$", "source", "flags"];
const intKeys = ["$", "digits"];
const symbolKeys = ["$", "description"];
const textKeys = ["$", "len", "text"];
const hexKeys = ["$", "len", "hex"];
const typedKeys = ["$", "type", "len", "items"];
const closedTypedKeys = ["$", "type", "len"];
const lengthKeys = ["$", "len"];
const valueKeys = ["$", "$value"];

export function createSpecials(writer: Writer): Specials {
  const { sink, limits, word, own, write } = writer;

  function object(value: object, kind: Class, depth: number, left: number): number {
    if (isNativeError(value)) return error(value, kind, depth, left);
    if (isDate(value)) return date(value);
    if (isMap(value)) return collection(value, MAP, mapSize(value), kind, depth, left);
    if (isSet(value)) return collection(value, SET, setSize(value), kind, depth, left);
    if (isUint8Array(value) && kind.name === "Buffer") return buffer(value);
    if (isTypedArray(value)) return typed(value, depth);
    if (isPromise(value)) return writer.constant(C.promise);
    if (isRegExp(value)) return regexp(value);
    if (isAnyArrayBuffer(value)) return arrayBuffer(value);
    if (isBoxedPrimitive(value) || isGeneratorObject(value))
      return marked(isBoxedPrimitive(value) ? "boxed" : "generator");
    return 0;
  }

  function isOne(value: object): boolean {
    return (
      isNativeError(value) || isDate(value) || isMap(value) || isSet(value) || isTypedArray(value) || isPromise(value) ||
      isRegExp(value) || isAnyArrayBuffer(value) || isBoxedPrimitive(value) || isGeneratorObject(value)
    ); // prettier-ignore
  }

  function marked(name: string): number {
    return word(`{"$":"${name}"}`);
  }

  function smaller(count: number): void {
    write(count, 0, 1);
  }

  function date(value: object): number {
    own(dateKeys);
    word('"date"');
    const time = timeOf(value);
    if (time !== time) writer.constant(C.null);
    else writer.text(isoOf(value));
    return 46;
  }

  function regexp(value: object): number {
    let flags = "";
    for (let i = 0; i < flagGetters.length; i++) {
      const getter = flagGetters[i] as (typeof flagGetters)[number];
      if (getter[1](value)) flags += getter[0];
    }
    own(regexpKeys);
    word('"regexp"');
    return 40 + writer.text(sourceOf(value)) + writer.text(flags);
  }

  function error(value: object, kind: Class, depth: number, left: number): number {
    if (depth <= 0) {
      own(closedErrorKeys);
      word('"error"');
      return 26 + writer.text(kind.name);
    }
    if (!writer.node()) return writer.constant(C.cutNodes);
    if (!writer.entered(value)) return writer.constant(C.cycle);
    const message = inheritedData(value, "message");
    const keys = keysOf(value);
    own(keys.length > 0 ? fieldKeys : errorKeys);
    word('"error"');
    let cost = 40 + writer.text(kind.name);
    cost += typeof message === "string" ? writer.text(message) : writer.constant(C.null);
    if (keys.length > 0) cost += writer.fields(value, keys, depth - 1, left - cost);
    writer.left();
    return cost;
  }

  function collection(value: object, type: number, length: number, kind: Class, depth: number, left: number): number {
    // A class of the program's that is a Map: its content is its value.
    const isOwn = kind.name === (type === MAP ? "Map" : "Set");
    if (length > 0 && depth <= 0) {
      sink.cells[sink.n++] = (type << 4) | LENGTH;
      sink.cells[sink.n++] = length;
      return 22;
    }
    if (length > 0) {
      if (!writer.node()) return writer.constant(C.cutNodes);
      if (!writer.entered(value)) return writer.constant(C.cycle);
    }
    if (!isOwn) {
      own(valueKeys);
      word(kind.word.json);
    }
    sink.cells[sink.n++] = (type << 4) | COLLECTION;
    sink.cells[sink.n++] = length;
    let cost = 2;
    const iterator = type === MAP ? mapEntries(value) : setValues(value);
    for (let i = 0; i < length; i++) {
      if (i >= limits.items || left - cost <= -2) {
        sink.cells[sink.n++] = ((STOP + (i >= limits.items ? W.items : W.bytes)) << 4) | CONSTANT;
        break;
      }
      if (type === MAP) {
        const pair = nextEntry(iterator).value;
        const key: unknown = pair[0];
        cost += write(key, depth - 1, left - cost);
        cost += writer.named(typeof key === "string" ? key : "", pair[1], depth - 1, left - cost) + 4;
      } else cost += write(nextValue(iterator).value, depth - 1, left - cost) + 1;
    }
    if (length > 0) writer.left();
    return cost + 20;
  }

  function buffer(value: Uint8Array): number {
    const length = typedLength(value);
    const most = length > limits.text ? limits.text : length;
    const content = latin1Slice(value, 0, length > limits.text + 1024 ? limits.text + 1024 : length);
    const shown = writer.redacted(content, most);
    const isText = shown !== null || exec(printable, content) !== null;
    own(isText ? textKeys : hexKeys);
    word('"buffer"');
    smaller(length);
    if (!isText) {
      const half = most > limits.text >> 1 ? limits.text >> 1 : most;
      return 30 + writer.text(hexSlice(value, 0, half));
    }
    return 30 + writer.text(shown ?? (most === content.length ? content : sliceText(content, 0, most)));
  }

  function typed(value: object, depth: number): number {
    const length = typedLength(value);
    const name = toJson(typedName(value) ?? "TypedArray");
    if (depth <= 0 && length > 0) {
      own(closedTypedKeys);
      word('"typedarray"');
      word(name);
      smaller(length);
      return 40;
    }
    own(typedKeys);
    word('"typedarray"');
    word(name);
    smaller(length);
    const end = length > limits.items ? limits.items : length;
    sink.cells[sink.n++] = (end << 4) | LIST;
    let cost = 60;
    // Its elements are its own; what a program put on its prototype is not met.
    for (let i = 0; i < end; i++) cost += write((value as unknown as ArrayLike<unknown>)[i], 0, 1) + 1;
    return cost;
  }

  function arrayBuffer(value: object): number {
    own(lengthKeys);
    word('"arraybuffer"');
    try {
      smaller(arrayBufferBytes(value));
    } catch {
      writer.constant(C.null); // a SharedArrayBuffer, whose length has another getter
    }
    return 30;
  }

  function bigint(value: bigint): number {
    if (withinBits(DIGITS + 1, value) === value) {
      own(intKeys);
      word('"int"');
      return 24 + writer.text(digitsOf(value));
    }
    const hex = digitsOf(value < 0n ? -value : value, 16);
    const lead = hex[0] as string;
    const bits = 4 * (hex.length - 1) + (lead < "2" ? 1 : lead < "4" ? 2 : lead < "8" ? 3 : 4);
    // Seventeen digits begin with one to four bits.
    const top = toBigInt(`0x${sliceText(hex, 0, 17)}`) >> toBigInt(4 - (4 * hex.length - bits));
    return word(`{"$":"int","bits":${bits},${value < 0n ? '"negative":true,' : ""}"head":"${digitsOf(top, 16)}"}`);
  }

  function symbol(value: symbol): number {
    const description = descriptionOf(value);
    own(symbolKeys);
    word('"symbol"');
    return 32 + (description === undefined ? writer.constant(C.null) : writer.text(description));
  }

  function isBytes(value: object): boolean {
    return isTypedArray(value) && typedLength(value) > 0;
  }

  function isEmpty(value: object): boolean {
    if (isTypedArray(value)) return typedLength(value) === 0;
    if (isMap(value)) return mapSize(value) === 0;
    return isSet(value) && setSize(value) === 0;
  }

  return { object, bigint, symbol, isOne, isBytes, isEmpty };
}
