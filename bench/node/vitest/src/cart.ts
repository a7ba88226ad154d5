// A shopping cart: objects in arrays in objects, as programs have them.
export interface Item {
  readonly sku: string;
  readonly price: number;
  readonly quantity: number;
}

export interface Discount {
  readonly code: string;
  readonly percent: number;
}

export class Cart {
  readonly #items = new Map<string, Item>();
  readonly #discounts: Discount[] = [];

  add(sku: string, price: number, quantity = 1): Item {
    if (price < 0 || quantity < 1) throw new RangeError(`${quantity} of ${sku} at ${price} cannot be bought`);
    const before = this.#items.get(sku)?.quantity ?? 0;
    const item = { sku, price, quantity: before + quantity };
    this.#items.set(sku, item);
    return item;
  }

  discount(code: string, percent: number): this {
    this.#discounts.push({ code, percent });
    return this;
  }

  get lines(): Item[] {
    return [...this.#items.values()].sort((a, b) => a.sku.localeCompare(b.sku));
  }

  subtotal(): number {
    return this.lines.reduce((sum, item) => sum + lineTotal(item), 0);
  }

  total(): number {
    return rounded(this.#discounts.reduce((sum, { percent }) => sum * (1 - percent / 100), this.subtotal()));
  }
}

export function lineTotal({ price, quantity }: Item): number {
  return price * quantity;
}

export function rounded(amount: number): number {
  return Math.round(amount * 100) / 100;
}

export async function checkout(cart: Cart, pay: (amount: number) => Promise<string>): Promise<object> {
  const amount = cart.total();
  const receipt = await pay(amount);
  return { amount, receipt, lines: cart.lines };
}
