// The elements of an array. Where V8 says that all of them are data they are read, otherwise each is looked at first: no getter
// is run, and nothing is looked up in a prototype.
import { LIST, SMALL } from "@spoor/protocol/raw";
import { ArrayPrototype, getterFor, hasOwn, ObjectPrototype, prototypeOf } from "./captured.ts";
import { HOLEY, UNKNOWN, type Layout } from "./layout.ts";
import { C, digits, W } from "./scalars.ts";
import type { Writer } from "./values.ts";

/** The cell of a list has room for no more. */
const MOST_ITEMS = (1 << 27) - 1;
/** Stands for a missing element. */
const absent = Symbol("absent");

export type WriteArray = (value: unknown[], depth: number, left: number) => number;

/** The array is no proxy. */
export function createArrays(writer: Writer, layout: Layout): WriteArray {
  const { sink, limits, constant, write, stop, closed } = writer;

  function array(value: unknown[], depth: number, left: number): number {
    const length = value.length;
    if (length === 0) {
      sink.cells[sink.n++] = LIST;
      return 2;
    }
    if (depth <= 0 || length > MOST_ITEMS) return closed(0, length > MOST_ITEMS ? MOST_ITEMS : length);
    if (!writer.node()) return constant(C.cutNodes);
    if (!writer.entered(value)) return constant(C.cycle);
    sink.cells[sink.n++] = (length << 4) | LIST;
    const cost = elements(value, length, depth - 1, left);
    writer.left();
    return cost;
  }

  function elements(value: unknown[], length: number, depth: number, left: number): number {
    const end = length > limits.items ? limits.items : length;
    const known = layout.elements(value);
    if (known === UNKNOWN) return strictly(value, end, length, depth, left);
    const mayMiss = known === HOLEY;
    const { cells } = sink;
    let { n } = sink;
    let cost = 2;
    for (let i = 0; i < end; i++) {
      if (left - cost <= -2) {
        sink.n = n;
        return stop(W.bytes, cost);
      }
      // What is missing is not looked up, since it would be looked for in the prototypes.
      const item = mayMiss && !hasOwn(value, i) ? absent : value[i];
      if (typeof item === "number" && (item << 4) >> 4 === item && (item !== 0 || 1 / item > 0)) {
        cells[n++] = (item << 4) | SMALL;
        cost += digits(item) + 1;
      } else {
        sink.n = n;
        cost += (item === absent ? constant(C.hole) : write(item, depth, left - cost + 2)) + 1;
        n = sink.n;
      }
    }
    sink.n = n;
    return end < length ? stop(W.items, cost) : cost;
  }

  /** Of an array of which it is not known that no getter is in it. */
  function strictly(value: unknown[], end: number, length: number, depth: number, left: number): number {
    // Where the chain is as it was made, asking it for a getter meets no proxy.
    const usual = prototypeOf(value) === ArrayPrototype && prototypeOf(ArrayPrototype) === ObjectPrototype;
    let cost = 2;
    for (let i = 0; i < end; i++) {
      if (left - cost <= -2) return stop(W.bytes, cost);
      if (!usual && !hasOwn(value, i)) cost += constant(C.hole) + 1;
      else if (getterFor(value, i) !== undefined) cost += constant(C.accessor) + 1;
      else {
        const item = value[i];
        if (item === undefined && !hasOwn(value, i)) cost += constant(C.hole) + 1;
        else cost += write(item, depth, left - cost + 2) + 1;
      }
    }
    return end < length ? stop(W.items, cost) : cost;
  }

  return array;
}
