// A class with types, a private field and a getter.
export interface Item {
  price: number;
}

export class Cart<T extends Item> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  add(item: T): void {
    this.#items.push(item);
  }

  total(): number {
    return this.#items.reduce((sum: number, { price }: T) => sum + price, 0);
  }

  fail(): never {
    throw new RangeError("no"); // probe: raised
  }
}
