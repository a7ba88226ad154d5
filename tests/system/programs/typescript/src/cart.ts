// A cart whose lines move when its types are taken out. The marks are where tests look for what was recorded.
export interface Item {
  readonly name: string;
  readonly price: number;
}

export type Discount = (total: number) => number;

export class Cart {
  private readonly items: Item[] = [];

  constructor(readonly owner: string) {} // mark: Cart.constructor

  // mark below: Cart.add
  add(item: Item): this {
    this.items.push(item);
    return this;
  }

  // mark below: Cart.get total
  get total(): number {
    return this.items.reduce((sum, { price }) => sum + price, 0); // mark: Cart.get total.<anonymous>
  }

  // mark below: Cart.pay
  async pay(discount: Discount): Promise<number> {
    await null;
    if (this.items.length === 0) throw new RangeError(`${this.owner} has nothing to pay`); // mark: raise
    return discount(this.total);
  }
}

export const half: Discount = (total) => total / 2; // mark: half
