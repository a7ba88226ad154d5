// Collects inserts while the tree is walked in the order of the source. At one offset, what was added first comes first:
// an outer expression opens before an inner one and closes after it.
import type { Inserts } from "../hooks.ts";

/** What an insert's number stands for: the place in the file's list of functions or of sites, or a line. */
export type Numbered = { readonly fn: number } | { readonly site: number } | { readonly line: number };

export interface Collected {
  /** The number of this insert, for `replace` and `drop`. */
  add(at: number, head: string, numbered?: Numbered, tail?: string): number;
  replace(insert: number, head: string, numbered: Numbered, tail: string): void;
  replaceText(insert: number, text: string): void;
  drop(insert: number): void;
  isDropped(insert: number): boolean;
  readonly count: number;
  /** Whether anything was put in at this offset since there were `count` inserts. */
  endsAt(at: number, count: number): boolean;
  /** `sitePlaces` gives the final place of each site, -1 for one that is not kept. */
  finish(sitePlaces: readonly number[]): Inserts;
}

export function collectInserts(): Collected {
  const places: number[] = [];
  const heads: number[] = [];
  const numbers: number[] = [];
  const tails: number[] = [];
  const texts: string[] = [""];
  const known = new Map<string, number>([["", 0]]);

  function text(of: string): number {
    let place = known.get(of);
    if (place === undefined) {
      place = texts.push(of) - 1;
      known.set(of, place);
    }
    return place;
  }

  function encode(numbered: Numbered): number {
    if ("line" in numbered) return -2 - numbered.line;
    return "fn" in numbered ? numbered.fn * 2 : numbered.site * 2 + 1;
  }

  return {
    add(at, head, numbered, tail = "") {
      heads.push(text(head));
      numbers.push(numbered ? encode(numbered) : -1);
      tails.push(text(tail));
      return places.push(at) - 1;
    },
    replace(insert, head, numbered, tail) {
      heads[insert] = text(head);
      numbers[insert] = encode(numbered);
      tails[insert] = text(tail);
    },
    replaceText(insert, whole) {
      heads[insert] = text(whole);
      numbers[insert] = -1;
    },
    drop(insert) {
      heads[insert] = -1;
    },
    isDropped: (insert) => heads[insert] === -1,
    get count() {
      return places.length;
    },
    endsAt(at, count) {
      for (let insert = places.length - 1; insert >= count; insert--) if (places[insert] === at) return true;
      return false;
    },
    finish(sitePlaces) {
      const order: number[] = [];
      let sorted = true;
      for (let insert = 0; insert < places.length; insert++) {
        if (heads[insert] === -1) continue;
        if ((places[insert] ?? 0) < (places[order.at(-1) ?? 0] ?? 0)) sorted = false;
        order.push(insert);
      }
      if (!sorted) order.sort((one, other) => (places[one] ?? 0) - (places[other] ?? 0) || one - other);
      const count = order.length;
      const columns = { at: new Int32Array(count), head: new Int32Array(count), number: new Int32Array(count) };
      const tail = new Int32Array(count);
      for (let place = 0; place < count; place++) {
        const insert = order[place] ?? 0;
        const number = numbers[insert] ?? -1;
        columns.at[place] = places[insert] ?? 0;
        columns.head[place] = heads[insert] ?? 0;
        columns.number[place] = number >= 0 && (number & 1) === 1 ? (sitePlaces[number >> 1] ?? 0) * 2 + 1 : number;
        tail[place] = tails[insert] ?? 0;
      }
      return { ...columns, tail, texts };
    },
  };
}
